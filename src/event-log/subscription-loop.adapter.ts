import { setImmediate as nextTurn } from 'node:timers/promises';
import { WardroundError, describeError } from '../shared/errors.js';
import type { Recorded } from './envelope.js';
import type { Subscription, SubscriptionOptions, SubscriptionStatus } from './event-log.js';

/** One partition of a log, as a subscription sees it. */
export interface PartitionReader {
  readonly partition: number;
  /** The offset of the newest event; 0 if there is none. */
  head(): number;
  /**
   * Some of the events of these types behind `after` and up to `upTo`, at most `limit`, in order. Everything up to
   * `passedTo` was looked at.
   */
  look(
    types: readonly string[] | undefined,
    after: number,
    upTo: number,
    limit: number,
  ): { readonly recorded: readonly Recorded[]; readonly passedTo: number; readonly fault: WardroundError | null };
}

const liveBatch = 500;
/** Who is so many events behind gets larger batches: a view writes each touched row once a batch. */
const farBehindBatch = 5_000;

/**
 * Where only other types passed, the checkpoint is stored after so many, not at each: a start then looks at no more than
 * these again, which takes milliseconds.
 */
const passedBeforeStoring = 1_000;

/** Appends wake a subscription; this is for those of another process. */
const pollMs = 1_000;

const firstPauseMs = 100;
const longestPauseMs = 30_000;

interface Waiter {
  readonly offset: number;
  resolve(): void;
  reject(error: WardroundError): void;
}

/**
 * Hands a partition's events to a subscription's handler, from its checkpoint on. A batch whose handler throws is tried
 * again event by event, so that those before the one at fault are done; that one is tried for ever, with growing pauses, and
 * never skipped.
 */
export class SubscriptionLoop<Tx> implements Subscription {
  /** The checkpoint as stored; null until loaded. */
  private stored: number | null = null;
  /** Everything up to here is handled or was passed over: `stored`, or ahead of it by what was passed over since. */
  private position = 0;
  /** Up to this offset, events are handled one by one. */
  private singlyUpTo = 0;
  private failures = 0;
  private lastError: string | null = null;
  private woken = false;
  private stopped = false;
  private interrupt: () => void = () => undefined;
  private waiters: Waiter[] = [];
  private readonly ended: Promise<void>;

  constructor(
    private readonly reader: PartitionReader,
    private readonly options: SubscriptionOptions<Tx>,
  ) {
    this.ended = this.run();
  }

  /** Says that there may be something new. */
  wake(): void {
    this.woken = true;
    if (this.failures === 0) this.interrupt();
  }

  async caughtUp(): Promise<void> {
    if (this.stopped) throw this.stoppedError();
    const offset = this.reader.head();
    if (this.stored !== null && this.position >= offset) return;
    await new Promise<void>((resolve, reject) => this.waiters.push({ offset, resolve, reject }));
  }

  async status(): Promise<SubscriptionStatus> {
    const position = this.stored === null ? await this.load() : this.position;
    return { name: this.options.name, lag: Math.max(0, this.reader.head() - position), lastError: this.lastError };
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.interrupt();
    await this.ended;
    for (const waiter of this.waiters.splice(0)) waiter.reject(this.stoppedError());
  }

  private async run(): Promise<void> {
    await nextTurn(); // whoever subscribes has the subscription in hand before its handler is called
    while (!this.stopped) {
      try {
        this.woken = false;
        const stored = this.stored ?? (await this.takeUpAgain());
        const head = this.reader.head();
        if (this.position < head) await this.advance(stored, head);
        this.tellWaiters();
        if (this.position < head) continue;
        this.recovered();
        if (!this.woken) await this.rest(pollMs);
      } catch (error) {
        await this.failed(error);
      }
    }
  }

  /** Hands over the next batch, or passes over what is of other types. */
  private async advance(stored: number, head: number): Promise<void> {
    const { recorded, passedTo } = await this.nextBatch(head);
    if (this.stopped) return;
    if (recorded.length > 0) {
      await this.commit(stored, passedTo, recorded);
    } else if (passedTo - stored >= passedBeforeStoring) {
      await this.commit(stored, passedTo, recorded);
    } else {
      this.position = passedTo;
    }
  }

  private async nextBatch(head: number): Promise<{ recorded: readonly Recorded[]; passedTo: number }> {
    const limit = this.batchLimit(head);
    const recorded: Recorded[] = [];
    let passedTo = this.position;
    while (passedTo < head && recorded.length < limit && !this.stopped) {
      if (passedTo > this.position) await nextTurn();
      const slice = this.reader.look(this.options.types, passedTo, head, limit - recorded.length);
      recorded.push(...slice.recorded);
      passedTo = slice.passedTo;
      if (slice.fault && passedTo === this.position) throw slice.fault;
      if (slice.fault) break; // what stands before it comes first
    }
    return { recorded, passedTo };
  }

  private batchLimit(head: number): number {
    if (this.position < this.singlyUpTo) return 1;
    return head - this.position > farBehindBatch ? farBehindBatch : liveBatch;
  }

  private async commit(stored: number, passedTo: number, batch: readonly Recorded[]): Promise<void> {
    const { checkpoints, name } = this.options;
    const { partition } = this.reader;
    const work = async (tx: Tx) => {
      if (batch.length > 0) await this.options.handle(batch, tx);
    };
    try {
      const moved = await checkpoints.commit(
        name,
        { partition, offset: stored },
        { partition, offset: passedTo },
        work,
      );
      if (!moved) return await this.lostToAnother(stored);
    } catch (error) {
      if (batch.length < 2) throw error;
      this.lastError = describeError(error);
      this.singlyUpTo = batch.at(-1)?.position.offset ?? 0;
      return;
    }
    this.stored = passedTo;
    this.position = passedTo;
    this.recovered();
  }

  private recovered(): void {
    this.failures = 0;
    this.lastError = null;
  }

  /** The checkpoint was not where this loop left it: another owner, or a rebuild, moved it. It counts; ours does not. */
  private async lostToAnother(stored: number): Promise<void> {
    if ((await this.takeUpAgain()) !== stored) return;
    throw new WardroundError(
      'conflict',
      `the checkpoint of "${this.options.name}" stands at ${stored}, yet did not move`,
    );
  }

  private async takeUpAgain(): Promise<number> {
    const stored = await this.load();
    this.stored = stored;
    this.position = stored;
    this.singlyUpTo = 0;
    return stored;
  }

  private async load(): Promise<number> {
    return (await this.options.checkpoints.load(this.options.name)).get(this.reader.partition) ?? 0;
  }

  private async failed(error: unknown): Promise<void> {
    this.lastError = describeError(error);
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** this.failures);
    this.failures++;
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
    const { position } = this;
    const reached = this.waiters.filter(({ offset }) => offset <= position);
    if (reached.length === 0) return;
    this.waiters = this.waiters.filter(({ offset }) => offset > position);
    for (const waiter of reached) waiter.resolve();
  }

  private stoppedError(): WardroundError {
    return new WardroundError('cancelled', `the subscription "${this.options.name}" was stopped`);
  }
}
