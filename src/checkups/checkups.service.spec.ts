import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { join } from 'node:path';
import { fixturePlugins, resolveReference } from '../../test/fixtures/plugin-calls.js';
import { tempFolder } from '../../test/fixtures/temp-folder.js';
import { eventTypes } from '../capabilities.js';
import type { Event } from '../event-log/envelope.js';
import { readAll } from '../event-log/event-log.js';
import { openSqliteLog, type SqliteEventLog } from '../event-log/sqlite/sqlite-log.adapter.js';
import { openPluginHost, type ForkingPluginHost } from '../plugin-host/plugin-host.adapter.js';
import { systemClock } from '../shared/clock.adapter.js';
import { TimetableService } from '../timetable/timetable.service.js';
import { checkupDefinitionSchema } from './checkup.js';
import { CheckupsService, type PlannedCheckup } from './checkups.service.js';

let host: ForkingPluginHost;
let log: SqliteEventLog;
let timetable: TimetableService;
let checkups: CheckupsService;

beforeAll(async () => {
  host = await openPluginHost({ pluginsFolder: fixturePlugins, resolveReference, limits: { killAfterMs: 200 } });
});

beforeEach(async () => {
  log = await openSqliteLog({ file: join(tempFolder(), 'events.db'), clock: systemClock, eventTypes });
  timetable = new TimetableService(new SchedulerRegistry(), systemClock);
  checkups = new CheckupsService(log, host, systemClock, timetable);
});

afterEach(async () => {
  timetable.stop();
  await checkups.stop();
  await log.close();
});

function planned(name: string, plugin: string, about: object = {}): PlannedCheckup {
  const definition = checkupDefinitionSchema.parse({ name, plugin, every: '1d', ...about });
  return { site: 'main', server: 'reception', name, definition };
}

/** The recorded check-ups, once there are so many. */
async function recorded(count: number): Promise<readonly Event[]> {
  for (;;) {
    const events = await readAll(log, { types: ['checkup.completed'] });
    if (events.length >= count) return events;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('a check-up', () => {
  it('that is run now is recorded as a fact about its server', async () => {
    checkups.use([planned('disk', 'echo', { parameters: { text: 'hello' } })]);
    const completed = await checkups.runNow('main.reception.disk', 'cli:ada');
    expect(completed).toMatchObject({ status: 'ok', summary: 'got hello', trigger: 'person' });
    expect(await recorded(1)).toMatchObject([
      {
        source: '/sites/main/servers/reception',
        subject: '/sites/main/servers/reception/checkups/disk',
        partitionkey: '/sites/main/servers/reception',
        actor: 'cli:ada',
        data: {
          checkup: 'disk',
          plugin: 'echo',
          status: 'ok',
          details: expect.stringContaining('printed hello'),
          metrics: [{ name: 'number', value: 3, unit: '' }],
        },
      },
    ]);
  });

  it.each([
    ['throws', { parameters: { what: 'error' } }, 'throws: the disk is on fire'],
    ['hangs-in-a-loop', { timeout: '1s' }, 'hangs-in-a-loop: did not finish within 1 s'],
    ['exits', {}, 'exits: its process exited with exit code 3 without a result'],
    ['nonsense', { parameters: { what: 'status' } }, /^nonsense: run returned an invalid result/],
    ['echo', { parameters: { text: '${env:GONE}' } }, /^echo: text: \$\{env:GONE\} is not set/],
    ['no-such-plugin', {}, /^there is no checkup plugin "no-such-plugin"/],
  ])('whose plugin %s is unknown, and says why', async (plugin, about, summary) => {
    checkups.use([planned('sick', plugin, about)]);
    const completed = await checkups.runNow('main.reception.sick', 'test');
    expect(completed).toMatchObject({ status: 'unknown', metrics: [] });
    expect(completed.summary).toMatch(summary);
    expect(await recorded(1)).toHaveLength(1);
  });

  it('does not overlap itself: a second call gets the result of the first', async () => {
    checkups.use([planned('disk', 'echo', { parameters: { text: 'once' } })]);
    const both = await Promise.all([
      checkups.runNow('main.reception.disk', 'a'),
      checkups.runNow('main.reception.disk', 'b'),
    ]);
    expect(both[0]).toEqual(both[1]);
    expect(await recorded(1)).toHaveLength(1);
  });

  it('that is not defined is refused, with those that are', async () => {
    checkups.use([planned('disk', 'echo')]);
    await expect(checkups.runNow('main.reception.dsik', 'test')).rejects.toMatchObject({
      code: 'not-found',
      advice: 'The check-ups are main.reception.disk',
    });
  });

  it('without a plugin is never run, since others send its results', async () => {
    checkups.use([planned('raid', 'echo', { plugin: undefined })]);
    checkups.follow();
    expect(timetable.names()).toEqual([]);
    await expect(checkups.runNow('main.reception.raid', 'test')).rejects.toMatchObject({
      code: 'conflict',
      message: 'the check-up main.reception.raid has no plugin to run',
    });
  });

  it('that loses its plugin loses its timer', () => {
    checkups.use([planned('raid', 'echo')]);
    checkups.follow();
    checkups.use([planned('raid', 'echo', { plugin: undefined })]);
    checkups.follow();
    expect(timetable.names()).toEqual([]);
  });

  it('runs soon after the start, and then at its interval', async () => {
    checkups.use([planned('disk', 'echo', { parameters: { text: 'tick' }, every: '1s' })]);
    checkups.follow();
    const events = await recorded(2);
    expect(events[0]).toMatchObject({ actor: 'timetable', data: { trigger: 'timetable', summary: 'got tick' } });
  });

  it('keeps its timer while its definition stays, and loses it with its definition', () => {
    const night = { at: '0 2 * * *' };
    checkups.use([planned('disk', 'echo', { every: undefined, ...night }), planned('load', 'echo')]);
    checkups.follow();
    const before = timetable.names();
    checkups.follow();
    expect(timetable.names()).toEqual(before);
    checkups.use([planned('load', 'echo')]);
    checkups.follow();
    expect(timetable.names()).toEqual(['check-up main.reception.load']);
  });

  it('that is cut off by the end of Wardround is not recorded: no one looked', async () => {
    checkups.use([planned('slow', 'heeds-abort')]);
    const running = checkups.runNow('main.reception.slow', 'test');
    const ended = expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await checkups.stop();
    await ended;
    expect(await readAll(log, { types: ['checkup.completed'] })).toEqual([]);
  });
});
