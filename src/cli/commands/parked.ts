import { countText } from '../../shared/quantity.js';
import {
  askedAgainSchema,
  parkedEventSchema,
  parkedEventWithEventSchema,
  type LoggedEvent,
  type ParkedEvent,
} from '../answers.js';
import type { Work } from '../command.js';
import { definedServers } from '../defined-servers.js';
import { eventText } from '../event-text.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { momentText, plain } from '../format.js';
import { tableLines } from '../table.js';
import { jsonDocument, lines } from '../terminal.js';

const lookEveryMs = 250;
/** The owner of a partition looks once a second; longer than this, and it is busy, or away. */
const mostLooks = 60;

const longestWhy = 100;

/** `wardround parked list`: the events that wait, by what they wait behind. */
export async function parkedList(work: Work, options: { readonly subscription?: string }): Promise<ExitCode> {
  const parked = await work.client.all('parked', parkedEventSchema, { subscription: options.subscription });
  if (work.json) work.terminal.out(jsonDocument(parked));
  else if (parked.length === 0) work.terminal.out('No event is parked.\n');
  else work.terminal.out(lines(listLines(parked, work)));
  return exitCodes.good;
}

/** `wardround parked show <id>`: why an event waits, and the event itself. */
export async function parkedShow(work: Work, id: string): Promise<ExitCode> {
  const { client, terminal, timeZone } = work;
  const found = await client.get(`parked/${encodeURIComponent(id)}`, parkedEventWithEventSchema);
  if (work.json) {
    terminal.out(jsonDocument(found));
    return exitCodes.good;
  }
  const rows = [
    ['refused by', found.subscription],
    ['why', plain(found.error ?? 'not refused: queued behind another event of its key')],
    ['attempts', String(found.attempts)],
    ['key', plain(found.partitionkey)],
    ['parked', momentText(found.parkedAt, timeZone)],
    ['retry', found.askedAt === null ? 'not requested' : `requested at ${momentText(found.askedAt, timeZone)}`],
  ];
  const event = found.event === null ? 'The event is no longer in the log.' : await eventLines(found.event, work);
  terminal.out(lines([...tableLines(rows), '', event]));
  return exitCodes.good;
}

/** One event, with all that waits of its key; or all of a subscription; or all. */
export interface RetryOptions {
  readonly id?: string;
  readonly subscription?: string;
}

/** `wardround parked retry`: has events tried again, and tells what became of them. */
export async function parkedRetry(work: Work, { id, subscription }: RetryOptions): Promise<ExitCode> {
  if (id === undefined) {
    const { asked } = await work.client.post('parked/retry', { subscription }, askedAgainSchema);
    return outcome(work, asked, { subscription });
  }
  const path = `parked/${encodeURIComponent(id)}`;
  const { partitionkey, ...event } = await work.client.get(path, parkedEventWithEventSchema);
  const { asked } = await work.client.post(`${path}/retry`, {}, askedAgainSchema);
  return outcome(work, asked, { subscription: event.subscription, partitionkey });
}

/**
 * `wardround parked discard <id> --reason <text>`: continues without an event, and tells what became of the rest of its
 * key.
 */
export async function parkedDiscard(work: Work, id: string, reason: string): Promise<ExitCode> {
  const path = `parked/${encodeURIComponent(id)}`;
  const { subscription, partitionkey } = await work.client.get(path, parkedEventWithEventSchema);
  const { asked } = await work.client.post(`${path}/discard`, { reason }, askedAgainSchema);
  if (!work.json) work.terminal.out(`${id} discarded. The event log records who did it and why.\n`);
  return outcome(work, asked, { subscription, partitionkey });
}

type Filter = Readonly<Partial<Record<'subscription' | 'partitionkey', string | undefined>>>;

/** Waits until all that was asked for was tried. */
async function outcome(work: Work, asked: number, filter: Filter): Promise<ExitCode> {
  const { client, terminal, json } = work;
  let left = await client.all('parked', parkedEventSchema, filter);
  for (let looks = 1; left.some(({ askedAt }) => askedAt !== null) && looks < mostLooks; looks++) {
    if (work.interrupted.aborted) break;
    await work.pause(lookEveryMs);
    left = await client.all('parked', parkedEventSchema, filter);
  }
  if (json) terminal.out(jsonDocument({ asked, left }));
  else terminal.out(lines(outcomeLines(asked, left, work)));
  return left.length === 0 ? exitCodes.good : exitCodes.failed;
}

function outcomeLines(asked: number, left: readonly ParkedEvent[], work: Work): readonly string[] {
  if (asked === 0 && left.length === 0) return ['Nothing else is waiting.'];
  if (left.length === 0) return [`${countText(asked, 'event')} retried successfully.`];
  const waiting = left.filter(({ askedAt }) => askedAt !== null).length;
  const still =
    waiting === 0
      ? 'Failed again:'
      : `${countText(waiting, 'event')} not retried yet: the process that has the partition is busy or not running.`;
  return [still, '', ...listLines(left, work)];
}

/** One line per key that waits. */
function listLines(parked: readonly ParkedEvent[], { terminal, timeZone }: Work): readonly string[] {
  const keys = new Map<string, ParkedEvent[]>();
  for (const event of parked) {
    const key = [event.subscription, event.partition, event.partitionkey].join('\n');
    keys.set(key, [...(keys.get(key) ?? []), event]);
  }
  const rows = [...keys.values()].flatMap(([first, ...behind]) => {
    if (!first) return [];
    const { id, partitionkey, type, attempts, parkedAt, askedAt, error } = first;
    const why = `${askedAt === null ? '' : '(asked to try again) '}${shortened(plain(error ?? ''))}`;
    const parkedText = momentText(parkedAt, timeZone);
    return [[id, plain(partitionkey), type, String(behind.length), String(attempts), parkedText, why]];
  });
  const head = ['ID', 'KEY', 'TYPE', 'BEHIND IT', 'TRIED', 'PARKED', 'WHY'];
  const [headline = '', ...rest] = tableLines([head, ...rows], [3, 4]);
  const hint = '`wardround parked show <id>` shows one; `parked retry <id>` retries it.';
  return [terminal.paint('bold', headline), ...rest, '', terminal.paint('dim', hint)];
}

async function eventLines(event: LoggedEvent, work: Work): Promise<string> {
  const reading = { timeZone: work.timeZone, paint: work.terminal.paint };
  return `${eventText(event, await definedServers(work), reading)}\n${plain(JSON.stringify(event.data))}`;
}

function shortened(text: string): string {
  return text.length > longestWhy ? `${text.slice(0, longestWhy)}…` : text;
}
