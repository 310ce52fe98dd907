// Long because taking in is one state machine: what has arrived, what is being archived, and what is handed on.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describeError } from '../../shared/errors.js';
import type { Arrived } from '../archive/archive-numbering.js';
import type { ArchivedBatch, ArrivedBatch, SetAside } from '../archive/postgres-archive-writer.adapter.js';
import type { Recorded } from '../envelope.js';
import type { EventTypes } from '../event-types.js';
import type { Feed } from './kafka-consumer.adapter.js';
import type { PartitionEnds } from './kafka-ends.adapter.js';
import { RecentEvents } from './recent-events.js';
import { eventIn, eventsLost, nextMessages, sizeOf, topicCutOff, type KafkaMessage } from './intake-rules.js';

export interface IntakeUse {
  readonly eventTypes: EventTypes;
  readonly feed: Feed;
  /** The archive's part in it. */
  checkpoint(partition: number): Promise<number>;
  store(batch: ArrivedBatch): Promise<ArchivedBatch | null>;
  /** What Kafka holds of the partition now. */
  ends(partition: number): Promise<PartitionEnds>;
  /** Called when more is archived than was known: with the events, if it was this process that took them in. */
  onArchived(recorded: readonly Recorded[]): void;
}

/** Times are by `performance.now()`. */
export interface Trouble {
  readonly error: unknown;
  readonly since: number;
  /** When it was met last. */
  readonly at: number;
}

/** Above so much that waits for the database, Kafka is asked for no more; below half of it, again. */
const mostWaitingBytes = 16_000_000;
/** Unpacking holds up everything else. */
const recordsPerTurn = 100;

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * Takes one partition over from Kafka into the archive, in order and without a gap, as long as this process owns it. The
 * checkpoint is the archive's. Positions are offsets of Kafka plus one, so that a checkpoint is also the offset, as Kafka counts,
 * of what comes next.
 *
 * What fails is tried again, with pauses: first of all, the checkpoint is read again.
 */
export class PartitionIntake {
  readonly recent: RecentEvents;
  private waiting: KafkaMessage[] = [];
  private waitingBytes = 0;
  private isPaused = false;
  /** Up to where the archive has it; null while that is not known. */
  private checkpoint: number | null = null;
  /** What was last known of it. */
  private reached = 0;
  /** What Kafka is to hand over next. */
  private expected = 0;
  private highWatermark = 0;
  /** Between these, Kafka has handed over nothing, once. */
  private gap: { readonly from: number; readonly to: number; readonly isSure: boolean } | null = null;
  private taken = 0;
  private failures = 0;
  private fault: Trouble | null = null;
  private stopped = false;
  private interrupt: () => void = () => undefined;
  private endPause: () => void = () => undefined;
  private waiters: { readonly position: number; resolve(): void }[] = [];
  private readonly ended: Promise<void>;

  constructor(
    readonly partition: number,
    private readonly use: IntakeUse,
  ) {
    this.recent = new RecentEvents(0);
    this.ended = this.run();
  }

  /** Up to where the partition is archived; 0 if that is not known yet. */
  get head(): number {
    return this.reached;
  }

  /** How many records it has taken over. */
  get handled(): number {
    return this.taken;
  }

  /** Events that Kafka was last known to have, and the archive has not. */
  get lag(): number {
    return Math.max(0, this.highWatermark - this.reached);
  }

  /** What keeps it from running; null if nothing does. */
  get trouble(): Trouble | null {
    return this.fault;
  }

  /** The offset that Kafka is to hand over next, as it counts; null if it is not asked to just now. */
  get awaited(): number | null {
    return this.checkpoint === null || this.isPaused ? null : this.expected;
  }

  /** Resolves when the archive has everything up to this position, or this process has the partition no more. */
  async hasArchived(position: number): Promise<void> {
    if (this.stopped || this.reached >= position) return;
    await new Promise<void>((resolve) => this.waiters.push({ position, resolve }));
  }

  /** The consumer has joined again, and knows nothing of where it was. */
  rejoined(): void {
    if (this.checkpoint === null) return;
    this.use.feed.readFrom(this.partition, this.expected);
    if (this.isPaused) this.use.feed.pause(this.partition);
  }

  /** Takes records that Kafka handed over; those that were handed over before are omitted. */
  take(messages: readonly KafkaMessage[], highWatermark: number): void {
    this.highWatermark = Math.max(this.highWatermark, highWatermark);
    if (this.stopped || this.checkpoint === null) return;
    for (const message of messages) {
      const offset = Number(message.offset);
      if (offset < this.expected) continue;
      if (offset > this.expected && !this.passGap(offset)) break;
      this.waiting.push(message);
      this.waitingBytes += sizeOf(message);
      this.expected = offset + 1;
    }
    if (!this.isPaused && this.waitingBytes > mostWaitingBytes) {
      this.isPaused = true;
      this.use.feed.pause(this.partition);
    }
    this.interrupt();
  }

  /** Someone waits: a pause after a failure ends at once. */
  tryAgain(): void {
    this.endPause();
  }

  /** Something speaks against what is known here: everything is looked at again. */
  lookAgain(): void {
    this.checkpoint = null;
    this.interrupt();
  }

  /** Resolves when nothing is in progress any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.interrupt();
    for (const waiter of this.waiters.splice(0)) waiter.resolve();
    await this.ended;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        if (this.checkpoint === null) await this.takeUp();
        else if (this.gap && !this.gap.isSure && this.waiting.length === 0) await this.lookIntoGap(this.gap);
        else if (this.waiting.length > 0) await this.takeIn(this.checkpoint);
        else await this.rest(null);
      } catch (error) {
        this.checkpoint = null;
        const at = performance.now();
        this.fault = { error, since: this.fault?.since ?? at, at };
        await this.rest(Math.min(longestPauseMs, firstPauseMs * 2 ** this.failures++));
      }
    }
  }

  private async takeUp(): Promise<void> {
    const checkpoint = await this.use.checkpoint(this.partition);
    this.moveTo(checkpoint);
    const { low, high } = await this.use.ends(this.partition);
    if (low > checkpoint) throw eventsLost(this.partition, checkpoint, low);
    if (high < checkpoint) throw topicCutOff(this.partition, checkpoint, high);
    if (this.stopped) return;
    this.highWatermark = high;
    this.checkpoint = checkpoint;
    this.gap = null;
    this.dropArchived(checkpoint);
    this.use.feed.readFrom(this.partition, this.expected);
    this.isPaused = false;
    if (this.waiting.length === 0) this.recovered();
    this.use.onArchived([]);
  }

  /** Of what waits, what is behind the checkpoint is kept if it follows it. */
  private dropArchived(checkpoint: number): void {
    const kept = this.waiting.filter(({ offset }) => Number(offset) >= checkpoint);
    const follows = Number(kept[0]?.offset) === checkpoint;
    this.waiting = follows ? kept : [];
    this.waitingBytes = this.waiting.reduce((sum, message) => sum + sizeOf(message), 0);
    if (!follows) this.expected = checkpoint;
  }

  private async takeIn(checkpoint: number): Promise<void> {
    const messages = nextMessages(this.waiting);
    const to = Number(messages.at(-1)?.offset) + 1;
    const unpacked = await this.unpack(messages);
    const stored = await this.use.store({ partition: this.partition, from: checkpoint, to, ...unpacked });
    if (stored === null) {
      this.checkpoint = null; // another owner was here, or an answer to this one was lost
      return;
    }
    this.taken += messages.length;
    this.waiting.splice(0, messages.length);
    this.waitingBytes -= messages.reduce((sum, message) => sum + sizeOf(message), 0);
    if (this.checkpoint !== null) this.checkpoint = to;
    this.remember(stored.recorded, messages, checkpoint, to);
    this.moveTo(to);
    this.recovered();
    this.use.onArchived(stored.recorded);
    if (!this.isPaused || this.waitingBytes > mostWaitingBytes / 2) return;
    this.isPaused = false;
    this.use.feed.resume(this.partition);
  }

  private async unpack(messages: readonly KafkaMessage[]): Promise<Pick<ArrivedBatch, 'arrived' | 'unreadable'>> {
    const arrived: Arrived[] = [];
    const unreadable: SetAside[] = [];
    for (const [at, message] of messages.entries()) {
      if (at % recordsPerTurn === recordsPerTurn - 1) await nextTurn();
      const offset = Number(message.offset) + 1;
      try {
        arrived.push({ offset, event: eventIn(message, `partition ${this.partition}, offset ${message.offset}`) });
      } catch (error) {
        unreadable.push({ offset, key: message.key, value: message.value, error: describeError(error) });
      }
    }
    return { arrived, unreadable };
  }

  /** For those who follow live. What this program is too old for is not remembered: the archive says what is the matter. */
  private remember(recorded: readonly Recorded[], messages: readonly KafkaMessage[], from: number, to: number): void {
    if (this.reached !== from) this.recent.reset(from);
    const sizes = new Map(messages.map((message) => [Number(message.offset) + 1, sizeOf(message)]));
    try {
      const newest = recorded.map(({ event, position }) => ({ event: this.use.eventTypes.upcast(event), position }));
      this.recent.add(
        newest,
        newest.map(({ position }) => sizes.get(position.offset) ?? 0),
        to,
      );
    } catch {
      this.recent.reset(to);
    }
  }

  private moveTo(position: number): void {
    if (this.checkpoint === null && position !== this.reached) this.recent.reset(position);
    this.reached = position;
    const reached = this.waiters.filter((waiter) => waiter.position <= position);
    if (reached.length === 0) return;
    this.waiters = this.waiters.filter((waiter) => waiter.position > position);
    for (const waiter of reached) waiter.resolve();
  }

  private recovered(): void {
    this.failures = 0;
    this.fault = null;
  }

  /**
   * Kafka has left out offsets. The first time it is asked again; if it does so again, and still has what is before
   * them, there is nothing at them, such as where another program's transactions end.
   * @returns whether to continue behind them
   */
  private passGap(to: number): boolean {
    const { gap, expected } = this;
    if (gap?.from === expected && gap.to === to && gap.isSure) {
      this.gap = null;
      return true;
    }
    const isNew = gap?.from !== expected;
    this.gap = { from: expected, to, isSure: false };
    if (isNew) this.use.feed.readFrom(this.partition, expected);
    return false;
  }

  private async lookIntoGap(gap: { readonly from: number; readonly to: number }): Promise<void> {
    const { low } = await this.use.ends(this.partition);
    if (low > gap.from) throw eventsLost(this.partition, gap.from, low);
    if (this.gap?.from === gap.from) this.gap = { ...this.gap, isSure: true };
    this.use.feed.readFrom(this.partition, gap.from);
  }

  /** Waits until something happens, or for so long. */
  private async rest(ms: number | null): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = ms === null ? null : setTimeout(resolve, ms);
      this.endPause = () => {
        if (timer) clearTimeout(timer);
        resolve();
      };
      // After a failure, what comes from Kafka cuts no pause short.
      this.interrupt = () => {
        if (ms === null || this.stopped) this.endPause();
      };
    });
    this.interrupt = () => undefined;
    this.endPause = () => undefined;
  }
}
