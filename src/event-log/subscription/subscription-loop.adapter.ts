// Long because it is one state machine: apart, its parts would share all of its state. Parking and places have files of their own.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { WardroundError, describeError } from '../../shared/errors.js';
import type { Recorded } from '../envelope.js';
import type { CheckpointMove, Subscription, SubscriptionOptions, SubscriptionStatus } from '../event-log.js';
import { ParkingChanged } from '../parking.js';
import { LoopParking, type Folding } from './loop-parking.adapter.js';
import { batchLimit, hasReached, move, placeIn, type Place } from './loop-place.js';
import type { PartitionReader } from './partition-reader.js';

/**
 * Where only other types passed, the checkpoint is stored after so many, not at each: a start then looks at no more than
 * these again, which takes milliseconds.
 */
const passedBeforeStoring = 1_000;

/** Appends wake a subscription; this is for those of another process. */
const pollMs = 1_000;

const firstPauseMs = 100;
const longestPauseMs = 30_000;

/** What a handler threw, if it threw. */
interface Refusal {
  error?: unknown;
}

interface Waiter {
  /** How far each place has to come. */
  readonly offsets: ReadonlyMap<Place, number>;
  resolve(): void;
  reject(error: WardroundError): void;
}

/**
 * Hands a partition's events to a subscription's handler, from its checkpoint on. A batch whose handler throws is tried
 * again event by event, so that those before the one at fault are done; that one is tried again with growing pauses. Where the
 * subscription has a parking lot, it goes there after a few seconds; else it is tried forever, and never skipped.
 *
 * Events from `everywhere` have their own checkpoint, `<subscription>@<partition>` in the partition that they are in.
 * It moves together with a hold on the partition's own, so that two processes never work for one partition at once.
 */
export class SubscriptionLoop<Tx> implements Subscription<Tx> {
  private readonly own: Place;
  /** In the order in which they are looked at: definitions come before what is judged by them. */
  private readonly places: readonly Place[];
  private readonly parking: LoopParking<Tx> | null;
  private failures = 0;
  /** Events that it has gone through: see `SubscriptionStatus`. */
  handled = 0;
  private lastError: string | null = null;
  private woken = false;
  private stopped = false;
  /** Stopped, and nothing in progress any more. */
  private over = false;
  private interrupt: () => void = () => undefined;
  private waiters: Waiter[] = [];
  private errands: (() => Promise<void>)[] = [];
  private readonly ended: Promise<void>;

  /** @param everywhere reads the events from `everywhere`, if those are in another partition */
  constructor(
    own: PartitionReader,
    private readonly options: SubscriptionOptions<Tx>,
    everywhere: PartitionReader | null = null,
  ) {
    this.own = placeIn(own, options.name);
    const elsewhere = everywhere ? [placeIn(everywhere, `${options.name}@${own.partition}`)] : [];
    this.places = [...elsewhere, this.own];
    const space = { subscription: options.name, partition: own.partition };
    this.parking = options.parking ? new LoopParking(options.parking, space, () => this.wake()) : null;
    this.ended = this.run();
  }

  /** Says that there may be something new. */
  wake(): void {
    this.woken = true;
    if (this.failures === 0) this.interrupt();
  }

  async caughtUp(): Promise<void> {
    if (this.stopped) throw this.stoppedError();
    const offsets = new Map<Place, number>();
    for (const place of this.places) offsets.set(place, await place.reader.head());
    if (hasReached(offsets)) return;
    if (this.over) throw this.stoppedError();
    await new Promise<void>((resolve, reject) => this.waiters.push({ offsets, resolve, reject }));
  }

  async status(): Promise<SubscriptionStatus> {
    let lag = 0;
    for (const place of this.places) {
      const position = place.stored === null ? await this.load(place) : place.position;
      lag += Math.max(0, (await place.reader.head()) - position);
    }
    const parked = (await this.parking?.count()) ?? 0;
    return { name: this.options.name, lag, handled: this.handled, parked, lastError: this.lastError };
  }

  whenIdle(partition: number, work: (tx: Tx) => Promise<void>): Promise<boolean> {
    // While an event is being tried again and again, something is unhandled: no one has to wait for the end of a pause.
    const busy = this.stopped || this.failures > 0;
    if (busy || partition !== this.own.reader.partition) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      this.errands.push(() => this.ifIdle(work).then(resolve, reject));
      this.wake();
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.parking?.stop();
    this.interrupt();
    await this.ended;
    this.over = true;
    this.tellWaiters();
    for (const waiter of this.waiters.splice(0)) waiter.reject(this.stoppedError());
    await this.runErrands();
  }

  private async run(): Promise<void> {
    await nextTurn(); // anyone who subscribes has the subscription before its handler is called
    while (!this.stopped) {
      try {
        this.woken = false;
        const behind = await this.firstBehind();
        const advanced = behind !== null && (await this.advance(behind.place, behind.head));
        this.tellWaiters();
        await this.runErrands();
        const retried = await this.retryParked();
        if (advanced || retried) continue;
        this.recovered();
        if (!this.woken) await this.rest(pollMs);
      } catch (error) {
        await this.failed(error);
      }
    }
  }

  private async firstBehind(): Promise<{ place: Place; head: number } | null> {
    for (const place of this.places) {
      if (place.stored === null) await this.takeUp();
      const head = await place.reader.head();
      if (place.position < head) return { place, head };
    }
    return null;
  }

  private async runErrands(): Promise<void> {
    for (const errand of this.errands.splice(0)) await errand();
  }

  /**
   * Hands over the next batch, or passes over what is of other types.
   * @returns false if there was nothing to read after all
   */
  private async advance(place: Place, head: number): Promise<boolean> {
    const { recorded, passedTo } = await this.nextBatch(place, head);
    if (this.stopped) return false;
    if (passedTo === place.position) return false;
    const passed = passedTo - (place.stored ?? 0);
    if (recorded.length > 0 || passed >= passedBeforeStoring) await this.commit(place, passedTo, recorded);
    else this.advanceTo(place, passedTo);
    return true;
  }

  private async nextBatch(place: Place, head: number): Promise<{ recorded: readonly Recorded[]; passedTo: number }> {
    const limit = batchLimit(place, head);
    const recorded: Recorded[] = [];
    let passedTo = place.position;
    while (passedTo < head && recorded.length < limit && !this.stopped) {
      if (passedTo > place.position) await nextTurn();
      const slice = await place.reader.look(this.options.types, passedTo, head, limit - recorded.length);
      const stuck = slice.passedTo === passedTo;
      recorded.push(...slice.recorded);
      passedTo = slice.passedTo;
      if (slice.fault && passedTo === place.position) throw slice.fault;
      if (slice.fault || stuck) break; // what is before it comes first
    }
    return { recorded, passedTo };
  }

  private async commit(place: Place, passedTo: number, batch: readonly Recorded[]): Promise<void> {
    const refusal: Refusal = {};
    try {
      const moved = await this.options.checkpoints.commit(this.movesTo(place, passedTo), async (tx) => {
        delete refusal.error;
        await this.fold(batch, tx, refusal);
      });
      if (!moved) return await this.lostToAnother();
    } catch (error) {
      if (error instanceof ParkingChanged) return await this.parking?.look();
      const [first, ...others] = batch;
      if (others.length > 0 && !this.parking?.isAway(error)) {
        this.lastError = describeError(error);
        place.singlyUpTo = batch.at(-1)?.position.offset ?? 0;
        return;
      }
      const parked = first !== undefined && 'error' in refusal && (await this.park(place, passedTo, first, error));
      if (!parked) throw error;
    }
    place.stored = passedTo;
    this.advanceTo(place, passedTo);
    this.recovered();
  }

  private advanceTo(place: Place, offset: number): void {
    this.handled += offset - place.position;
    place.position = offset;
  }

  private async fold(batch: readonly Recorded[], tx: Tx, refusal: Refusal): Promise<void> {
    const { fresh, behind } = this.parking?.sort(batch) ?? { fresh: batch, behind: [] };
    await this.parking?.parkBehind(tx, behind);
    if (fresh.length === 0) return;
    try {
      await this.options.handle(fresh, tx, this.own.reader.partition);
    } catch (error) {
      refusal.error = error;
      throw error;
    }
  }

  /** Parks an event that was refused often enough. @returns false if it was not, or another owner took over */
  private async park(place: Place, passedTo: number, recorded: Recorded, error: unknown): Promise<boolean> {
    const { parking } = this;
    if (!parking || parking.isAway(error)) return false;
    const attempts = parking.refused(recorded);
    if (attempts === null) return false;
    const moves = this.movesTo(place, passedTo);
    const parked = await this.options.checkpoints.commit(moves, (tx) => parking.park(tx, recorded, error, attempts));
    if (!parked) return false;
    parking.parked(recorded);
    place.singlyUpTo = 0; // what follows it may well be right
    return true;
  }

  /** @returns whether there may be more to try again at once */
  private async retryParked(): Promise<boolean> {
    if (!this.parking || this.stopped) return false;
    const outcome = await this.parking.retryAsked(this.folding());
    if (outcome === 'stale') await this.lostToAnother();
    return outcome !== 'nothing';
  }

  private folding(): Folding<Tx> {
    const { types, checkpoints } = this.options;
    return {
      transaction: (work) => checkpoints.commit([this.hold()], work),
      handle: async (recorded, tx) => {
        const taken = recorded.filter(({ event }) => types === undefined || types.includes(event.type));
        if (taken.length > 0) await this.options.handle(taken, tx, this.own.reader.partition);
      },
      readers: this.places.map(({ reader }) => reader),
    };
  }

  /** The partition's own checkpoint comes first, in every transaction of the partition: it is what they wait for. */
  private movesTo(place: Place, offset: number): readonly CheckpointMove[] {
    return place === this.own ? [move(place, offset)] : [this.hold(), move(place, offset)];
  }

  private hold(): CheckpointMove {
    return move(this.own, this.own.stored ?? 0);
  }

  private async ifIdle(work: (tx: Tx) => Promise<void>): Promise<boolean> {
    if (this.stopped || (await this.firstBehind()) !== null) return false;
    return this.options.checkpoints.commit([this.hold()], work);
  }

  private recovered(): void {
    this.failures = 0;
    this.lastError = null;
  }

  /** A checkpoint was not where this loop left it: another owner, or a rebuild, moved it. It counts; ours does not. */
  private async lostToAnother(): Promise<void> {
    const before = this.places.map(({ stored }) => stored);
    await this.takeUp();
    if (this.places.some(({ stored }, index) => stored !== before[index])) return;
    throw new WardroundError(
      'conflict',
      `the checkpoint of "${this.options.name}" is at ${this.own.stored}, but did not move`,
    );
  }

  private async takeUp(): Promise<void> {
    const stored = await Promise.all(this.places.map((place) => this.load(place)));
    // Not before the checkpoints: what another owner parks in between then shows, or has moved one of them.
    await this.parking?.takeUp();
    this.places.forEach((place, index) => {
      place.stored = stored[index] ?? 0;
      place.position = place.stored;
      place.singlyUpTo = 0;
    });
  }

  private async load({ checkpoint, reader }: Place): Promise<number> {
    return (await this.options.checkpoints.load(checkpoint)).get(reader.partition) ?? 0;
  }

  private async failed(error: unknown): Promise<void> {
    this.lastError = describeError(error);
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** this.failures);
    this.failures++;
    await this.runErrands(); // they are told that not everything is handled
    await this.rest(pause);
  }

  /** Waits; `stop` cuts it short, and so does `wake` unless it is a pause after a failure. */
  private async rest(ms: number): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.interrupt = () => undefined;
  }

  private tellWaiters(): void {
    const reached = this.waiters.filter(({ offsets }) => hasReached(offsets));
    if (reached.length === 0) return;
    this.waiters = this.waiters.filter((waiter) => !reached.includes(waiter));
    for (const waiter of reached) waiter.resolve();
  }

  private stoppedError(): WardroundError {
    return new WardroundError('cancelled', `the subscription "${this.options.name}" was stopped`);
  }
}
