import { z } from 'zod';
import type { AlarmSubject } from './alarm-subject.js';
import type { ConditionKind, ServerEventDefinition } from './conditions/condition.js';
import { conditions } from './conditions/index.js';
import type { ConditionReason } from './rules.events.js';

/** A kind of condition as those see it who know none by name. */
export type AnyConditionKind<Heard extends ServerEventDefinition = ServerEventDefinition> = ConditionKind<
  object,
  unknown,
  Heard,
  ConditionReason
>;

/** The kinds of conditions that rules may have. */
export class ConditionSet<Heard extends ServerEventDefinition = ServerEventDefinition> {
  /** In the order in which the stored state of a server has what they remember. */
  readonly inOrderOfMemories: readonly AnyConditionKind[];
  /** What the stored state of a server has of them, by the names of their memories. */
  readonly storedMemories: z.ZodType<Readonly<Record<string, unknown>>>;
  /** The types of events that any of them looks at, each once. */
  readonly hears: readonly Heard[];
  private readonly byEventType: ReadonlyMap<string, readonly AnyConditionKind[]>;

  constructor(readonly kinds: readonly AnyConditionKind<Heard>[]) {
    const names = [...kinds.map(({ key }) => `key ${key}`), ...kinds.map(({ memory }) => `memory ${memory.name}`)];
    const repeated = names.find((name, index) => names.indexOf(name) !== index);
    if (repeated !== undefined) throw new TypeError(`two kinds of conditions have the same ${repeated}`);
    this.inOrderOfMemories = [...kinds].sort((a, b) => (a.memory.name < b.memory.name ? -1 : 1));
    this.storedMemories = z.strictObject(
      Object.fromEntries(kinds.map(({ memory }) => [memory.name, memory.stored.optional()])),
    );
    const heard = new Map(kinds.flatMap(({ hears }) => hears.map((definition) => [definition.type, definition])));
    this.hears = [...heard.values()];
    this.byEventType = new Map(
      this.hears.map(({ type }) => [type, kinds.filter(({ hears }) => hears.some((other) => other.type === type))]),
    );
  }

  /** Of a condition of any of the kinds. */
  get schema(): z.ZodType<object> {
    return z.union(this.kinds.map(({ schema }) => schema));
  }

  /** The kind of a condition, by the key that only this kind has; null if it has none of these keys. */
  kindOf(when: object): AnyConditionKind | null {
    return this.kinds.find(({ key }) => key in when) ?? null;
  }

  /** Those that look at events of a type. */
  hearing(type: string): readonly AnyConditionKind[] {
    return this.byEventType.get(type) ?? [];
  }

  /** What all alarms of a condition are about; null if each has its own subject. */
  subjectOf(when: object): AlarmSubject | null {
    return this.kindOf(when)?.subject(when) ?? null;
  }
}

/** All that are known. */
export const allConditions = new ConditionSet<(typeof conditions)[number]['hears'][number]>(conditions);
