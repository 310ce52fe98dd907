import type { Position, Recorded } from './envelope.js';

/** Whose events are parked: those of a subscription's handler in one partition. */
export interface ParkingSpace {
  readonly subscription: string;
  /** The partition that the handler works for. Events from `everywhere` may be in another one. */
  readonly partition: number;
}

/** The parked events of one partition key. */
export interface ParkedKey {
  /** The offset of the first of them. */
  readonly first: number;
  /** Whether a person asked that they be tried again. */
  readonly asked: boolean;
}

/** An event on its way to the parking lot. */
export interface ToPark {
  readonly recorded: Recorded;
  /** What the handler said; null if the event only is behind another one of its partition key. */
  readonly error: string | null;
  /** How often the handler was given it, alone; 0 if never. */
  readonly attempts: number;
}

/**
 * Where events wait that a handler refused, together with the later ones of their partition key, so that all other keys go
 * on. Only the owner of the partition adds and folds them, in transactions that hold its checkpoint; people may ask that
 * they be tried again, and take one away. What is written goes through `tx`.
 */
export interface ParkingLot<Tx> {
  /** How often a handler is given an event alone, with growing pauses, before it is parked. */
  readonly attempts: number;
  /** Whether an error says only that the database is not available, and nothing about the event. */
  isAway(error: unknown): boolean;
  /** The partition keys that have events here. */
  keys(space: ParkingSpace): Promise<ReadonlyMap<string, ParkedKey>>;
  count(space: ParkingSpace): Promise<number>;
  /** Where the first parked events of a partition key lie, in order. */
  firstOf(space: ParkingSpace, partitionkey: string, limit: number): Promise<readonly Position[]>;
  /** The events that a person took away for good, as {@link eventKey}: a subscription passes over them ever after. */
  discarded(subscription: string): Promise<ReadonlySet<string>>;
  /** Parks events; those that are parked already stay as they are. */
  park(tx: Tx, space: ParkingSpace, events: readonly ToPark[]): Promise<void>;
  /** Whether each of the partition keys still has an event here. */
  hasAll(tx: Tx, space: ParkingSpace, partitionkeys: readonly string[]): Promise<boolean>;
  /** Takes out events that have been folded. @throws ParkingChanged if one of them is not here any more */
  release(tx: Tx, space: ParkingSpace, positions: readonly Position[]): Promise<void>;
  /** Notes that the first event of a partition key was refused once more: no one asks for that key now. */
  refusedAgain(tx: Tx, space: ParkingSpace, partitionkey: string, first: Position, error: string): Promise<void>;
  /** Calls back when a person of this process has asked for something. @returns a function that ends it */
  listen(onAsked: () => void): () => void;
}

/** Someone else has changed what is parked: what this transaction was to do has to be thought over again. */
export class ParkingChanged extends Error {}

/** What tells an event from all others, as one text. */
export function eventKey({ source, id }: { readonly source: string; readonly id: string }): string {
  return `${source}\n${id}`;
}
