import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../access/principal.js';
import { isOneOf } from '../event-log/event-types.js';
import { EVENT_LOG, readAll, type EventLog } from '../event-log/event-log.js';
import { fact } from '../event-log/statement.js';
import { WardroundError } from '../shared/errors.js';
import { decisionId } from '../shared/ids.js';
import type { Instant } from '../shared/instant.js';
import { serverKey } from '../shared/names.js';
import type { AlarmRow } from './views/alarms/alarms.entity.js';
import { findAlarm } from './views/alarms/alarms.queries.js';
import { ViewStore } from '../store/view-store.adapter.js';
import { alarmSubject } from './alarm-decision.js';
import { alarmAcknowledged } from './rules.events.js';

const mostCharactersInNote = 1000;

export interface Acknowledgement {
  readonly alarmId: string;
  /** RFC 3339. */
  readonly acknowledgedAt: string;
  /** Null where the event names no one. */
  readonly acknowledgedBy: string | null;
  readonly note: string;
}

/** What people do with alarms. */
@Injectable()
export class AlarmsService {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(ViewStore) private readonly store: ViewStore,
  ) {}

  /**
   * Says that someone looks after an alarm. The first acknowledgement counts: a second is answered with it.
   * @throws WardroundError `not-found`, `conflict` if the alarm was cleared without one, `bad-request` for a note of more
   * than 1000 characters
   */
  async acknowledge(
    principal: Principal,
    alarmId: string,
    { actor, note, now }: { readonly actor: string; readonly note: string; readonly now: Instant },
  ): Promise<Acknowledgement> {
    if (note.length > mostCharactersInNote) {
      throw new WardroundError('bad-request', `the note has ${note.length} characters`, 'The limit is 1000');
    }
    const alarm = await findAlarm(principal, this.store.read, alarmId);
    if (!alarm) throw new WardroundError('not-found', `there is no alarm "${alarmId}"`);
    const earlier = await this.acknowledgementOf(alarm);
    if (earlier) return earlier;
    if (alarm.clearedAt !== null) {
      throw new WardroundError('conflict', `the alarm "${alarm.title}" was cleared at ${alarm.clearedAt}`);
    }
    const { site, server, rule } = alarm;
    const key = serverKey(site, server);
    const event = fact(alarmAcknowledged, {
      data: { alarmId, rule, site, server, subject: { kind: alarm.subjectKind, name: alarm.subjectName }, note },
      ...{ source: key, subject: alarmSubject(key, alarmId), partitionkey: key, actor, now },
    });
    // An id that follows from the alarm: of two people who press the button at once, the log keeps the first.
    await this.log.append([{ ...event, id: decisionId(event.type, alarmId) }]);
    return (
      (await this.acknowledgementOf(alarm)) ?? { alarmId, acknowledgedAt: event.time, acknowledgedBy: actor, note }
    );
  }

  /** Asks the log, since the view may not show it yet. */
  private async acknowledgementOf({ site, server, alarmId }: AlarmRow): Promise<Acknowledgement | null> {
    const subject = alarmSubject(serverKey(site, server), alarmId);
    const [event] = await readAll(this.log, { types: ['alarm.acknowledged'], subject, limit: 1 });
    if (!event || !isOneOf(event, [alarmAcknowledged])) return null;
    return { alarmId, acknowledgedAt: event.time, acknowledgedBy: event.actor ?? null, note: event.data.note };
  }
}
