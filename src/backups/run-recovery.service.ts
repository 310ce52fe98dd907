import { Inject, Injectable } from '@nestjs/common';
import { isOneOf } from '../all.events.js';
import type { Event } from '../event-log/envelope.js';
import { EVENT_LOG, readAll, type EventLog } from '../event-log/event-log.js';
import { decision } from '../event-log/statement.js';
import { CLOCK, fromIso, toIso, type Clock } from '../shared/instant.js';
import { countText } from '../shared/quantity.js';
import { serverKey } from '../shared/names.js';
import type { RunRow } from '../views/runs/runs.entity.js';
import { backupCompleted, backupLogged } from './backups.events.js';
import { JobDirectory } from './job-directory.service.js';
import { runSubject } from './run-recorder.adapter.js';
import { takeUnrecorded, type Lost } from './unrecorded.adapter.js';
import { CopyReports, type RunError } from './run-report.js';

const ended: RunError = {
  code: 'process-ended',
  text: 'Wardround ended while the backup ran (it was killed, or the computer went down). The snapshots made before are untouched. Start the job again, or wait for its next planned time',
};

/** At a start, says of the runs that a killed process left that they have failed. */
@Injectable()
export class RunRecovery {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(JobDirectory) private readonly jobs: JobDirectory,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Call before anything runs, with the views caught up. @returns the runs that were ended */
  async endUnfinishedRuns(): Promise<readonly RunRow[]> {
    const runs = await this.jobs.unfinishedRuns();
    for (const run of runs) await this.end(run);
    return runs;
  }

  private async end(run: RunRow): Promise<void> {
    const { site, server, job, runId } = run;
    const identity = { site, server, job, runId };
    const subject = runSubject(identity);
    const events = await readAll(this.log, { subject });
    const now = this.clock.now();
    const key = serverKey(site, server);
    const about = { source: key, subject, partitionkey: key, now, actor: 'start' };
    const { computer, user } = this.jobs.settings;
    const common = {
      number: lastLine(events) + 1,
      time: toIso(now),
      step: run.step || 'start',
      computer,
      user,
      place: '',
    };
    const lost = takeUnrecorded(this.jobs.settings.dataFolder, runId);
    const lines = [
      ...(lost ? [{ ...common, level: 'warning' as const, outcome: 'note' as const, text: lostText(lost) }] : []),
      { ...common, level: 'error' as const, outcome: 'failed' as const, text: `The backup failed: ${ended.text}` },
    ].map((line, index) => ({ ...line, number: common.number + index }));
    const durationMs = Math.max(0, now - fromIso(run.startedAt));
    const copies = reportsOf(run, events).all();
    const { files, bytes, startedAt } = run;
    const odd = { suspicions: [], sources: [], warnings: null };
    const data = {
      ...identity,
      ...odd,
      outcome: 'failed',
      error: ended,
      copies,
      files,
      bytes,
      startedAt,
      durationMs,
    } as const;
    // Their ids follow from the run, so that a kill right here does not end the run twice.
    await this.log.append([
      decision(backupLogged, ['recovered', runId], { ...about, data: { ...identity, lines } }),
      decision(backupCompleted, ['recovered', runId], { ...about, data }),
    ]);
  }
}

function lostText({ lines, facts }: Lost): string {
  return `${countText(lines, 'line')} of this protocol and ${countText(facts, 'fact')} of the run could not be recorded: the log took nothing when Wardround ended`;
}

function lastLine(events: readonly Event[]): number {
  return events.reduce((last, event) => {
    if (!isOneOf(event, ['backup.logged'])) return last;
    return Math.max(last, ...event.data.lines.map(({ number }) => number));
  }, 0);
}

function reportsOf(run: RunRow, events: readonly Event[]): CopyReports {
  const reports = new CopyReports(run.destinations);
  for (const event of events) {
    if (isOneOf(event, ['backup.verified'])) reports.succeeded(event.data.destination, event.data.place);
  }
  return reports;
}
