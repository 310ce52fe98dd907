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

async function answers(read: EntityManager): Promise<Record<string, unknown>> {
  if (!run || !result || !snapshot) throw new Error('the clinic has no rows');
  const ids = rows.runs.map(({ runId }) => runId);
  const overall = await readWard(read, now);
  return {
    allDefinitions: await allDefinitions(read),
    servers: await definitionsOf(read, serverKind),
    statuses: await checkupStatuses(read),
    status: await findCheckupStatus(read, result.checkupId),
    history: await paged((page: ByTime) => checkupHistory(read, result.checkupId, page)),
    since: await checkupResultsSince(read, result.checkupId, new Date(now - 2 * hourMs).toISOString()),
    runs: await paged((page: ByTime) => listRuns(read, {}, page)),
    failed: await paged((page: ByTime) => listRuns(read, { outcome: 'failed' }, page)),
    ofJob: await paged((page: ByTime) => listRuns(read, { job: run.job }, page)),
    running: await runningRuns(read),
    run: await findRun(read, run.runId),
    noRun: await findRun(read, 'nothing'),
    starts: (await startsOfJobs(read, '2026-11-22T12:00:00.000Z'))(jobOf(run)),
    protocol: await Promise.all(ids.map((runId) => protocolOf(read, runId, 1, 5))),
    newest: await Promise.all(ids.map((runId) => newestProtocolLines(read, runId, 3))),
    snapshots: await paged((page: PageRequest<SnapshotKey>) => listSnapshots(read, {}, page)),
    snapshotsOfJob: await snapshotsOfJob(read, jobOf(snapshot)),
    alarms: await paged((page: ByTime) => listAlarms(read, {}, page)),
    open: await paged((page: ByTime) => listAlarms(read, { open: true }, page)),
    past: await paged((page: ByTime) => listAlarms(read, { open: false }, page)),
    openAlarms: await openAlarms(read),
    alarm: await findAlarm(read, 'same-B'),
    messages: await paged((page: ByTime) => listMessages(read, {}, page)),
    waiting: await paged((page: ByTime) => listMessages(read, { state: 'waiting' }, page)),
    inbox: await paged((page: ByTime) => listMessages(read, { deliveredBy: 'inbox' }, page)),
    message: await findMessage(read, 'waiting'),
    overall,
    lines: [...(await readNewestLines(read, overall))],
    verified: [...(await readVerified(read, ids))],
  };
}

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
});
