import { Inject, Injectable } from '@nestjs/common';
import { isOneOf } from '../event-log/event-types.js';
import type { Event } from '../event-log/envelope.js';
import { EVENT_LOG, readAll, type EventLog } from '../event-log/event-log.js';
import { decision } from '../event-log/statement.js';
import { highest } from '../shared/extremes.js';
import { CLOCK, fromIso, toIso, type Clock } from '../shared/instant.js';
import { countText } from '../shared/quantity.js';
import { serverKey } from '../shared/names.js';
import type { RunRow } from './views/runs/runs.entity.js';
import {
  backupCaptured,
  backupCompleted,
  backupLogged,
  type ProtocolLine,
  type Suspicion,
  backupVerified,
} from './backups.events.js';
import { JobDirectory } from './job-directory.service.js';
import { runSubject } from './run-recorder.adapter.js';
import { takeUnrecorded, type Lost } from './unrecorded.adapter.js';
import { judgeSources, usualShares } from './suspicion.js';
import { CopyReports, type RunError } from './run-report.js';

const capturedText =
  'This run was in progress when the event log was copied from which this installation was restored. Its outcome is unknown. It counts neither as good nor as failed';

const ended: RunError = {
  code: 'process-ended',
  text: 'Wardround stopped during the backup (it was killed, or the computer went down). Earlier snapshots are not affected. Run the job again, or wait for its next scheduled start',
};

/** At a start, says of the runs that a killed process left that they have failed. */
@Injectable()
export class RunRecovery {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(JobDirectory) private readonly jobs: JobDirectory,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Call before anything runs, with the views caught up.
   * @param inCopy true where the log was restored or copied: then the runs were in progress elsewhere, and have not failed
   * @returns the runs that were ended
   */
  async endUnfinishedRuns({ inCopy }: { readonly inCopy: boolean }): Promise<readonly RunRow[]> {
    const runs = await this.jobs.unfinishedRuns();
    for (const run of runs) await (inCopy ? this.capture(run) : this.end(run));
    return runs;
  }

  /** No rule and no message goes by its events: nothing is known to have gone wrong. */
  private async capture(run: RunRow): Promise<void> {
    const { identity, about, events } = await this.lookAt(run);
    const line = this.nextLine(run, events, { level: 'info', outcome: 'note', text: capturedText });
    const { runId } = identity;
    const data = { ...identity, startedAt: run.startedAt, text: capturedText };
    await this.log.append([
      decision(backupLogged, ['captured', runId], { ...about, data: { ...identity, lines: [line] } }),
      decision(backupCaptured, [runId], { ...about, data }),
    ]);
  }

  private async end(run: RunRow): Promise<void> {
    const { identity, about, events } = await this.lookAt(run);
    const { runId } = identity;
    const { now } = about;
    const lost = takeUnrecorded(this.jobs.settings.dataFolder, runId);
    const texts = [
      ...(lost ? [{ level: 'warning', outcome: 'note', text: lostText(lost) } as const] : []),
      { level: 'error', outcome: 'failed', text: `The backup failed: ${ended.text}` } as const,
    ];
    const lines = texts.map((said, index) => {
      const line = this.nextLine(run, events, said);
      return { ...line, number: line.number + index };
    });
    const durationMs = Math.max(0, now - fromIso(run.startedAt));
    const copies = reportsOf(run, events).all();
    const { files, bytes, startedAt } = run;
    const odd = { suspicions: await this.suspicionsOf(run, events), sources: [], warnings: null };
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

  /** Its copies that were verified stay: they are judged by their sums, since what was counted is lost. */
  private async suspicionsOf(run: RunRow, events: readonly Event[]): Promise<Suspicion[]> {
    const copied = events.find((event) => isOneOf(event, [backupVerified]));
    if (!copied || !isOneOf(copied, [backupVerified])) return [];
    const { files, bytes } = copied.data;
    const now = { name: '', definition: '', files, bytes, scannedFiles: files, places: [] };
    const before = await this.jobs.lastGood(run);
    return [...judgeSources([now], before && { ...before, sources: [] }, usualShares, () => false)];
  }

  private async lookAt({ site, server, job, runId }: RunRow) {
    const identity = { site, server, job, runId };
    const subject = runSubject(identity);
    const key = serverKey(site, server);
    const about = { source: key, subject, partitionkey: key, now: this.clock.now(), actor: 'start' };
    return { identity, about, events: await readAll(this.log, { subject }) };
  }

  private nextLine(
    run: RunRow,
    events: readonly Event[],
    said: Pick<ProtocolLine, 'level' | 'outcome' | 'text'>,
  ): ProtocolLine {
    const { computer, user } = this.jobs.settings;
    const time = toIso(this.clock.now());
    return { number: lastLine(events) + 1, time, step: run.step || 'start', computer, user, place: '', ...said };
  }
}

function lostText({ lines, facts }: Lost): string {
  return `${countText(lines, 'line')} of this protocol and ${countText(facts, 'fact')} of the run could not be recorded: the log was not available when Wardround ended`;
}

function lastLine(events: readonly Event[]): number {
  return events.reduce((last, event) => {
    if (!isOneOf(event, [backupLogged])) return last;
    return highest(
      event.data.lines.map(({ number }) => number),
      last,
    );
  }, 0);
}

function reportsOf(run: RunRow, events: readonly Event[]): CopyReports {
  const reports = new CopyReports(run.destinations);
  for (const event of events) {
    if (isOneOf(event, [backupVerified])) reports.succeeded(event.data.destination, event.data.place);
  }
  return reports;
}
