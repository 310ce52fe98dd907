import type { AnyEvent } from '../../../src/capabilities.js';
import { isOneOf, type EventOf } from '../../../src/event-log/event-types.js';
import type { backupCompleted } from '../../../src/backups/backups.events.js';
import { alarmRaised, alarmCleared } from '../../../src/rules/rules.events.js';
import { decideOnRun } from '../../../src/notifications/occasions/finished-run/decide-run.js';
import type { AlarmDecision } from '../../../src/rules/alarm-decision.js';
import { judgeServerEvent, serverEventTypes } from '../../../src/rules/judge-server.js';
import { RuleBook } from '../../../src/rules/rule-book.js';
import { freshServer } from '../../../src/rules/server-state.js';
import {
  checkupId,
  checkupResult,
  foldCheckupStatus,
} from '../../../src/checkups/views/checkup-status/checkup-status.fold.js';
import { alarmEventTypes, foldAlarm } from '../../../src/rules/views/alarms/alarms.fold.js';
import { foldMessage, messageEventTypes } from '../../../src/notifications/views/messages/messages.fold.js';
import { foldRun, runEventTypes } from '../../../src/backups/views/runs/runs.fold.js';
import { groups, rules } from './world.js';

// What follows from a log, by the core's own pure functions, in one go and without any fault.

/** Rows of each table by their keys as one text. */
export type Tables = ReadonlyMap<string, ReadonlyMap<string, object>>;

/** Decisions of the rules on one server, in order. What was said in the log is omitted: here it is thought again. */
export function expectedAlarms(
  events: readonly AnyEvent[],
  definedBy: ReadonlyMap<string, string>,
): readonly AlarmDecision[] {
  const book = rules.reduce(
    (known, rule) => known.with({ ...rule, conditionSetBy: definedBy.get(rule.name) ?? '' }),
    new RuleBook(),
  );
  let server = freshServer;
  return events.flatMap((event) => {
    if (!isOneOf(event, serverEventTypes) || isOneOf(event, [alarmRaised, alarmCleared])) return [];
    const step = judgeServerEvent(server, event, book);
    server = { ...step.server, awaited: freshServer.awaited };
    return step.decisions;
  });
}

/** Ids of the messages that tell of one finished run. */
export function expectedMessages(event: EventOf<typeof backupCompleted>): readonly string[] {
  return decideOnRun(groups, event).flatMap((verdict) => (verdict.tell ? [verdict.messageId] : []));
}

/** The tables of the views, folded from the log in its order. */
export function foldedViews(archive: readonly { readonly offset: number; readonly event: AnyEvent }[]): Tables {
  const rows = <Row extends object>() => new Map<string, Row>();
  const alarms = rows<NonNullable<ReturnType<typeof foldAlarm>>>();
  const messages = rows<NonNullable<ReturnType<typeof foldMessage>>>();
  const runs = rows<ReturnType<typeof foldRun>>();
  const statuses = rows<NonNullable<ReturnType<typeof foldCheckupStatus>>>();
  const results = rows<ReturnType<typeof checkupResult>>();
  const lines = rows<object>();
  for (const { offset, event } of archive) {
    if (isOneOf(event, alarmEventTypes))
      put(alarms, event.data.alarmId, foldAlarm(alarms.get(event.data.alarmId), event));
    else if (isOneOf(event, messageEventTypes))
      put(messages, event.data.messageId, foldMessage(messages.get(event.data.messageId), event));
    else if (isOneOf(event, runEventTypes))
      put(runs, event.data.runId, foldRun(runs.get(event.data.runId), event, offset));
    else if (event.type === 'backup.logged') {
      const { runId } = event.data;
      for (const line of event.data.lines)
        put(lines, keyOfRow('protocol_lines', { runId, ...line }), { runId, ...line });
    } else if (event.type === 'checkup.completed') {
      const id = checkupId(event.data);
      put(statuses, id, foldCheckupStatus(statuses.get(id), event));
      put(results, keyOfRow('checkup_results', checkupResult(event)), checkupResult(event));
    }
  }
  return new Map<string, ReadonlyMap<string, object>>([
    ['alarms', alarms],
    ['messages', messages],
    ['runs', runs],
    ['protocol_lines', lines],
    ['checkup_status', statuses],
    ['checkup_results', results],
  ]);
}

/** What tells a row from all others of its table. */
const keyColumns = {
  alarms: ['alarmId'],
  messages: ['messageId'],
  runs: ['runId'],
  protocol_lines: ['runId', 'number'],
  checkup_status: ['id'],
  checkup_results: ['checkupId', 'time', 'eventId'],
} as const;
export type TableName = keyof typeof keyColumns;

export function keyOfRow(table: TableName, row: object): string {
  return keyColumns[table].map((column) => String(Reflect.get(row, column))).join(' ');
}

function put<Row>(rows: Map<string, Row>, key: string, row: Row | undefined): void {
  if (row === undefined) rows.delete(key);
  else rows.set(key, row);
}
