import { setImmediate as nextTurn } from 'node:timers/promises';
import { WardroundError, describeError } from '../../shared/errors.js';
import { sleep } from '../../shared/sleep.adapter.js';
import type { CommonDeparture } from './common-departure.adapter.js';
import { piecesOfNextBatch, type Piece } from './kafka-batches.js';
import { isTooLarge, type PartitionProducer } from './kafka-producer.adapter.js';

const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** A call of `append`, as far as it is not settled. */
interface Call {
  readonly expiresAt: number;
  readonly offsets: number[];
  left: number;
  /** A part of it is, or was, on its way to Kafka. From then on all of it is sent, also if no one waits any more. */
  begun: boolean;
  /** Its caller has been told that it failed. */
  told: boolean;
  resolve(offsets: readonly number[]): void;
  reject(error: WardroundError): void;
}

interface PieceOfCall extends Piece {
  readonly call: Call;
}

/** Why nothing of a partition gets stored, and since when, on `performance.now()`'s clock. */
export interface Blockage {
  readonly since: number;
  readonly why: string;
}

/**
 * What waits for one partition: sent in order, one batch at a time, and what comes meanwhile goes into the next. Where many
 * come, the batches of all partitions leave together (docs/decisions/0014-common-departure.md).
 *
 * The promise of order rests on one rule: a batch that may have reached a broker is sent again, unchanged, until it is
 * acknowledged, and nothing else of the partition before that. So each record's first copy in the log is where it was
 * given, though no one may wait for it any more; a copy that arrives late, from whatever connection, is a repeat.
 */
export class PartitionQueue {
  private waiting: PieceOfCall[] = [];
  private inHand: readonly PieceOfCall[] = [];
  private wasShared = false;
  private working: Promise<void> | null = null;
  private lastFailure: unknown = null;
  /** Since the batch in progress was started, or the connection asked for. */
  private blockedSince: number | null = null;
  private lastStoredAt = Number.NEGATIVE_INFINITY;
  private ending = false;
  private readonly abortion = new AbortController();

  constructor(
    private readonly partition: number,
    private readonly producer: Pick<PartitionProducer, 'ready' | 'send' | 'close'>,
    private readonly departure: Pick<CommonDeparture, 'arrived' | 'next'>,
    /** Called when a piece is no longer kept. */
    private readonly onGone: (piece: Piece) => void,
  ) {}

  /** @returns the offset of each record, in order */
  append(pieces: readonly Piece[], expiresAt: number): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      const left = pieces.length;
      const call: Call = { expiresAt, offsets: [], left, begun: false, told: false, resolve, reject };
      for (const { records, bytes } of pieces) this.waiting.push({ records, bytes, call });
      this.departure.arrived();
      this.working ??= this.work();
    });
  }

  /** Fails the calls whose time is over; those of which nothing was sent are withdrawn. */
  expire(now: number, boundMs: number): void {
    this.inHand.filter(({ call }) => call.expiresAt <= now).forEach(({ call }) => this.tellUnknown(call, boundMs));
    const over = this.waiting.findIndex(({ call }) => call.expiresAt > now);
    const expired = this.waiting.slice(0, over === -1 ? this.waiting.length : over);
    if (expired.length > 0) this.giveUp(expired, boundMs);
  }

  /** What is sent and not answered counts too, as long as it takes. */
  blockage(): Blockage | null {
    if (this.blockedSince === null) return null;
    const why = this.lastFailure === null ? 'no response yet' : describeError(this.lastFailure);
    return { since: this.blockedSince, why };
  }

  /** For the end: resolves when nothing waits and nothing is on its way. */
  async idle(): Promise<void> {
    this.ending = true;
    while (this.working) await this.working;
  }

  /** Fails all calls, and sends nothing more. */
  async abort(boundMs: number): Promise<void> {
    this.abortion.abort();
    for (const { call } of this.inHand) this.tellUnknown(call, boundMs);
    this.giveUp(this.waiting, boundMs);
    for (const piece of this.waiting.splice(0)) this.onGone(piece);
    await this.producer.close();
  }

  private giveUp(pieces: readonly PieceOfCall[], boundMs: number): void {
    const kept: PieceOfCall[] = [];
    for (const piece of pieces) {
      if (piece.call.begun) {
        this.tellUnknown(piece.call, boundMs);
        kept.push(piece);
      } else {
        piece.call.reject(this.notStored(piece.call, boundMs));
        this.onGone(piece);
      }
    }
    this.waiting = [...kept, ...this.waiting.slice(pieces.length)];
  }

  private async work(): Promise<void> {
    // After the callers whose turn it is now: they share a batch.
    await nextTurn();
    while (!this.isDone()) {
      if (!(await this.standsReady())) continue;
      this.lastFailure = null;
      if (this.waitsForOthers()) await this.departure.next();
      if (this.waiting.length === 0) break;
      this.inHand = this.waiting.splice(0, piecesOfNextBatch(this.waiting));
      for (const { call } of this.inHand) call.begun = true;
      this.wasShared = this.inHand.some(({ call }) => call !== this.inHand[0]?.call);
      await this.store(this.inHand);
      this.inHand = [];
      this.blockedSince = null;
    }
    this.blockedSince = null;
    this.working = null;
  }

  /** While it cannot send it tries to connect, also for no one: so it is known when it can again. */
  private isDone(): boolean {
    const hasReason = this.waiting.length > 0 || (this.lastFailure !== null && !this.ending);
    return !hasReason || this.abortion.signal.aborted;
  }

  /** Not who was alone last time: no one would share his batch. Nor where a batch is full. */
  private waitsForOthers(): boolean {
    return this.wasShared && !this.ending && piecesOfNextBatch(this.waiting) === this.waiting.length;
  }

  /** A batch is made up when it can be sent: until then its calls may still be withdrawn. */
  private async standsReady(): Promise<boolean> {
    this.blockedSince ??= performance.now();
    try {
      await this.producer.ready();
      return true;
    } catch (error) {
      await this.failed(error, 3);
      return false;
    }
  }

  private async store(batch: readonly PieceOfCall[]): Promise<void> {
    for (let tries = 0; !this.abortion.signal.aborted; tries++) {
      try {
        this.stored(batch, await this.producer.send(batch.flatMap(({ records }) => records)));
        return;
      } catch (error) {
        if (isTooLarge(error)) return this.storeOneByOne(batch, error);
        await this.failed(error, tries);
      }
    }
  }

  private async storeOneByOne(batch: readonly PieceOfCall[], error: unknown): Promise<void> {
    const [only, ...others] = batch;
    if (only && others.length === 0) {
      this.onGone(only);
      only.call.reject(tooLargeForTopic(only, error));
      return;
    }
    for (const piece of batch) await this.store([piece]);
  }

  private stored(batch: readonly PieceOfCall[], baseOffset: number): void {
    this.lastFailure = null;
    this.lastStoredAt = performance.now();
    let offset = baseOffset;
    for (const piece of batch) {
      const { call, records } = piece;
      for (let count = 0; count < records.length; count++) call.offsets.push(offset++);
      call.left--;
      this.onGone(piece);
      if (call.left === 0) call.resolve(call.offsets);
    }
  }

  private async failed(error: unknown, tries: number): Promise<void> {
    const { signal } = this.abortion;
    if (signal.aborted) return;
    this.lastFailure = error;
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(tries, 10));
    await sleep(pauseMs, signal);
  }

  private tellUnknown(call: Call, boundMs: number): void {
    if (!call.told) call.reject(this.unknownOutcome(boundMs));
    call.told = true;
  }

  private unknownOutcome(boundMs: number): WardroundError {
    return new WardroundError(
      'outcome-unknown',
      `Kafka did not acknowledge the events within ${boundMs / 1000} s${this.because()}: it is unknown whether they were stored`,
      'Append them again: events with the same id are not duplicated',
      { cause: this.lastFailure },
    );
  }

  private notStored({ expiresAt }: Call, boundMs: number): WardroundError {
    const code = this.lastStoredAt > expiresAt - boundMs ? 'overloaded' : 'unreachable';
    return new WardroundError(
      code,
      `the events could not be sent to Kafka within ${boundMs / 1000} s${this.because()}: none of them was stored`,
      'Append them again later',
      { cause: this.lastFailure },
    );
  }

  private because(): string {
    return this.lastFailure === null ? '' : ` (partition ${this.partition}: ${describeError(this.lastFailure)})`;
  }
}

function tooLargeForTopic(piece: Piece, cause: unknown): WardroundError {
  return new WardroundError(
    'event-invalid',
    `Kafka refuses ${piece.records.length} events of together ${piece.bytes} bytes as too large`,
    "Set the topic's max.message.bytes to 1048588, Kafka's default",
    { cause },
  );
}
