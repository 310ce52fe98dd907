import { Inject, Injectable, Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { describeError } from '../shared/errors.js';
import { CLOCK, toIso, type Clock, type Instant } from '../shared/instant.js';
import { latestDue, nextDue, type CronSchedule } from './timetable.adapter.js';

/** The clock may jump, and a timer cannot wait longer than 24 days: so nothing waits longer than this without a look. */
const longestWaitMs = 60_000;
/** Node fires a timer at once that is to wait longer than 24.8 days. */
const longestTimerMs = 86_400_000;
/** A planned start that lies further ahead than this was planned by a clock that was wrong. */
const believableMs = 3_600_000;

export type OnDue = (plannedFor: Instant) => Promise<void>;

interface CronEntry {
  readonly schedule: CronSchedule;
  readonly onDue: OnDue;
  /** The planned start that was served last, so that a clock that is set back does not bring it again. */
  lastPlanned: Instant;
  /** The first planned start behind it; null if there is none. */
  next: Instant | null;
}

/**
 * Calls those who are due, by cron lines in time zones or at even intervals. Timers are kept in the registry of
 * `@nestjs/schedule`; when something is due is decided in `timetable.adapter.ts`.
 */
@Injectable()
export class TimetableService {
  private readonly logger = new Logger('Timetable');
  private readonly entries = new Map<string, CronEntry>();

  constructor(
    @Inject(SchedulerRegistry) private readonly registry: SchedulerRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * From now on calls `onDue` whenever the schedule is due, instead of what was scheduled under this name before. If
   * the computer slept over several planned starts, it is called once, for the newest.
   * @param lastPlanned the planned start that was served last; what is behind it and before now counts as due
   */
  schedule(name: string, schedule: CronSchedule, lastPlanned: Instant, onDue: OnDue): void {
    this.unschedule(name);
    const entry = { schedule, onDue, lastPlanned, next: nextDue(schedule, lastPlanned) };
    this.entries.set(name, entry);
    this.wait(name, entry);
  }

  /** From now on calls `onDue` every so many milliseconds, for the first time after `firstInMs`. */
  scheduleEvery(name: string, everyMs: number, firstInMs: number, onDue: OnDue): void {
    this.unschedule(name);
    const waitFor = (ms: number) => {
      const part = Math.min(ms, longestTimerMs);
      const timer = setTimeout(() => {
        this.registry.deleteTimeout(name);
        waitFor(ms > part ? ms - part : everyMs);
        if (ms === part) void this.call(name, onDue, this.clock.now());
      }, part);
      this.registry.addTimeout(name, timer);
    };
    waitFor(firstInMs);
  }

  unschedule(name: string): void {
    this.entries.delete(name);
    if (this.registry.doesExist('timeout', name)) this.registry.deleteTimeout(name);
  }

  /** What is scheduled now. */
  names(): readonly string[] {
    return this.registry.getTimeouts();
  }

  /** The next planned start under a name; null if there is none, or if it goes by an interval. */
  nextDue(name: string): Instant | null {
    return this.entries.get(name)?.next ?? null;
  }

  stop(): void {
    for (const name of this.names()) this.unschedule(name);
  }

  private wait(name: string, entry: CronEntry): void {
    this.doubtTheFuture(entry);
    if (entry.next === null) {
      this.logger.warn(`${name}: "${entry.schedule.at}" will never occur again`);
      return;
    }
    const waitMs = Math.min(Math.max(0, entry.next - this.clock.now()), longestWaitMs);
    const timer = setTimeout(() => {
      this.registry.deleteTimeout(name);
      this.look(name, entry);
    }, waitMs);
    this.registry.addTimeout(name, timer);
  }

  private look(name: string, entry: CronEntry): void {
    const now = this.clock.now();
    if (entry.next !== null && entry.next <= now) {
      const due = latestDue(entry.schedule, entry.lastPlanned, now) ?? entry.next;
      serve(entry, due);
      void this.call(name, entry.onDue, due);
    }
    this.wait(name, entry);
  }

  /** What was served last may lie so far ahead that the clock must have been wrong then: the time from now on counts. */
  private doubtTheFuture(entry: CronEntry): void {
    const now = this.clock.now();
    if (entry.lastPlanned > now + believableMs) serve(entry, now);
  }

  private async call(name: string, onDue: OnDue, plannedFor: Instant): Promise<void> {
    try {
      await onDue(plannedFor);
    } catch (error) {
      this.logger.error(`${name}, due at ${toIso(plannedFor)}: ${describeError(error)}`);
    }
  }
}

function serve(entry: CronEntry, planned: Instant): void {
  entry.lastPlanned = planned;
  entry.next = nextDue(entry.schedule, planned);
}
