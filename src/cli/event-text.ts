import { eventTypes, isOneOf, type AnyEvent, type EventOfType } from '../all.events.js';
import { clockEventTypes, type ClockEvent } from '../clock/clock.events.js';
import { jumpText } from '../clock/clock-jump.js';
import { installationEventTypes, type InstallationEvent } from '../event-log/installation.events.js';
import { parseServerKey } from '../shared/names.js';
import { alarmEventTypes, type AlarmEvent } from '../views/alarms/alarms.fold.js';
import { definitionChange, definitionEventTypes, type DefinitionEvent } from '../views/definitions/definitions.fold.js';
import { messageEventTypes, type MessageEvent } from '../views/messages/messages.fold.js';
import type { LoggedEvent } from './answers.js';
import { durationText, plain, secondText } from './format.js';
import { bytesText, countText } from '../shared/quantity.js';
import type { Paint, Tone } from './style.js';

interface Saying {
  readonly text: string;
  readonly tone?: Tone;
}
/** One event in one line: `2026-11-22 02:00:07  reception  backup records succeeded in 4 s  (timetable)`. */
export function eventText(event: LoggedEvent, timeZone: string, paint: Paint): string {
  const { text, tone } = sayingOf(event);
  const about = parseServerKey(event.partitionkey)?.server ?? '-';
  const said = plain(text);
  const by = event.actor === undefined ? '' : `  (${plain(event.actor)})`;
  return `${secondText(event.time, timeZone)}  ${plain(about)}  ${tone === undefined ? said : paint(tone, said)}${by}`;
}

function sayingOf(event: LoggedEvent): Saying {
  // A newer program may have written types or data that this one does not know.
  return isKnown(event) ? saying(event) : { text: `${event.type} ${event.subject}` };
}

function isKnown(event: { readonly type: string; readonly data: unknown }): event is AnyEvent {
  const definition = eventTypes.all.find(({ type }) => type === event.type);
  return definition?.data.safeParse(event.data).success === true;
}

/** What each type of event says to people. A new type does not compile until it says something. */
function saying(event: AnyEvent): Saying {
  if (isOneOf(event, definitionEventTypes)) return definitionSaying(event);
  if (isOneOf(event, alarmEventTypes)) return alarmSaying(event);
  if (isOneOf(event, messageEventTypes)) return messageSaying(event);
  if (event.type === 'checkup.completed') {
    const { checkup, status, summary } = event.data;
    return { text: `check-up ${checkup} ${status}: ${summary}`, tone: statusTones[status] };
  }
  if (isOneOf(event, clockEventTypes)) return clockSaying(event);
  if (isOneOf(event, installationEventTypes)) return installationSaying(event);
  if (event.type === 'event.discarded') {
    const { subscription, type, id, reason } = event.data;
    return { text: `${subscription} goes on without ${type} ${id}: ${reason}`, tone: 'yellow' };
  }
  return backupSaying(event);
}

const statusTones = { ok: 'dim', warning: 'yellow', critical: 'red', unknown: 'yellow' } as const;

function definitionSaying(event: DefinitionEvent): Saying {
  const { key, defined } = definitionChange(event);
  return { text: `${key.kind} ${key.name} ${defined === undefined ? 'retired' : 'defined'}` };
}

function installationSaying(event: InstallationEvent): Saying {
  if (event.type === 'log.epoch-began') {
    const { epoch, because } = event.data;
    return { text: `the log begins epoch ${epoch} (${because})`, tone: 'yellow' };
  }
  const { because, from, fromFolder, upTo } = event.data;
  const whose = because === 'older-log' || from === null ? '' : ` of the installation ${from} in ${fromFolder ?? '?'}`;
  return { text: `restored from a copy of the log${whose}, up to event ${upTo}`, tone: 'yellow' };
}

function clockSaying(event: ClockEvent): Saying {
  if (event.type === 'clock.jumped') return { text: `${event.data.computer}: ${jumpText(event.data)}`, tone: 'yellow' };
  return {
    text: `the clock is confirmed to be right${event.data.note === '' ? '' : `: ${event.data.note}`}`,
    tone: 'green',
  };
}

function backupSaying(
  event: Exclude<
    AnyEvent,
    | DefinitionEvent
    | AlarmEvent
    | MessageEvent
    | InstallationEvent
    | ClockEvent
    | EventOfType<'checkup.completed' | 'event.discarded'>
  >,
): Saying {
  const { data } = event;
  const job = `backup ${data.job}`;
  switch (event.type) {
    case 'backup.started':
      return { text: `${job} started (${event.data.trigger})` };
    case 'backup.progressed':
      return { text: `${job} at ${Math.floor(event.data.percent)} % (${event.data.step})`, tone: 'dim' };
    case 'backup.logged':
      return { text: `${job}: ${event.data.lines.map(({ text }) => text).join(' | ')}`, tone: 'dim' };
    case 'backup.copied': {
      const { destination, files, bytes, place } = event.data;
      return { text: `${job} copied to ${destination}: ${countText(files, 'file')}, ${bytesText(bytes)} in ${place}` };
    }
    case 'backup.verified':
      return { text: `${job} verified at ${event.data.destination}: ${event.data.snapshot}` };
    case 'backup.completed':
      if (event.data.outcome === 'suspicious') {
        return {
          text: `${job} is suspicious: ${event.data.suspicions[0]?.text ?? 'no reason is known'}`,
          tone: 'yellow',
        };
      }
      return ended(event.data, `${job} succeeded in ${durationText(event.data.durationMs)}`, `${job} failed`);
    case 'backup.captured':
      return { text: `${job}: ${event.data.text}`, tone: 'yellow' };
    case 'backup.accepted':
      return { text: `${job}: the suspicious run ${event.data.runId} is accepted`, tone: 'green' };
    case 'backup.restored':
      return ended(event.data, `${job}: restored ${event.data.snapshot} to ${event.data.to}`, `${job}: restore failed`);
    case 'snapshot.removed':
      return { text: `${job}: snapshot ${event.data.snapshot} removed from ${event.data.destination}` };
  }
}

function ended(
  { outcome, error }: EventOfType<'backup.completed' | 'backup.restored'>['data'],
  good: string,
  bad: string,
): Saying {
  if (outcome === 'succeeded') return { text: good, tone: 'green' };
  return { text: `${bad}: ${error?.text ?? 'no reason is known'}`, tone: 'red' };
}

function alarmSaying(event: AlarmEvent): Saying {
  switch (event.type) {
    case 'alarm.raised': {
      const { severity, title, summary } = event.data;
      return { text: `alarm raised (${severity}): ${title}: ${summary}`, tone: statusTones[severity] };
    }
    case 'alarm.acknowledged':
      return { text: `alarm ${event.data.rule} acknowledged${event.data.note === '' ? '' : `: ${event.data.note}`}` };
    case 'alarm.cleared':
      return { text: `alarm ${event.data.rule} cleared (${event.data.because})`, tone: 'green' };
  }
}

function messageSaying(event: MessageEvent): Saying {
  switch (event.type) {
    case 'message.decided':
      return { text: `message ${event.data.template} for ${event.data.group} by ${event.data.channel}` };
    case 'message.delivered':
      return { text: `message delivered by ${event.data.channel}: ${event.data.subject}` };
    case 'message.failed': {
      const again = event.data.retryAt === null ? '' : ', will be tried again';
      return { text: `message failed by ${event.data.channel}: ${event.data.error}${again}`, tone: 'yellow' };
    }
    case 'message.dismissed':
      return { text: `message for ${event.data.group} by ${event.data.channel} dismissed` };
    case 'message.withdrawn':
      return { text: 'message not sent: it was decided before this installation was restored' };
  }
}
