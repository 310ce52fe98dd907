import { serverKey } from '../shared/names.js';

/** The subject of every event about one message. */
export function messageSubject(group: string, messageId: string): string {
  return `/recipient-groups/${group}/messages/${messageId}`;
}

/** The subject of every event about one run of a job. */
export function runSubject(run: {
  readonly site: string;
  readonly server: string;
  readonly job: string;
  readonly runId: string;
}): string {
  return `${serverKey(run.site, run.server)}/backups/${run.job}/runs/${run.runId}`;
}

/** The subject of every event about one alarm. */
export function alarmSubject(alarm: {
  readonly site: string;
  readonly server: string;
  readonly alarmId: string;
}): string {
  return `${serverKey(alarm.site, alarm.server)}/alarms/${alarm.alarmId}`;
}
