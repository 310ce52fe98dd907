import type { EventOf } from '../../../event-log/event-types.js';
import {
  backupCaptured,
  backupAccepted,
  backupProgressed,
  backupStarted,
  backupCompleted,
} from '../../backups.events.js';
import type { RunRow } from './runs.entity.js';

export const runEventTypes = [
  backupStarted,
  backupProgressed,
  backupCompleted,
  backupCaptured,
  backupAccepted,
] as const;
export type RunEvent = EventOf<(typeof runEventTypes)[number]>;

/**
 * What an event makes of a run. A run begins with its first event, so that a log whose beginning was lost still shows it.
 * @param offset of the event in its partition of the log
 */
export function foldRun(run: RunRow | undefined, event: RunEvent, offset: number): RunRow {
  switch (event.type) {
    case 'backup.started':
      return {
        ...(run ?? emptyRun(event, offset)),
        trigger: event.data.trigger,
        plannedFor: event.data.plannedFor,
        computer: event.data.computer,
        user: event.data.user,
        destinations: event.data.destinations,
        startedAt: event.time,
      };
    case 'backup.progressed':
      return progressed(run ?? emptyRun(event, offset), event);
    case 'backup.completed':
      return {
        ...(run ?? emptyRun(event, offset)),
        outcome: event.data.outcome,
        startedAt: event.data.startedAt,
        completedAt: event.time,
        errorCode: event.data.error?.code ?? null,
        errorText: event.data.error?.text ?? null,
        copies: event.data.copies,
        files: event.data.files,
        bytes: event.data.bytes,
        percent: event.data.outcome === 'failed' ? (run?.percent ?? 0) : 100,
        step: '',
        suspicions: event.data.suspicions,
        sources: event.data.sources,
        warnings: event.data.warnings,
      };
    case 'backup.captured':
      return captured(run ?? emptyRun(event, offset), event);
    case 'backup.accepted':
      return accepted(run ?? emptyRun(event, offset), event);
  }
}

function captured(run: RunRow, { data, time }: EventOf<typeof backupCaptured>): RunRow {
  if (run.outcome !== 'running') return run;
  return { ...run, outcome: 'captured', startedAt: data.startedAt, completedAt: time, step: '' };
}

/** Only a suspicious run can be accepted, and the first word counts. */
function accepted(run: RunRow, { data, time, actor }: EventOf<typeof backupAccepted>): RunRow {
  if (run.outcome !== 'suspicious') return run;
  return { ...run, outcome: 'succeeded', acceptedAt: time, acceptedBy: actor ?? null, acceptedNote: data.note };
}

function progressed(run: RunRow, { data }: EventOf<typeof backupProgressed>): RunRow {
  if (run.outcome !== 'running') return run; // A late report of a run that has ended changes nothing.
  const { percent, step, files, bytes, totalFiles, totalBytes } = data;
  return { ...run, percent, step, files, bytes, totalFiles, totalBytes };
}

function emptyRun({ data, time }: RunEvent, offset: number): RunRow {
  return {
    runId: data.runId,
    logPlace: offset,
    site: data.site,
    server: data.server,
    job: data.job,
    trigger: 'person',
    plannedFor: null,
    computer: '',
    user: '',
    outcome: 'running',
    startedAt: time,
    completedAt: null,
    errorCode: null,
    errorText: null,
    destinations: [],
    copies: [],
    percent: 0,
    step: '',
    files: 0,
    bytes: 0,
    totalFiles: 0,
    totalBytes: 0,
    suspicions: [],
    sources: [],
    warnings: null,
    acceptedAt: null,
    acceptedBy: null,
    acceptedNote: null,
  };
}
