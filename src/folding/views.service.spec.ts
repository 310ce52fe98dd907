import { theSystem } from '../access/principal.js';
import { serverKind } from '../servers/server.kind.js';
import type { z } from 'zod';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openFoldedLog, type FoldedLog } from '../../test/fixtures/folded-log.js';
import { eachViewStore, storePatienceMs } from '../../test/fixtures/view-stores.js';
import { allViews } from '../capabilities.js';
import {
  backupCompleted,
  backupLogged,
  backupProgressed,
  backupStarted,
  backupVerified,
  type CopiedSource,
  type CopyReport,
  type Suspicion,
  snapshotRemoved,
} from '../backups/backups.events.js';
import { checkupCompleted, checkupRetired } from '../checkups/checkups.events.js';
import type { EventLog } from '../event-log/event-log.js';
import { fact } from '../event-log/statement.js';
import { serverDefined, serverRetired } from '../servers/servers.events.js';
import { viewVersionTable } from '../store/bookkeeping.entity.js';
import { checkupHistory, checkupStatuses } from '../checkups/views/checkup-status/checkup-status.queries.js';
import { definitionsOf } from '../definitions/definitions.queries.js';
import { runTable } from '../backups/views/runs/runs.entity.js';
import { findRun, listRuns, protocolOf } from '../backups/views/runs/runs.queries.js';
import { runsView } from '../backups/views/runs/runs.view.js';
import { listSnapshots } from '../backups/views/snapshots/snapshots.queries.js';
import type { ViewStore } from '../store/view-store.adapter.js';
import { ViewsService } from './views.service.js';

const server = { site: 'north-street', server: 'reception' };
const key = '/sites/north-street/servers/reception';
const start = Date.parse('2026-11-22T02:00:00Z');
const at = (seconds: number) => ({ source: key, subject: key, partitionkey: key, now: start + seconds * 1000 });
const run = (runId: string) => ({ ...server, job: 'records', runId });
const begun = {
  trigger: 'person',
  plannedFor: null,
  computer: 'reception',
  user: 'ward',
  destinations: ['second'],
} satisfies Partial<z.input<(typeof backupStarted)['data']>>;
const noCounts = { files: 0, bytes: 0, totalFiles: 0, totalBytes: 0 };

describe.each(eachViewStore)('the views on $name', ({ open }) => {
  let folded: FoldedLog;
  let log: EventLog;
  let store: ViewStore;
  let views: ViewsService;

  beforeEach(async () => {
    folded = await openFoldedLog(open);
    ({ log, store, views } = folded);
  }, storePatienceMs);

  afterEach(async () => {
    await views.stop();
    await folded.close();
  });

  const append = async (...events: Parameters<EventLog['append']>[0]) => {
    await log.append(events);
    await views.caughtUp();
  };

  it('show a run from its start over its protocol to its end', async () => {
    const line = {
      number: 1,
      time: '2026-11-22T02:00:01.000Z',
      level: 'info',
      step: 'prepare',
      computer: 'reception',
      user: 'ward',
      place: '',
      outcome: 'begun',
      text: 'begun',
    } as const;
    await append(
      fact(backupStarted, { ...at(0), data: { ...run('a'), ...begun } }),
      fact(backupLogged, { ...at(1), data: { ...run('a'), lines: [line, { ...line, number: 2 }] } }),
      fact(backupProgressed, { ...at(2), data: { ...run('a'), ...noCounts, percent: 40, step: 'copy second' } }),
    );
    expect(await findRun(theSystem, store.read, 'a')).toMatchObject({
      outcome: 'running',
      percent: 40,
      step: 'copy second',
      destinations: ['second'],
    });
    expect(await protocolOf(theSystem, store.read, 'a', 1, 10)).toMatchObject([{ number: 2, text: 'begun' }]);

    const end = {
      outcome: 'succeeded',
      error: null,
      copies: [] as CopyReport[],
      suspicions: [] as Suspicion[],
      sources: [] as CopiedSource[],
      warnings: 0,
      files: 3,
      bytes: 12_345_678_901,
      startedAt: '2026-11-22T02:00:00.000Z',
      durationMs: 3000,
    } as const;
    await append(
      fact(backupCompleted, { ...at(3), data: { ...run('a'), ...end } }),
      fact(backupProgressed, { ...at(4), data: { ...run('a'), ...noCounts, percent: 90, step: 'late' } }),
    );
    expect(await findRun(theSystem, store.read, 'a')).toMatchObject({
      outcome: 'succeeded',
      percent: 100,
      step: '',
      bytes: 12_345_678_901,
    });
  });

  it('list runs newest first, page by page, and narrow them', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    await append(...ids.map((id, index) => fact(backupStarted, { ...at(index), data: { ...run(id), ...begun } })));
    const first = await listRuns(theSystem, store.read, {}, { limit: 2, after: null });
    expect(first.items.map(({ runId }) => runId)).toEqual(['e', 'd']);
    const second = await listRuns(theSystem, store.read, {}, { limit: 3, after: first.next });
    expect(second.items.map(({ runId }) => runId)).toEqual(['c', 'b', 'a']);
    expect(second.next).toBeNull();
    expect((await listRuns(theSystem, store.read, { outcome: 'failed' }, { limit: 9, after: null })).items).toEqual([]);
    expect(
      (await listRuns(theSystem, store.read, { name: 'records', outcome: 'running' }, { limit: 9, after: null })).items,
    ).toHaveLength(5);
  });

  it('keep the newest result of a check-up, and since when its status is that, even if an older one comes late', async () => {
    const result = (seconds: number, status: 'ok' | 'warning') =>
      fact(checkupCompleted, {
        ...at(seconds),
        data: {
          ...server,
          checkup: 'disk',
          plugin: 'disk-space',
          status,
          summary: `${seconds}`,
          details: '',
          metrics: [],
          durationMs: 1,
          trigger: 'timetable',
        },
      });
    await append(result(0, 'ok'), result(60, 'warning'), result(120, 'warning'), result(30, 'ok'));
    expect(await checkupStatuses(theSystem, store.read)).toMatchObject([
      { id: 'north-street.reception.disk', status: 'warning', summary: '120', since: '2026-11-22T02:01:00.000Z' },
    ]);
    const history = await checkupHistory(theSystem, store.read, 'north-street.reception.disk', {
      limit: 9,
      after: null,
    });
    expect(history.items.map(({ summary }) => summary)).toEqual(['120', '60', '30', '0']);
  });

  it('know what is defined, in the order of the first definitions, and forget what is retired', async () => {
    const define = (name: string, title: string) =>
      fact(serverDefined, { ...at(0), data: { site: 'north-street', server: name, definition: { name, title } } });
    await append(define('reception', 'Reception'), define('x-ray', 'X-ray'), define('reception', 'Front desk'));
    const titles = async () =>
      (await definitionsOf(theSystem, store.read, serverKind)).map(({ definition }) => definition.title);
    expect(await titles()).toEqual(['Front desk', 'X-ray']);
    await append(fact(serverRetired, { ...at(1), data: server }));
    expect(await titles()).toEqual(['X-ray']);
  });

  it('do not depend on how the log is cut into batches', async () => {
    const server = (name: string) => ({ site: 'north-street', server: name });
    const define = (name: string) => fact(serverDefined, { ...at(0), data: { ...server(name), definition: { name } } });
    const retire = (name: string) => fact(serverRetired, { ...at(1), data: server(name) });
    for (const event of [define('a'), define('b'), retire('b'), define('c'), define('b')]) await append(event);
    expect(await views.rebuild('definitions')).toEqual([{ name: 'definitions', rowsChanged: 0 }]);
    expect((await definitionsOf(theSystem, store.read, serverKind)).map(({ name }) => name)).toEqual(['a', 'c', 'b']);
  });

  it('begin the status of a check-up again where it was retired in between, however the log is cut into batches', async () => {
    const checkup = { ...server, checkup: 'memory' };
    const result = (seconds: number) =>
      fact(checkupCompleted, {
        ...at(seconds),
        data: {
          ...checkup,
          plugin: 'memory',
          trigger: 'timetable',
          status: 'ok',
          summary: '',
          details: '',
          metrics: [],
          durationMs: 1,
        },
      });
    const retired = fact(checkupRetired, { ...at(1), data: checkup });
    for (const event of [result(0), retired, result(2)]) await append(event);
    expect(await checkupStatuses(theSystem, store.read)).toMatchObject([{ since: '2026-11-22T02:00:02.000Z' }]);
    expect(await views.rebuild('checkup-status')).toEqual([{ name: 'checkup-status', rowsChanged: 0 }]);
  });

  it('list snapshots that were verified and not removed', async () => {
    const snapshot = (name: string, destination: string) => ({
      ...run('a'),
      destination,
      snapshot: name,
      place: `/backup/${name}`,
      files: 1,
      bytes: 2,
    });
    const names = ['2026-11-20T02-00-00Z', '2026-11-21T02-00-00Z', '2026-11-22T02-00-00Z'];
    await append(
      ...names.flatMap((name) =>
        ['local-copy', 'second'].map((place) =>
          fact(backupVerified, { ...at(0), data: { ...snapshot(name, place), manifestSha256: 'f00d', durationMs: 1 } }),
        ),
      ),
      fact(snapshotRemoved, {
        ...at(1),
        data: {
          ...server,
          job: 'records',
          destination: 'second',
          snapshot: '2026-11-20T02-00-00Z',
          because: 'older-than-kept',
        },
      }),
    );
    const seen: string[] = [];
    let after = null;
    do {
      const page: Awaited<ReturnType<typeof listSnapshots>> = await listSnapshots(
        theSystem,
        store.read,
        { name: 'records' },
        { limit: 2, after },
      );
      seen.push(...page.items.map((row) => `${row.snapshot} ${row.destination}`));
      after = page.next;
    } while (after);
    expect(seen).toEqual([
      ...['2026-11-22T02-00-00Z second', '2026-11-22T02-00-00Z local-copy', '2026-11-21T02-00-00Z second'],
      ...['2026-11-21T02-00-00Z local-copy', '2026-11-20T02-00-00Z local-copy'],
    ]);
  });

  it('are rebuilt beside the old tables while events come in, and say what had been otherwise', async () => {
    const many = Array.from({ length: 1200 }, (_, index) =>
      fact(backupStarted, { ...at(index), data: { ...run(`run-${index}`), ...begun } }),
    );
    await append(...many);
    await store.write((tx) => tx.update(runTable, { runId: 'run-7' }, { computer: 'somebody else' }));
    await store.write((tx) => tx.delete(runTable, { runId: 'run-8' }));
    const [rebuilt] = await Promise.all([
      views.rebuild('runs'),
      log.append([fact(backupStarted, { ...at(5000), data: { ...run('meanwhile'), ...begun } })]),
    ]);
    await views.caughtUp();
    expect(rebuilt).toEqual([{ name: 'runs', rowsChanged: 3 }]);
    expect(await store.read.count(runTable)).toBe(1201);
    expect(await findRun(theSystem, store.read, 'run-7')).toMatchObject({ computer: 'reception' });
    expect((await views.rebuild()).every(({ rowsChanged }) => rowsChanged === 0)).toBe(true);
    await expect(views.rebuild('nonsense')).rejects.toThrow('there is no view "nonsense"');
  });

  it('of an older version of the program are rebuilt at the start', async () => {
    await append(fact(backupStarted, { ...at(0), data: { ...run('a'), ...begun } }));
    await store.write((tx) => tx.update(viewVersionTable, { view: 'runs' }, { version: 0 }));
    await store.write((tx) => tx.update(runTable, { runId: 'a' }, { computer: 'as an old fold made it' }));
    await views.stop();
    views = new ViewsService(log, store, allViews);
    await views.start();
    expect(await findRun(theSystem, store.read, 'a')).toMatchObject({ computer: 'reception' });
    expect(await store.read.findOneBy(viewVersionTable, { view: 'runs' })).toMatchObject({ version: runsView.version });
  });

  it('are rebuilt one after the other when two people ask', async () => {
    await append(fact(backupStarted, { ...at(0), data: { ...run('a'), ...begun } }));
    const [one, other] = await Promise.all([views.rebuild(), views.rebuild('runs')]);
    expect([...one, ...other].every(({ rowsChanged }) => rowsChanged === 0)).toBe(true);
  });

  it('leave the old tables as they were when they are stopped during a rebuild', async () => {
    await append(fact(backupStarted, { ...at(0), data: { ...run('a'), ...begun } }));
    const rebuilding = expect(views.rebuild()).rejects.toThrow('Wardround is stopping');
    await views.stop();
    await rebuilding;
    expect(await store.read.count(runTable)).toBe(1);
  });

  it('do not lose rows to transactions that come at the same time', async () => {
    await store.write((tx) => tx.clear(runTable));
    const many = Array.from({ length: 200 }, (_, index) =>
      fact(backupStarted, { ...at(index), data: { ...run(`r-${index}`), ...begun } }),
    );
    const failing = Array.from({ length: 20 }, () => store.write(() => Promise.reject(new Error('on purpose'))));
    const outcomes = await Promise.allSettled([...many.map((event) => log.append([event])), ...failing]);
    await views.caughtUp();
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(20);
    expect(await store.read.count(runTable)).toBe(200);
  });
});
