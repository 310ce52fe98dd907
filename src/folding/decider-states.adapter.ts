import { In, LessThanOrEqual, Like } from 'typeorm';
import { toIso, type Instant } from '../shared/instant.js';
import { deciderStateTable } from '../store/bookkeeping.entity.js';
import { rowsByKey } from '../store/rows-by-key.adapter.js';
import { upsert } from '../store/upsert.adapter.js';
import type { ViewTransaction } from '../store/view-store.adapter.js';

/** SQLite takes at most 32,766 parameters in one statement. */
const keysPerStatement = 10_000;

/** What a decider remembers under one key. */
export interface KeyedState {
  readonly key: string;
  readonly state: unknown;
  /** RFC 3339: when the clock alone may change something; null if never. */
  readonly wakeAt: string | null;
}

/**
 * The keyed state of a decider in one partition, within one transaction. Keys that belong together begin alike
 * (`rule/<name>`); prefixes hold none of what SQL's LIKE takes for a pattern, but for a `%` that is meant as one.
 */
export class DeciderStates {
  constructor(
    private readonly tx: ViewTransaction,
    private readonly decider: string,
    private readonly partition: number,
  ) {}

  of(keys: readonly string[]): Promise<readonly KeyedState[]> {
    return rowsByKey(
      this.tx,
      deciderStateTable,
      keys.map((key) => ({ ...this.own, key })),
    );
  }

  /** In the order of their keys. */
  below(prefix: string): Promise<readonly KeyedState[]> {
    return this.tx.find(deciderStateTable, { where: { ...this.own, key: Like(`${prefix}%`) }, order: { key: 'ASC' } });
  }

  /** The same of all partitions. */
  everywhereBelow(prefix: string): Promise<readonly (KeyedState & { readonly partition: number })[]> {
    return this.tx.find(deciderStateTable, { where: { decider: this.decider, key: Like(`${prefix}%`) } });
  }

  /** Those that the clock may change something on by `now`; those that wait longest first. */
  due(now: Instant, most: number): Promise<readonly KeyedState[]> {
    const where = { ...this.own, wakeAt: LessThanOrEqual(toIso(now)) };
    return this.tx.find(deciderStateTable, { where, order: { wakeAt: 'ASC', key: 'ASC' }, take: most });
  }

  isAnyDueBelow(prefix: string, now: Instant): Promise<boolean> {
    const due = { key: Like(`${prefix}%`), wakeAt: LessThanOrEqual(toIso(now)) };
    return this.tx.existsBy(deciderStateTable, { ...this.own, ...due });
  }

  write(states: readonly KeyedState[]): Promise<void> {
    return upsert(
      this.tx,
      deciderStateTable,
      states.map((state) => ({ ...this.own, ...state })),
    );
  }

  /** @param partition whose keys they are */
  async remove(keys: readonly string[], partition = this.partition): Promise<void> {
    for (let start = 0; start < keys.length; start += keysPerStatement) {
      const key = In(keys.slice(start, start + keysPerStatement));
      await this.tx.delete(deciderStateTable, { decider: this.decider, partition, key });
    }
  }

  async removeBelow(prefix: string): Promise<void> {
    await this.tx.delete(deciderStateTable, { ...this.own, key: Like(`${prefix}%`) });
  }

  private get own() {
    return { decider: this.decider, partition: this.partition };
  }
}
