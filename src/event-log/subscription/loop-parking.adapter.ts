import { describeError, WardroundError } from '../../shared/errors.js';
import type { Position, Recorded } from '../envelope.js';
import { eventKey, ParkingChanged, type ParkedKey, type ParkingLot, type ParkingSpace } from '../parking.js';
import type { PartitionReader } from './partition-reader.js';

/** People of other processes ask through the database. */
const lookEveryMs = 1_000;

const eventsPerRetry = 100;

const longestError = 2_000;

/** What a loop lends its parking to fold with. */
export interface Folding<Tx> {
  /** @returns false, and does nothing, if another owner has moved the checkpoint */
  transaction(work: (tx: Tx) => Promise<void>): Promise<boolean>;
  /** Hands over what the subscription takes of these. */
  handle(recorded: readonly Recorded[], tx: Tx): Promise<void>;
  readonly readers: readonly PartitionReader[];
}

/**
 * The parked events of one loop. Which keys have any is kept in memory: no one adds to them without moving a
 * checkpoint, which the loop would notice, and where a person has taken some away, the transaction that would add to
 * them notices.
 */
export class LoopParking<Tx> {
  private keys = new Map<string, ParkedKey>();
  private discarded: ReadonlySet<string> = new Set();
  private lookAt = 0;
  /** The event that the handler refused last, alone, and how often in a row. */
  private suspect: { readonly position: Position; readonly attempts: number } | null = null;
  /** Keys whose parked events are tried one by one, up to this offset: together they were refused. */
  private readonly singlyUpTo = new Map<string, number>();
  private readonly endListening: () => void;

  /** @param onAsked called when a person of this process has asked for something */
  constructor(
    private readonly lot: ParkingLot<Tx>,
    private readonly space: ParkingSpace,
    onAsked: () => void,
  ) {
    this.endListening = lot.listen(() => {
      this.lookAt = 0;
      onAsked();
    });
  }

  stop(): void {
    this.endListening();
  }

  count(): Promise<number> {
    return this.lot.count(this.space);
  }

  isAway(error: unknown): boolean {
    return this.lot.isAway(error);
  }

  /** Learns again what is parked: at the beginning, and when another owner may have changed it. */
  async takeUp(): Promise<void> {
    this.discarded = await this.lot.discarded(this.space.subscription);
    await this.look();
  }

  async look(): Promise<void> {
    this.lookAt = Date.now() + lookEveryMs;
    this.keys = new Map(await this.lot.keys(this.space));
  }

  /** Tells those to handle from those that have to wait behind a parked event. What was discarded is neither. */
  sort(batch: readonly Recorded[]): { readonly fresh: readonly Recorded[]; readonly behind: readonly Recorded[] } {
    if (this.keys.size === 0 && this.discarded.size === 0) return { fresh: batch, behind: [] };
    const kept = batch.filter(({ event }) => !this.discarded.has(eventKey(event)));
    const waits = ({ event, position }: Recorded) =>
      position.offset >= (this.keys.get(event.partitionkey)?.first ?? Number.POSITIVE_INFINITY);
    return { fresh: kept.filter((recorded) => !waits(recorded)), behind: kept.filter(waits) };
  }

  /** @throws ParkingChanged if a key has nothing parked any more: then its events need not wait */
  async parkBehind(tx: Tx, behind: readonly Recorded[]): Promise<void> {
    if (behind.length === 0) return;
    const keys = [...new Set(behind.map(({ event }) => event.partitionkey))];
    if (!(await this.lot.hasAll(tx, this.space, keys))) throw new ParkingChanged('a partition key is free again');
    await this.lot.park(
      tx,
      this.space,
      behind.map((recorded) => ({ recorded, error: null, attempts: 0 })),
    );
  }

  /** Counts a refusal. @returns how often it was refused, once that is often enough; else null */
  refused({ position }: Recorded): number | null {
    const again = this.suspect?.position.offset === position.offset && isSamePartition(this.suspect.position, position);
    const attempts = again && this.suspect ? this.suspect.attempts + 1 : 1;
    this.suspect = { position, attempts };
    return attempts >= this.lot.attempts ? attempts : null;
  }

  async park(tx: Tx, recorded: Recorded, error: unknown, attempts: number): Promise<void> {
    await this.lot.park(tx, this.space, [{ recorded, error: textOf(error), attempts }]);
  }

  /** After the transaction that parked it. */
  parked({ event, position }: Recorded): void {
    this.suspect = null;
    this.keys.set(event.partitionkey, { first: position.offset, asked: false });
  }

  /**
   * Tries some of the events again that a person asked for.
   * @returns `nothing` if none is asked for; `stale` if another owner has moved the checkpoint
   */
  async retryAsked(folding: Folding<Tx>): Promise<'done' | 'nothing' | 'stale'> {
    // Where a person of this process has asked, it is looked up whatever was known before.
    if (this.keys.size === 0 && this.lookAt !== 0) return 'nothing';
    if (Date.now() >= this.lookAt) await this.look();
    for (const [key, { asked }] of this.keys) {
      if (asked) return (await this.retry(key, folding)) ? 'done' : 'stale';
    }
    return 'nothing';
  }

  /** @returns false if another owner has moved the checkpoint */
  private async retry(key: string, folding: Folding<Tx>): Promise<boolean> {
    const limit = this.singlyUpTo.has(key) ? 1 : eventsPerRetry;
    const positions = await this.lot.firstOf(this.space, key, limit);
    const [first] = positions;
    if (!first) return this.keyIsFree(key);
    const { recorded, fault } = await readAt(folding.readers, positions);
    if (recorded.length === 0) return this.refusedAgain(key, first, fault, folding);
    const outcome = await this.fold(recorded, folding);
    switch (outcome.kind) {
      case 'stale':
        return false;
      case 'changed':
        await this.look();
        return true;
      case 'folded':
        this.folded(key, recorded);
        return true;
      case 'refused':
        if (recorded.length === 1) return this.refusedAgain(key, first, outcome.error, folding);
        this.singlyUpTo.set(key, recorded.at(-1)?.position.offset ?? 0);
        return true;
    }
  }

  private async fold(recorded: readonly Recorded[], { transaction, handle }: Folding<Tx>): Promise<Outcome> {
    const refusal: { error?: unknown } = {};
    try {
      const moved = await transaction(async (tx) => {
        delete refusal.error;
        await handle(recorded, tx).catch((error: unknown) => {
          refusal.error = error;
          throw error;
        });
        const positions = recorded.map(({ position }) => position);
        await this.lot.release(tx, this.space, positions);
      });
      return { kind: moved ? 'folded' : 'stale' };
    } catch (error) {
      if (error instanceof ParkingChanged) return { kind: 'changed' };
      if ('error' in refusal && !this.isAway(error)) return { kind: 'refused', error: refusal.error };
      throw error;
    }
  }

  private folded(key: string, recorded: readonly Recorded[]): void {
    const last = recorded.at(-1)?.position.offset ?? 0;
    if (last >= (this.singlyUpTo.get(key) ?? 0)) this.singlyUpTo.delete(key);
    this.keys.set(key, { first: last + 1, asked: true });
  }

  private async refusedAgain(
    key: string,
    first: Position,
    error: unknown,
    { transaction }: Folding<Tx>,
  ): Promise<boolean> {
    const moved = await transaction((tx) => this.lot.refusedAgain(tx, this.space, key, first, textOf(error)));
    this.singlyUpTo.delete(key);
    if (moved) this.keys.set(key, { first: first.offset, asked: false });
    return moved;
  }

  private keyIsFree(key: string): true {
    this.singlyUpTo.delete(key);
    this.keys.delete(key);
    return true;
  }
}

type Outcome =
  { readonly kind: 'folded' | 'stale' | 'changed' } | { readonly kind: 'refused'; readonly error: unknown };

/** The events at some positions, up to the first that cannot be read. */
async function readAt(
  readers: readonly PartitionReader[],
  positions: readonly Position[],
): Promise<{ readonly recorded: readonly Recorded[]; readonly fault: unknown }> {
  const recorded: Recorded[] = [];
  for (const { partition, offset } of positions) {
    const reader = readers.find((candidate) => candidate.partition === partition);
    const look = await reader?.look(undefined, offset - 1, offset, 1);
    const [found] = look?.recorded ?? [];
    const absent = new WardroundError('event-unreadable', `partition ${partition} holds no event at ${offset}`);
    if (!found) return { recorded, fault: look?.fault ?? absent };
    recorded.push(found);
  }
  return { recorded, fault: null };
}

function isSamePartition(a: Position, b: Position): boolean {
  return a.partition === b.partition;
}

/** The first part of what was thrown: a text for people, not a place for data. PostgreSQL cannot keep the character 0. */
function textOf(error: unknown): string {
  const text = describeError(error).replaceAll('\0', '\uFFFD');
  return text.length > longestError ? `${text.slice(0, longestError)}…` : text;
}
