import { isOneOf, type EventOf } from '../../../event-log/event-types.js';
import { alarmRaised, alarmAcknowledged, alarmCleared } from '../../../rules/rules.events.js';
import type { Event } from '../../../event-log/envelope.js';
import { backupJobKind } from '../../../backups/backup-job.kind.js';
import { checkupKind } from '../../../checkups/checkup.kind.js';
import type { About } from '../../notifications.events.js';
import type { RecordSources } from '../occasion.js';
import { alarmAbout, alarmSubject } from './alarm-about.js';

/** The types of event that a message about an alarm is made of. */
export const alarmEventTypes = [alarmRaised, alarmAcknowledged, alarmCleared] as const;

/** What the log says of one alarm, and what people call the things that it is about. */
export interface AlarmRecord {
  readonly raised: EventOf<typeof alarmRaised>;
  readonly acknowledged: EventOf<typeof alarmAcknowledged> | null;
  /** Null while it is open. */
  readonly cleared: EventOf<typeof alarmCleared> | null;
  readonly serverTitle: string;
  /** Of the job or check-up; empty for an alarm about the whole server. */
  readonly subjectTitle: string;
}

/** What the events of one alarm say together; null while it is not in the log. */
export function alarmRecord(events: readonly Event[]): Omit<AlarmRecord, 'serverTitle' | 'subjectTitle'> | null {
  const known = events.filter((event) => isOneOf(event, alarmEventTypes));
  const raised = known.find((event) => event.type === 'alarm.raised');
  if (!raised) return null;
  return {
    raised,
    acknowledged: known.find((event) => event.type === 'alarm.acknowledged') ?? null,
    cleared: known.find((event) => event.type === 'alarm.cleared') ?? null,
  };
}

/** What a message about alarms is made of, oldest first. */
export interface AlarmRecords {
  readonly alarms: readonly AlarmRecord[];
}

/** Reads the alarms that a message is about; null while the log does not hold all that it tells of them. */
export async function readAlarms(
  { about, template }: { readonly about: readonly About[]; readonly template: string },
  sources: RecordSources,
): Promise<AlarmRecords | null> {
  const alarms: AlarmRecord[] = [];
  for (const alarm of alarmAbout.among(about)) {
    const record = alarmRecord(await sources.events(alarmSubject(alarm), alarmEventTypes));
    if (!record || (template === 'alarm-cleared' && !record.cleared)) return null;
    alarms.push({ ...record, ...(await titlesOf(record, sources)) });
  }
  return { alarms };
}

const kindsOfSubjects = { job: backupJobKind, checkup: checkupKind } as const;

/** What people call the server and the job or check-up of an alarm. */
async function titlesOf({ raised }: Pick<AlarmRecord, 'raised'>, sources: RecordSources) {
  const { site, server, subject } = raised.data;
  return {
    serverTitle: await sources.serverTitleOf({ site, server }),
    subjectTitle:
      subject.kind === 'server'
        ? ''
        : await sources.titleOf(kindsOfSubjects[subject.kind], { site, server, name: subject.name }),
  };
}
