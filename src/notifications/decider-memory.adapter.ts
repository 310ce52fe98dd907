import { DeciderStates, type KeyedState } from '../folding/decider-states.adapter.js';
import type { ViewTransaction } from '../store/view-store.adapter.js';
import type { OccasionMemory } from './occasions/occasion.js';
import type { RecipientGroupDefinition } from './recipient-group.js';

/** What is remembered of one recipient group. In its row the plans are beside the definition, each in its own field. */
export interface GroupState {
  readonly definition: RecipientGroupDefinition;
  /** What occasions plan for it, by their fields. */
  readonly plans: Readonly<Record<string, unknown>>;
}

/**
 * What the decider remembers of one partition, in `decider_states`: a row `group/<group>` per recipient group, and the rows
 * of each occasion, whose keys begin with that occasion's word. Changes are gathered and written once.
 */
export class DeciderMemory {
  private readonly changed = new Map<string, KeyedState | null>();
  private readonly forgotten = new Set<string>();
  /** Keys that were taken, by the partition that kept them. */
  private readonly taken = new Map<number, string[]>();

  private constructor(
    private readonly states: DeciderStates,
    private readonly byName: Map<string, GroupState>,
    private readonly recalled: Map<string, unknown>,
  ) {}

  /** @param keys those that will be recalled: they are read at once */
  static async load(
    tx: ViewTransaction,
    decider: string,
    partition: number,
    keys: readonly string[] = [],
  ): Promise<DeciderMemory> {
    const states = new DeciderStates(tx, decider, partition);
    const rows = await states.below('group/');
    const groups = rows.map(({ state }) => {
      const { definition, ...plans } = state as Pick<GroupState, 'definition'> & Record<string, unknown>;
      return { definition, plans };
    });
    const byName = new Map(groups.map((group) => [group.definition.name, group]));
    const recalled = new Map((await states.of(keys)).map(({ key, state }) => [key, state]));
    return new DeciderMemory(states, byName, recalled);
  }

  group(name: string): GroupState | null {
    return this.byName.get(name) ?? null;
  }

  /** By name. */
  groups(): readonly GroupState[] {
    return [...this.byName.values()].sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
  }

  keepGroup(group: GroupState, wakeAt: string | null): void {
    const { definition, plans } = group;
    this.byName.set(definition.name, group);
    this.change(`group/${definition.name}`, { definition, ...plans }, wakeAt);
  }

  forgetGroup(name: string): void {
    this.byName.delete(name);
    this.changed.set(`group/${name}`, null);
  }

  /** What an occasion remembers: the keys below its word. */
  below(word: string): OccasionMemory<unknown> {
    const whole = (key: string) => `${word}/${key}`;
    return {
      recall: (key) => this.recalled.get(whole(key)) ?? null,
      keep: (key, kept) => {
        this.recalled.set(whole(key), kept);
        this.change(whole(key), kept, null);
      },
      forget: (key) => {
        this.recalled.delete(whole(key));
        this.changed.set(whole(key), null);
      },
      forgetBelow: (prefix) => this.forgetBelow(whole(prefix)),
      takeBelow: (prefix) => this.takeBelow(whole(prefix)),
    };
  }

  /** Writes what has changed. */
  async store(): Promise<void> {
    for (const prefix of this.forgotten) await this.states.removeBelow(prefix);
    for (const [from, keys] of this.taken) await this.states.remove(keys, from);
    await this.states.remove([...this.changed].filter(([, state]) => state === null).map(([key]) => key));
    await this.states.write([...this.changed.values()].filter((state) => state !== null));
  }

  private change(key: string, state: unknown, wakeAt: string | null): void {
    this.changed.set(key, { key, state, wakeAt });
  }

  /** Rows are forgotten before what has changed is written, so that a row kept again afterwards stays. */
  private forgetBelow(prefix: string): void {
    for (const kept of [this.changed, this.recalled]) {
      for (const key of kept.keys()) if (key.startsWith(prefix)) kept.delete(key);
    }
    this.forgotten.add(prefix);
  }

  private async takeBelow(prefix: string): Promise<readonly unknown[]> {
    const found = await this.states.everywhereBelow(prefix);
    for (const { partition, key } of found) {
      this.taken.set(partition, [...(this.taken.get(partition) ?? []), key]);
    }
    return found.map(({ state }) => state);
  }
}
