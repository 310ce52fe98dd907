import { EntitySchema } from 'typeorm';
import { integer, integerKey, json, key, optionalText } from './columns.js';

/** How far a subscription has come in one partition. */
export interface CheckpointRow {
  subscription: string;
  partition: number;
  offset: number;
}

export const checkpointTable = new EntitySchema<CheckpointRow>({
  name: 'checkpoints',
  columns: {
    subscription: key,
    partition: integerKey,
    offset: { type: 'bigint', transformer: { to: (value: number) => value, from: Number } },
  },
});

/** Up to where a decider's events were decided before its state was lost: what it says of them again is dropped. */
export interface SilenceRow {
  decider: string;
  partition: number;
  until: number;
}

export const silenceTable = new EntitySchema<SilenceRow>({
  name: 'silences',
  columns: {
    decider: key,
    partition: integerKey,
    until: { type: 'bigint', transformer: { to: (value: number) => value, from: Number } },
  },
});

/** The version that a view's tables were folded with. */
export interface ViewVersionRow {
  view: string;
  version: number;
}

export const viewVersionTable = new EntitySchema<ViewVersionRow>({
  name: 'view_versions',
  columns: { view: key, version: integer },
});

/** A decision that the relay has yet to append. */
export interface OutboxRow {
  /** The event's source and id: the same decision twice is one row. */
  source: string;
  id: string;
  /** Where it was decided: anyone who has this partition appends it. */
  partition: number;
  /** Grows with every decision put in for its partition. */
  place: number;
  event: unknown;
}

export const outboxTable = new EntitySchema<OutboxRow>({
  name: 'outbox',
  columns: {
    source: key,
    id: key,
    partition: integer,
    place: { type: 'bigint', transformer: { to: (value: number) => value, from: Number } },
    event: json,
  },
});

/** What a decider remembers under one key, such as one rule on one server. */
export interface DeciderStateRow {
  decider: string;
  partition: number;
  key: string;
  state: unknown;
  /** RFC 3339: when the clock alone may change something; null if never. */
  wakeAt: string | null;
}

export const deciderStateTable = new EntitySchema<DeciderStateRow>({
  name: 'decider_states',
  columns: { decider: key, partition: integerKey, key: key, state: json, wakeAt: optionalText },
});

/** The store's own tables, and those of whatever folds and decides. */
export const bookkeepingTables = [checkpointTable, silenceTable, viewVersionTable, outboxTable, deciderStateTable];
