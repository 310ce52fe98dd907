import type { EventOf } from '../../../event-log/event-types.js';
import { alarmRaised, alarmAcknowledged, alarmCleared } from '../../rules.events.js';
import { notBefore } from '../../../shared/log-time.js';
import type { AlarmRow } from './alarms.entity.js';

export const alarmEventTypes = [alarmRaised, alarmAcknowledged, alarmCleared] as const;
export type AlarmEvent = EventOf<(typeof alarmEventTypes)[number]>;

/** What an event makes of an alarm. The first acknowledgement and the first clearing count. */
export function foldAlarm(alarm: AlarmRow | undefined, event: AlarmEvent): AlarmRow | undefined {
  switch (event.type) {
    case 'alarm.raised':
      return alarm ?? raised(event);
    case 'alarm.acknowledged':
      if (!alarm || alarm.acknowledgedAt) return alarm;
      return {
        ...alarm,
        acknowledgedAt: notBeforeRaise(alarm, event.time),
        acknowledgedBy: event.actor ?? null,
        note: event.data.note,
      };
    case 'alarm.cleared':
      if (!alarm || alarm.clearedAt) return alarm;
      return { ...alarm, clearedAt: notBeforeRaise(alarm, event.time), clearedBecause: event.data.because };
  }
}

/** What older versions decided on a late result, or after a clock was put back, may state an earlier time. */
function notBeforeRaise({ raisedAt }: AlarmRow, time: string): string {
  return notBefore(time, raisedAt);
}

function raised({ data, time }: EventOf<typeof alarmRaised>): AlarmRow {
  return {
    alarmId: data.alarmId,
    rule: data.rule,
    site: data.site,
    server: data.server,
    subjectKind: data.subject.kind,
    subjectName: data.subject.name,
    severity: data.severity,
    title: data.title,
    advice: data.advice,
    summary: data.summary,
    because: data.because,
    since: data.since,
    raisedAt: time,
    acknowledgedAt: null,
    acknowledgedBy: null,
    note: null,
    clearedAt: null,
    clearedBecause: null,
  };
}
