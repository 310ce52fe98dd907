import { toIso } from '../../shared/instant.js';
import type { ServerAddress } from '../../shared/address.js';
import { eventSchema, pageOf, type LoggedEvent } from '../answers.js';
import type { Work } from '../command.js';
import { definedServers } from '../defined-servers.js';
import { eventText } from '../event-text.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';

export interface LogOptions {
  readonly follow: boolean;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly type?: string;
}

const eventsPerPage = 500;
const waitSeconds = 10;

/** `wardround log`: events, oldest first; with `follow` also those to come, until Ctrl-C. */
export async function log(work: Work, options: LogOptions): Promise<ExitCode> {
  // Alone, this process holds the data folder: waiting would keep everybody else out, and nothing would happen.
  const follow = options.follow && work.client.transport.kind === 'process';
  if (options.follow && !follow) {
    work.terminal.error('Wardround is not running, so there is nothing to follow: these are the events so far.\n');
  }
  return print(work, { ...options, follow });
}

async function print(work: Work, { follow, since, type }: LogOptions): Promise<ExitCode> {
  const servers = work.json ? [] : await definedServers(work);
  const filters = { since: toIso(since), type, limit: eventsPerPage, wait: follow ? waitSeconds : undefined };
  let cursor: string | undefined;
  while (!work.interrupted.aborted) {
    const page = await untilInterrupted(work, work.client.get('events', pageOf(eventSchema), { ...filters, cursor }));
    if (page === null) break;
    for (const event of page.items) work.terminal.out(`${lineOf(event, servers, work)}\n`);
    if (page.next === null) break;
    cursor = page.next;
  }
  return exitCodes.good;
}

function lineOf(event: LoggedEvent, servers: readonly ServerAddress[], work: Work): string {
  const { json, timeZone, terminal } = work;
  return json ? JSON.stringify(event) : eventText(event, servers, { timeZone, paint: terminal.paint });
}

/** What is asked for, or null as soon as someone presses Ctrl-C: an answer may be held back for a while. */
async function untilInterrupted<T>({ interrupted }: Work, asked: Promise<T>): Promise<T | null> {
  const listening = new AbortController();
  const stopped = new Promise<null>((resolve) => {
    interrupted.addEventListener('abort', () => resolve(null), { once: true, signal: listening.signal });
  });
  try {
    return await Promise.race([asked, stopped]);
  } finally {
    listening.abort();
  }
}
