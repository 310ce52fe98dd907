import { allTables } from '../capabilities.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import { MemoryLog } from '../../test/fixtures/memory-log.js';
import { events } from '../../test/fixtures/rule-events.js';
import { tempFolder } from '../../test/fixtures/temp-folder.js';
import { eachViewStore, storePatienceMs } from '../../test/fixtures/view-stores.js';
import type { NewEvent } from '../event-log/envelope.js';
import { WardroundError } from '../shared/errors.js';
import { openViewStore } from '../store/open-view-store.adapter.js';
import { OutboxService } from './outbox.service.js';
import type { ViewStore } from '../store/view-store.adapter.js';

const decided = (id: string): NewEvent => events.diskFree(id, Date.parse('2026-11-22T08:00:00Z'), 'server-1', 5);

let store: ViewStore;
let log: MemoryLog;
let outbox: OutboxService;
let lines: string[];
/** What is in the way, of the database or of the log. */
let away: { readonly database?: Error; readonly log?: Error };

beforeEach(async () => {
  lines = [];
  away = {};
  const take = (text: string) => void lines.push(text);
  Logger.overrideLogger({ log: take, warn: take, error: take });
  store = await openViewStore({ engine: 'sqlite', file: join(tempFolder(), 'wardround.db') }, allTables);
  log = new MemoryLog(1);
  const process = log.process(0);
  const append = process.append.bind(process);
  process.append = async (decisions) => {
    if (away.log) throw away.log;
    if (decisions.some(({ id }) => id === 'wrong')) throw new WardroundError('event-invalid', 'this is not right');
    return append(decisions);
  };
  const { read } = store;
  jest.spyOn(store, 'read', 'get').mockImplementation(() => {
    if (away.database) throw away.database;
    return read;
  });
  outbox = new OutboxService(process, store);
});
afterEach(async () => {
  await outbox.stop();
  await store.close();
  Logger.overrideLogger(['error', 'warn', 'fatal']);
});

const put = (...ids: readonly string[]) => store.write((tx) => outbox.put(tx, 0, ids.map(decided)));
const inLog = () => log.all().map(({ event }) => event.id);
const databaseIsAway = (text: string) => Object.assign(new Error(text), { code: 'SQLITE_IOERR' });

describe('an outbox that cannot be emptied', () => {
  it('says so once while the database is not available, and once when it is back', async () => {
    await put('a');
    for (const text of ['no answer', 'still none', 'none at all']) {
      away = { database: databaseIsAway(text) };
      await outbox.drained();
    }
    away = {};
    await outbox.drained();
    await outbox.drained();
    expect(lines).toEqual([
      'Decisions in the outbox cannot be appended at the moment: no answer',
      'Appending decisions works again',
    ]);
    expect(inLog()).toEqual(['a']);
  });

  it('says so again when something else is in the way', async () => {
    await put('a');
    for (const error of [databaseIsAway('no answer'), databaseIsAway('none')]) {
      away = { database: error };
      await outbox.drained();
    }
    for (const text of ['Kafka is away', 'it is away still']) {
      away = { log: new WardroundError('unreachable', text) };
      await outbox.drained();
    }
    expect(lines.map((line) => line.split(': ')[1])).toEqual(['no answer', 'Kafka is away']);
  });

  it('appends what is right, and says once that something is not', async () => {
    await put('a', 'wrong', 'b');
    for (let attempt = 0; attempt < 3; attempt++) await outbox.drained();
    expect(inLog()).toEqual(['a', 'b']);
    expect(lines).toEqual([
      'Decisions in the outbox cannot be appended at the moment: ' +
        '1 are invalid and stay in the outbox, such as: this is not right',
    ]);
  });
});

describe.each(eachViewStore)('an outbox on $name', ({ open }) => {
  it(
    'is emptied in the order in which it was filled, partition by partition',
    async () => {
      await outbox.stop();
      await store.close();
      store = await open();
      outbox = new OutboxService(log.process(0), store);
      for (const ids of [['z', 'm', 'a'], ['y'], ['b', 'x']]) await put(...ids);
      await store.write((tx) => outbox.put(tx, 1, ['other', 'another'].map(decided)));
      await outbox.drained();
      expect(inLog()).toEqual(['z', 'm', 'a', 'y', 'b', 'x']);
    },
    storePatienceMs,
  );
});
