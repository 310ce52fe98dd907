import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { tempFolder } from '../../test/fixtures/temp-folder.js';
import { eventTypes } from '../capabilities.js';
import { readAll } from '../event-log/event-log.js';
import { openSqliteLog, type SqliteEventLog } from '../event-log/sqlite/sqlite-log.adapter.js';
import { WardroundError } from '../shared/errors.js';
import { ClockWatch, type ClockWatchParts } from './clock-watch.service.js';

const dayMs = 86_400_000;
let wall: number;
let steady: number;
let log: SqliteEventLog;

beforeEach(async () => {
  [wall, steady] = [Date.parse('2026-11-29T02:00:00Z'), 1_000];
  log = await openSqliteLog({ file: join(tempFolder(), 'events.db'), clock: { now: () => wall }, eventTypes });
});
afterEach(() => log.close());

function watch(changed: Partial<ClockWatchParts> = {}): ClockWatch {
  return new ClockWatch({
    ...{ log, clock: { now: () => wall }, steadyMs: () => steady, installation: 'i', computer: 'RECEPTION-PC' },
    ...changed,
  });
}

const jumps = async () => (await readAll(log, { types: ['clock.jumped'] })).map(({ data }) => data);

describe('the watch over the clock', () => {
  it('finds a jump while it runs, once, and the next one', async () => {
    const one = watch();
    await one.atStart();
    [wall, steady] = [wall + 60 * dayMs, steady + 1000];
    await Promise.all([one.look(), one.look()]);
    [wall, steady] = [wall + 1000, steady + 1000];
    await one.look();
    expect(await jumps()).toEqual([
      {
        ...{ installation: 'i', computer: 'RECEPTION-PC', against: 'steady-clock', ms: 60 * dayMs - 1000 },
        ...{ expected: '2026-11-29T02:00:01.000Z', shown: '2027-01-28T02:00:00.000Z' },
      },
    ]);
    wall -= dayMs;
    await one.look();
    expect(await jumps()).toMatchObject([{}, { ms: -dayMs }]);
  });

  it('adds small steps up', async () => {
    const one = watch();
    await one.atStart();
    for (let step = 0; step < 3; step++) {
      wall += 2 * 60_000;
      await one.look();
    }
    expect(await jumps()).toMatchObject([{ ms: 6 * 60_000 }]);
  });

  it('finds at a start that the clock does not fit the log, once', async () => {
    await watch().atStart();
    expect(await jumps()).toEqual([]);
    const first = watch();
    await first.atStart();
    [wall, steady] = [wall + 60 * dayMs, steady + 1];
    await first.look();
    wall -= 59 * dayMs;
    await watch().atStart();
    await watch().atStart();
    expect(await jumps()).toMatchObject([{ against: 'steady-clock' }, { against: 'log', ms: -59 * dayMs }]);
    wall += 5 * dayMs;
    await watch().atStart();
    expect((await jumps()).at(-1)).toMatchObject({ against: 'log', ms: 5 * dayMs });
  });

  it('says what could not be recorded when the log takes events again', async () => {
    let full = true;
    const failing: ClockWatchParts['log'] = {
      append: (events) => (full ? Promise.reject(new WardroundError('no-space', 'full')) : log.append(events)),
      head: () => log.head(),
      read: (filter) => log.read(filter),
    };
    const one = watch({ log: failing });
    await one.atStart();
    wall += dayMs;
    await expect(one.look()).rejects.toThrow('full');
    full = false;
    await one.look();
    expect(await jumps()).toHaveLength(1);
  });

  it('does not compare a clock that is not a computer’s with that of the computer', async () => {
    const one = watch({ steadyMs: null });
    await one.atStart();
    wall += 60 * dayMs;
    await one.look();
    expect(await jumps()).toEqual([]);
  });
});
