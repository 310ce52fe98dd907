import { isOneOf, type EventDefinition } from '../../event-log/event-types.js';
import type { Event } from '../../event-log/envelope.js';
import { WardroundError } from '../../shared/errors.js';
import type { SubscriptionFilter } from '../recipient-group.js';
import type { AboutKind } from './about.js';
import type { MessageIcon, Occasion, ReasonWords } from './occasion.js';

/** What groups themselves keep in a decider's state. */
const keysOfGroups = 'group';
const fieldOfDefinition = 'definition';

/** A set of occasions. Whatever decides on messages, makes or shows them takes its occasions from here. */
export class Occasions {
  private readonly byTemplate: ReadonlyMap<string, Occasion>;
  private readonly byReason: ReadonlyMap<string, ReasonWords>;

  /** @throws TypeError if two occasions have the same name, template, reason, word after `takes`, memory or plan */
  constructor(readonly all: readonly Occasion[]) {
    const reasons = all.flatMap((occasion) => Object.entries(occasion.reasons));
    refuseRepeats(
      'name',
      all.map(({ name }) => name),
    );
    refuseRepeats('template', this.templates);
    refuseRepeats(
      'reason',
      reasons.map(([reason]) => reason),
    );
    refuseRepeats('word after `takes`', this.takes);
    refuseRepeats('beginning of keys', [keysOfGroups, ...all.map(keysOf)]);
    refuseRepeats('field for plans', [
      fieldOfDefinition,
      ...all.flatMap(({ plan }) => (plan === undefined ? [] : [plan.field])),
    ]);
    refuseRepeats(
      'kind of thing',
      this.aboutKinds.map(({ kind }) => kind),
    );
    this.byReason = new Map(reasons);
    this.byTemplate = new Map(
      all.flatMap((occasion) => Object.keys(occasion.templates).map((template) => [template, occasion] as const)),
    );
  }

  /** The types of events that they take, each once. */
  get events(): readonly EventDefinition[] {
    return [...new Set(this.all.flatMap(({ events }) => events))];
  }

  /** Those that take an event. */
  on(event: Pick<Event, 'type'>): readonly Occasion[] {
    return this.all.filter(({ events }) => isOneOf(event, events));
  }

  get templates(): readonly string[] {
    return this.all.flatMap(({ templates }) => Object.keys(templates));
  }

  /** The words after `takes` in a subscription. */
  get takes(): readonly string[] {
    return this.all.flatMap(({ subscriptions }) => subscriptions.takes);
  }

  /** What these words bring. */
  get takesText(): string {
    return this.all.map(({ subscriptions: { takes, describe } }) => `${takes.join(' and ')}: ${describe}`).join('; ');
  }

  /** What a subscription may choose by. */
  filtersOf(takes: string): readonly SubscriptionFilter[] {
    const asked = this.all.find(({ subscriptions }) => subscriptions.takes.includes(takes));
    return asked?.subscriptions.filters ?? [];
  }

  /** The kinds of things that messages are about, each once. */
  get aboutKinds(): readonly AboutKind[] {
    return [...new Set(this.all.map(({ about }) => about))];
  }

  find(template: string): Occasion | null {
    return this.byTemplate.get(template) ?? null;
  }

  /**
   * The occasion that a message belongs to.
   * @throws WardroundError `event-unreadable` if there is none: a newer version decided it
   */
  ofMessage({ template }: { readonly template: string }): Occasion {
    const found = this.find(template);
    if (found) return found;
    throw new WardroundError(
      'event-unreadable',
      `a message asks for the template "${template}", which this version of Wardround does not have`,
      `Start the version that decided it, or a newer one. Known templates: ${this.templates.join(', ')}`,
    );
  }

  iconOf(template: string): MessageIcon {
    return this.find(template)?.templates[template] ?? 'inbox';
  }

  /** Null for a reason of a newer version. */
  wordsOf(reason: string): ReasonWords | null {
    return this.byReason.get(reason) ?? null;
  }
}

/** What the keys of what an occasion remembers begin with. */
export function keysOf({ name, keysBegin = name }: Occasion): string {
  return keysBegin;
}

function refuseRepeats(what: string, values: readonly string[]): void {
  const repeated = values.find((value, index) => values.indexOf(value) !== index);
  if (repeated !== undefined) throw new TypeError(`two occasions have the same ${what}: "${repeated}"`);
}
