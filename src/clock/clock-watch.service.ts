import { Logger } from '@nestjs/common';
import type { EventLog } from '../event-log/event-log.js';
import { installationSource } from '../event-log/installation.events.js';
import { decision } from '../event-log/statement.js';
import { describeError } from '../shared/errors.js';
import { fromIso, toIso, type Clock, type Instant } from '../shared/instant.js';
import { definitionsKey } from '../shared/names.js';
import { doneWithin } from '../shared/time-limit.adapter.js';
import { clockJumped, clockSubject } from './clock.events.js';
import { jumpBetween, jumpFromLog, jumpText, type ClockReading, type FoundJump } from './clock-jump.js';

const lookEveryMs = 20_000;
/** A log in Kafka may have much to catch up with before it can say what was recorded last. */
const lastPatienceMs = 3_000;

export interface ClockWatchParts {
  readonly log: Pick<EventLog, 'append' | 'head' | 'read'>;
  readonly clock: Clock;
  /** Milliseconds by a clock that is never set; null where the clock is not a computer's. */
  readonly steadyMs: (() => number) | null;
  readonly installation: string;
  readonly computer: string;
}

/** Compares the computer's clock with the log at each start, and with the steady clock from then on. */
export class ClockWatch {
  private readonly logger = new Logger('Clock');
  private last: ClockReading | null = null;
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> = Promise.resolve();

  constructor(private readonly parts: ClockWatchParts) {}

  /** Before anything else is recorded: says in the log if the clock does not fit it. */
  async atStart(): Promise<void> {
    const { log, clock, steadyMs } = this.parts;
    this.last = steadyMs ? { wall: clock.now(), steadyMs: steadyMs() } : null;
    const recorded = await lastRecorded(log);
    const jump = recorded === null ? null : jumpFromLog(recorded, clock.now());
    if (jump) await this.say(jump);
  }

  /** From now on looks every so often, without keeping the process alive. */
  begin(): void {
    if (!this.parts.steadyMs || this.timer) return;
    // What could not be recorded is logged where it failed, and the next look finds it again.
    this.timer = setInterval(() => void this.look().catch(() => undefined), lookEveryMs);
    this.timer.unref();
  }

  /**
   * Looks now. A jump is in the log when it resolves.
   * @throws WardroundError if it cannot be recorded; the next look tries again
   */
  look(): Promise<void> {
    // One after the other: two at once would both find the same jump.
    const look = this.looking.catch(() => undefined).then(() => this.compare());
    this.looking = look;
    return look;
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.looking.catch(() => undefined);
  }

  private async compare(): Promise<void> {
    const { clock, steadyMs } = this.parts;
    if (!steadyMs) return;
    const now: ClockReading = { wall: clock.now(), steadyMs: steadyMs() };
    const jump = this.last ? jumpBetween(this.last, now) : null;
    if (jump) await this.say(jump);
    // Small steps add up to a jump, so the first reading stays until there is one.
    if (jump || !this.last || now.steadyMs < this.last.steadyMs) this.last = now;
  }

  private async say({ against, expected, shown }: FoundJump): Promise<void> {
    const { log, installation, computer } = this.parts;
    const data = {
      ...{ installation, computer, against, expected: toIso(expected), shown: toIso(shown) },
      ms: Math.round(shown - expected),
    };
    this.logger.warn(`Check the date: ${jumpText(data)}. No old backup is removed until it is confirmed`);
    try {
      await log.append([
        decision(clockJumped, [installation, against, data.expected, data.shown], {
          ...{ data, source: installationSource, subject: clockSubject(installation), partitionkey: definitionsKey },
          ...{ now: shown, actor: 'clock' },
        }),
      ]);
    } catch (error) {
      this.logger.error(`The jump of the clock could not be recorded: ${describeError(error)}`);
      throw error;
    }
  }
}

/** When the newest event was recorded, by the order of the log; of several partitions, the latest. Null if there is none. */
async function lastRecorded(log: ClockWatchParts['log']): Promise<Instant | null> {
  let found: Instant | null = null;
  const look = async () => {
    const head = await log.head();
    const after = new Map([...head].map(([partition, offset]) => [partition, offset - 1]));
    for await (const batch of log.read({ after })) {
      for (const { event } of batch) found = Math.max(found ?? 0, fromIso(event.recordedtime));
    }
  };
  await doneWithin(
    lastPatienceMs,
    look().catch(() => undefined),
  );
  return found;
}
