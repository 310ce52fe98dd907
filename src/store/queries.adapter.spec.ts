import { theSystem, type Principal, type Scope } from '../access/principal.js';
import { serverKind } from '../servers/server.kind.js';
import { describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { alarmRow, clinicRows, hourMs, messageRow, storeRows } from '../../test/fixtures/clinic-rows.js';
import { eachViewStore, storePatienceMs } from '../../test/fixtures/view-stores.js';
import { readNewestLines, readVerified } from '../dashboard/board/board-state.adapter.js';
import { readWard } from '../ward/ward.adapter.js';
import { findAlarm, listAlarms, openAlarms } from '../rules/views/alarms/alarms.queries.js';
import {
  checkupHistory,
  checkupResultsSince,
  checkupStatuses,
  findCheckupStatus,
} from '../checkups/views/checkup-status/checkup-status.queries.js';
import { allDefinitions, definitionsOf } from '../definitions/definitions.queries.js';
import { findMessage, listMessages } from '../notifications/views/messages/messages.queries.js';
import type { TimeKey } from './newest-first.adapter.js';
import type { Page, PageRequest } from './page.js';
import { findRun, listRuns, newestProtocolLines, protocolOf, runningRuns } from '../backups/views/runs/runs.queries.js';
import { startsOfJobs } from '../backups/views/runs/newest-runs.queries.js';
import { listSnapshots, snapshotsOfJob, type SnapshotKey } from '../backups/views/snapshots/snapshots.queries.js';

const now = Date.parse('2026-11-22T12:00:00Z');
const clinic = clinicRows(now);
const [run] = clinic.runs;
const [result] = clinic.results;
const [snapshot] = clinic.snapshots;
const cleared = '2026-11-22T11:00:00.000Z';
const rows = {
  ...clinic,
  alarms: [
    ...clinic.alarms,
    ...['same-a', 'same-B', 'same_c'].map((id) => alarmRow(id, now - hourMs, { clearedAt: cleared, note: 'Ä' })),
  ],
  messages: [
    ...clinic.messages,
    messageRow('waiting', now, { state: 'waiting', to: ['it@clinic.example'], deliveredAt: null, deliveredBy: null }),
    messageRow('inbox', now - 1, { deliveredBy: 'inbox' }),
  ],
};

/** All items of a list, two at a time, which meets every edge of a page. */
async function paged<Item, Key>(list: (page: PageRequest<Key>) => Promise<Page<Item, Key>>): Promise<readonly Item[]> {
  const items: Item[] = [];
  let after: Key | null = null;
  do {
    const page: Page<Item, Key> = await list({ limit: 2, after });
    items.push(...page.items);
    after = page.next;
  } while (after !== null);
  return items;
}

const jobOf = ({ site, server, job }: { site: string; server: string; job: string }) => ({ site, server, job });

type ByTime = PageRequest<TimeKey>;

async function answers(read: EntityManager, principal: Principal = theSystem): Promise<Record<string, unknown>> {
  if (!run || !result || !snapshot) throw new Error('the clinic has no rows');
  const ids = rows.runs.map(({ runId }) => runId);
  const overall = await readWard(principal, read, now);
  return {
    allDefinitions: await allDefinitions(principal, read),
    servers: await definitionsOf(principal, read, serverKind),
    statuses: await checkupStatuses(principal, read),
    status: await findCheckupStatus(principal, read, result.checkupId),
    history: await paged((page: ByTime) => checkupHistory(principal, read, result.checkupId, page)),
    since: await checkupResultsSince(principal, read, result.checkupId, new Date(now - 2 * hourMs).toISOString()),
    runs: await paged((page: ByTime) => listRuns(principal, read, {}, page)),
    failed: await paged((page: ByTime) => listRuns(principal, read, { outcome: 'failed' }, page)),
    ofJob: await paged((page: ByTime) => listRuns(principal, read, { name: run.job }, page)),
    running: await runningRuns(principal, read),
    run: await findRun(principal, read, run.runId),
    noRun: await findRun(principal, read, 'nothing'),
    starts: (await startsOfJobs(principal, read, '2026-11-22T12:00:00.000Z'))(jobOf(run)),
    protocol: await Promise.all(ids.map((runId) => protocolOf(principal, read, runId, 1, 5))),
    newest: await Promise.all(ids.map((runId) => newestProtocolLines(principal, read, runId, 3))),
    snapshots: await paged((page: PageRequest<SnapshotKey>) => listSnapshots(principal, read, {}, page)),
    snapshotsOfJob: await snapshotsOfJob(principal, read, jobOf(snapshot)),
    alarms: await paged((page: ByTime) => listAlarms(principal, read, {}, page)),
    open: await paged((page: ByTime) => listAlarms(principal, read, { open: true }, page)),
    past: await paged((page: ByTime) => listAlarms(principal, read, { open: false }, page)),
    openAlarms: await openAlarms(principal, read),
    alarm: await findAlarm(principal, read, 'same-B'),
    messages: await paged((page: ByTime) => listMessages(principal, read, {}, page)),
    waiting: await paged((page: ByTime) => listMessages(principal, read, { state: 'waiting' }, page)),
    inbox: await paged((page: ByTime) => listMessages(principal, read, { deliveredBy: 'inbox' }, page)),
    message: await findMessage(principal, read, 'waiting'),
    overall,
    lines: [...(await readNewestLines(principal, read, overall))],
    verified: [...(await readVerified(principal, read, ids))],
  };
}

/** Anyone who reads everything, but of a part of the installation. */
function within(scope: Scope): Principal {
  return { ...theSystem, id: 'scoped', scope };
}

/** What an answer holds when there is nothing in it. */
function isEmpty(answer: unknown): boolean {
  if (answer === null || answer === undefined || answer === false) return true;
  return typeof answer === 'object' && Object.values(answer).every(isEmpty);
}

const nothingToSee: readonly Scope[] = [
  { kind: 'sites', sites: ['elsewhere'] },
  { kind: 'sites', sites: [] },
  { kind: 'servers', servers: [{ site: 'elsewhere', server: 'imaging' }] },
  { kind: 'servers', servers: [] },
];

describe('what is asked of the views', () => {
  it(
    'is answered with what is there, and alike by every database',
    async () => {
      const all = [];
      for (const { open } of eachViewStore) {
        const store = await open();
        await storeRows(store, rows);
        all.push(await answers(store.read));
        await store.close();
      }
      const [first, ...others] = all;
      for (const other of others) expect(other).toEqual(first);
      expect(first).toMatchObject({ noRun: null, alarm: { note: 'Ä' }, message: { to: ['it@clinic.example'] } });
      const lengths = ['alarms', 'past', 'messages', 'runs', 'snapshots', 'allDefinitions'].map(
        (name) => first?.[name],
      );
      expect(lengths.map((list) => Array.isArray(list) && list.length)).toEqual([
        rows.alarms.length,
        rows.alarms.filter(({ clearedAt }) => clearedAt !== null).length,
        ...[rows.messages.length, rows.runs.length, rows.snapshots.length, rows.definitions.length],
      ]);
    },
    storePatienceMs,
  );

  it(
    'shows nothing to those whose scope it is not in',
    async () => {
      for (const { open } of eachViewStore) {
        const store = await open();
        await storeRows(store, rows);
        for (const scope of nothingToSee) {
          const found = Object.entries(await answers(store.read, within(scope)));
          expect(found.filter(([, answer]) => !isEmpty(answer))).toEqual([]);
        }
        await store.close();
      }
    },
    2 * storePatienceMs,
  );

  it(
    'shows of one server what is about it, and nothing of the others',
    async () => {
      const imaging = { site: 'clinic', server: 'imaging' };
      const others = rows.definitions.filter(({ kind, name }) => kind === 'server' && name !== 'imaging');
      for (const { open } of eachViewStore) {
        const store = await open();
        await storeRows(store, rows);
        const found = await answers(store.read, within({ kind: 'servers', servers: [imaging] }));
        expect(found['runs']).toEqual(
          rows.runs.filter(({ server }) => server === 'imaging').map(({ runId }) => expect.objectContaining({ runId })),
        );
        expect(found['servers']).toMatchObject([{ name: 'imaging' }]);
        expect(found['overall']).toMatchObject({ servers: [{ server: 'imaging' }] });
        const text = JSON.stringify(found);
        for (const { name } of others) expect(text).not.toContain(`"server":"${name}"`);
        await store.close();
      }
    },
    2 * storePatienceMs,
  );

  it(
    'shows of a site all that it shows to those who see everything and no more',
    async () => {
      for (const { open } of eachViewStore) {
        const store = await open();
        await storeRows(store, rows);
        const ofMessages = ['messages', 'waiting', 'inbox', 'message', 'overall'];
        const all = Object.entries(await answers(store.read)).filter(([name]) => !ofMessages.includes(name));
        const found = await answers(store.read, within({ kind: 'sites', sites: ['clinic'] }));
        expect(found).toMatchObject(Object.fromEntries(all));
        // What is about no server is for those who see everything.
        expect(found['messages']).toMatchObject([{ messageId: 'message-failed' }]);
        await store.close();
      }
    },
    2 * storePatienceMs,
  );
});
