import { theSystem } from '../../access/principal.js';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { MemoryLog, type MemoryProcess } from '../../../test/fixtures/memory-log.js';
import { result } from '../../../test/fixtures/clinic-day.js';
import type { Event, NewEvent } from '../../event-log/envelope.js';
import type { Checkpoint, EventLog } from '../../event-log/event-log.js';
import { serverKey } from '../../shared/names.js';
import { cursorScope, decodeCursor, encodeCursor } from '../cursor.js';
import { isSamePosition, readEventPage } from './event-page.js';

const scope = cursorScope('listEvents', {});
const positionSchema = z.array(z.tuple([z.int(), z.int()]));

let number = 0;
/** An event of a server, with its number as id. */
function eventOf(server: number, type = 'checkup.completed'): NewEvent {
  const key = serverKey('main', `server-${server}`);
  const event = result('load', 'ok', 0);
  return { ...event, type, id: String(++number).padStart(9, '0'), source: key, partitionkey: key };
}

/** Follows a log from page to page, each time with nothing but the cursor of the page before. */
class Follower {
  readonly seen: Event[] = [];
  private cursor: string | null = null;

  constructor(
    private readonly filter: { readonly types?: readonly string[] },
    private readonly limit: number,
  ) {}

  /** @returns whether the page was full */
  async readPage(log: EventLog): Promise<boolean> {
    const after: Checkpoint = new Map(this.cursor === null ? [] : decodeCursor(scope, this.cursor, positionSchema));
    const page = await readEventPage(theSystem, log, this.filter, after, this.limit);
    expect(page.events.length).toBeLessThanOrEqual(this.limit);
    this.seen.push(...page.events);
    this.cursor = encodeCursor(scope, [...page.position]);
    return page.more;
  }

  async readAll(log: EventLog): Promise<void> {
    while (await this.readPage(log));
  }
}

const keysOf = (events: readonly Event[]) => [...new Set(events.map(({ partitionkey }) => partitionkey))];
const idsOf = (events: readonly Event[], key: string) =>
  events.filter(({ partitionkey }) => partitionkey === key).map(({ id }) => id);
const eventsOf = (log: MemoryLog) => log.all().map(({ event }) => event);

describe('a log of many partitions, page by page', () => {
  it('is told whole, each event once and those of a server in order, however it grows meanwhile', async () => {
    const someServers = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 60 });
    const growth = fc.array(someServers, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 25 }),
        growth,
        async (count, limit, grown) => {
          const log = new MemoryLog(count);
          const follower = new Follower({}, limit);
          for (const servers of grown) {
            log.append(servers.map((server) => eventOf(server)));
            // Not to the end: the partitions' ends and places in them drift apart. Each page by another process.
            await follower.readPage(log.process());
          }
          await follower.readAll(log.process());
          expect(follower.seen).toHaveLength(log.all().length);
          for (const key of keysOf(eventsOf(log))) expect(idsOf(follower.seen, key)).toEqual(idsOf(eventsOf(log), key));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is told whole of one type, and what is of others is not looked at again', async () => {
    const log = new MemoryLog(8);
    const follower = new Follower({ types: ['alarm.raised'] }, 3);
    for (let round = 0; round < 20; round++) {
      for (let server = 0; server < 20; server++)
        log.append([eventOf(server, server % 5 === 0 ? 'alarm.raised' : 'checkup.completed')]);
      await follower.readPage(log.process());
    }
    await follower.readAll(log.process());
    const raised = eventsOf(log).filter(({ type }) => type === 'alarm.raised');
    for (const key of keysOf(raised)) expect(idsOf(follower.seen, key)).toEqual(idsOf(raised, key));
    expect(follower.seen).toHaveLength(raised.length);

    const atEnd = await readEventPage(theSystem, log.process(), { types: ['none.such'] }, new Map(), 10);
    expect(isSamePosition(atEnd.position, await log.process().head())).toBe(true);
  });

  it('misses nothing that is appended between its head and its reading', async () => {
    const log = new MemoryLog(4);
    const process = log.process();
    const growing = growsAfterHead(process, () => log.append([eventOf(1), eventOf(2), eventOf(3)]));
    const follower = new Follower({}, 2);
    for (let page = 0; page < 10; page++) await follower.readPage(growing);
    await follower.readAll(process);
    expect(follower.seen.map(({ id }) => id).sort()).toEqual(
      eventsOf(log)
        .map(({ id }) => id)
        .sort(),
    );
  });

  it('has a place that a cursor holds, with three hundred partitions of a billion events', () => {
    const place = Array.from({ length: 300 }, (_, partition) => [partition, 1_000_000_000 + partition]);
    const cursor = encodeCursor(scope, place);
    expect(cursor.length).toBeLessThanOrEqual(8000);
    expect(decodeCursor(scope, cursor, positionSchema)).toEqual(place);
  });
});

/** The log, in which something is appended whenever someone has asked for its head. */
function growsAfterHead(log: MemoryProcess, append: () => void): EventLog {
  return {
    append: (events) => log.append(events),
    read: (filter) => log.read(filter),
    head: async () => {
      const head = await log.head();
      append();
      return head;
    },
    identity: () => log.identity(),
    partitions: () => log.partitions(),
    subscribe: (options) => log.subscribe(options),
    close: () => log.close(),
  };
}
