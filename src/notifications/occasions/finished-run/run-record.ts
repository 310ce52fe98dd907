import { isOneOf, type EventOf } from '../../../event-log/event-types.js';
import {
  type ProtocolLine,
  backupCompleted,
  backupStarted,
  backupVerified,
  backupLogged,
} from '../../../backups/backups.events.js';
import type { Event } from '../../../event-log/envelope.js';
import type { About } from '../../notifications.events.js';
import type { RecordSources } from '../occasion.js';
import { runAbout, runSubject } from './run-about.js';

/** The types of event that a message is made of. */
export const runEventTypes = [backupStarted, backupLogged, backupVerified, backupCompleted] as const;

/** All that the log says of one finished run. */
export interface RunRecord {
  readonly completed: EventOf<typeof backupCompleted>;
  /** Null if the log does not hold the run's beginning any more. */
  readonly started: EventOf<typeof backupStarted> | null;
  readonly verified: readonly EventOf<typeof backupVerified>[];
  /** The whole protocol, by number. */
  readonly lines: readonly ProtocolLine[];
  /** The name of its server; with the site where another site has a server of that name. */
  readonly serverText: string;
}

/** What the events of one run say together; null while it has not ended. */
export function runRecord(events: readonly Event[]): Omit<RunRecord, 'serverText'> | null {
  const ofRun = events.filter((event) => isOneOf(event, runEventTypes));
  const completed = ofRun.find((event) => event.type === 'backup.completed');
  if (!completed) return null;
  const lines = new Map<number, ProtocolLine>();
  for (const event of ofRun) {
    if (event.type === 'backup.logged') for (const line of event.data.lines) lines.set(line.number, line);
  }
  return {
    completed,
    started: ofRun.find((event) => event.type === 'backup.started') ?? null,
    verified: ofRun.filter((event) => event.type === 'backup.verified'),
    lines: [...lines.values()].sort((a, b) => a.number - b.number),
  };
}

/** What a message about runs is made of, oldest first. */
export interface RunRecords {
  readonly runs: readonly RunRecord[];
}

/** Reads the runs that a message is about; null while one of them has not ended. */
export async function readRuns(about: readonly About[], sources: RecordSources): Promise<RunRecords | null> {
  const runs: RunRecord[] = [];
  for (const run of runAbout.among(about)) {
    const record = runRecord(await sources.events(runSubject(run), runEventTypes));
    if (!record) return null;
    runs.push({ ...record, serverText: await sources.serverTextOf(run) });
  }
  return { runs };
}
