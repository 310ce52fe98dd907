import { theSystem } from '../access/principal.js';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { addressText, type Address } from '../shared/address.js';
import { describeError } from '../shared/errors.js';
import { CLOCK, type Clock, type Instant } from '../shared/instant.js';
import { latestDue, type CronSchedule } from '../timetable/timetable.adapter.js';
import { TimetableService } from '../timetable/timetable.service.js';
import { BackupsService } from './backups.service.js';
import type { RunTrigger } from './backups.events.js';
import { JobDirectory, type Job, type JobHistory } from './job-directory.service.js';
import { judgeStart } from './timetable-decision.js';

const actor = 'timetable';

/** Starts jobs at their planned times, and at once those that were missed or have never succeeded. */
@Injectable()
export class JobTimetable {
  private readonly logger = new Logger('Timetable');
  /** What each scheduled job was scheduled by: one that has not changed keeps its timer. */
  private readonly scheduled = new Map<string, string>();

  constructor(
    @Inject(TimetableService) private readonly timetable: TimetableService,
    @Inject(BackupsService) private readonly backups: BackupsService,
    @Inject(JobDirectory) private readonly jobs: JobDirectory,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Goes by what is defined now. Call it at the start, and whenever definitions have changed. */
  async follow(): Promise<void> {
    const jobs = await this.jobs.all(theSystem);
    const names = new Set(jobs.map(entryName));
    for (const name of [...this.scheduled.keys()].filter((scheduled) => !names.has(scheduled))) {
      this.timetable.unschedule(name);
      this.scheduled.delete(name);
    }
    const changed = jobs.filter((job) => this.scheduled.get(entryName(job)) !== scheduledBy(job));
    if (changed.length === 0) return;
    const historyOf = await this.jobs.histories(this.clock.now());
    for (const job of changed) await this.followJob(job, historyOf(job));
  }

  private async followJob(job: Job, history: JobHistory): Promise<void> {
    const schedule = scheduleOf(job);
    const name = entryName(job);
    const before = this.scheduled.get(name);
    this.scheduled.set(name, scheduledBy(job));
    if (schedule) {
      const lastPlanned = this.clock.now();
      this.timetable.schedule(name, schedule, lastPlanned, (plannedFor) => this.start(job, 'timetable', plannedFor));
    } else {
      this.timetable.unschedule(name);
    }
    const verdict = judgeStart({
      hasTimetable: schedule !== null,
      everSucceeded: history.everSucceeded,
      // Under another timetable this process was there all the time: it missed nothing.
      missed: schedule && before === undefined ? this.missed(schedule, history) : null,
    });
    if (verdict.run) await this.start(job, verdict.because, verdict.plannedFor);
  }

  private missed(schedule: CronSchedule, { lastPlanned, definedAt }: JobHistory): Instant | null {
    return latestDue(schedule, lastPlanned ?? definedAt, this.clock.now());
  }

  /** A start that finds the job running serves its planned time all the same: the run in progress is that backup. */
  private async start(job: Address, trigger: RunTrigger, plannedFor: Instant | null): Promise<void> {
    const whole = addressText(job);
    try {
      await this.backups.start(theSystem, whole, { trigger, plannedFor, actor });
    } catch (error) {
      this.logger.error(`${whole}: ${describeError(error)}`);
    }
  }
}

function scheduleOf({ definition: { at, timeZone } }: Job): CronSchedule | null {
  return at === undefined ? null : { at, timeZone };
}

function scheduledBy(job: Job): string {
  return JSON.stringify(scheduleOf(job));
}

function entryName(job: Address): string {
  return `backup ${addressText(job)}`;
}
