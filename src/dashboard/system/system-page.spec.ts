import { afterAll, describe, expect, it } from '@jest/globals';
import { ask } from '../../../test/fixtures/api-server.js';
import { openBoard, wellReport, type BoardApp } from '../../../test/fixtures/board-app.js';
import { pageText } from '../../../test/fixtures/page-text.js';
import { tempFolder } from '../../../test/fixtures/temp-folder.js';
import type { Consumer } from '../../system/consumer.js';
import type { SystemReport } from '../../system/system.service.js';
import { parkedEventTable, type ParkedEventRow } from '../../folding/parked/parked.entity.js';

const now = Date.parse('2026-11-22T08:00:00Z');

const opened: BoardApp[] = [];
afterAll(async () => {
  for (const board of opened) await board.close();
});

async function boardWith(
  report: Partial<SystemReport>,
  parked: readonly Partial<ParkedEventRow>[] = [],
): Promise<BoardApp> {
  const board = await openBoard({ folder: tempFolder(), clock: { now: () => now }, rows: {} });
  opened.push(board);
  board.report = { ...wellReport, ...report };
  const rows = parked.map((row, index) => parkedRow({ offset: index + 1, ...row }));
  if (rows.length > 0) await board.store.write((tx) => tx.insert(parkedEventTable, rows));
  return board;
}

function parkedRow(change: Partial<ParkedEventRow>): ParkedEventRow {
  return {
    ...{ subscription: 'views', partition: 0, eventPartition: 0, offset: 1, eventId: `event-${change.offset}` },
    ...{ partitionkey: '/sites/main/servers/reception', source: '/sites/main/servers/reception' },
    ...{ type: 'backup.logged', error: 'the row has no such column', attempts: 6 },
    ...{ parkedAt: '2026-11-22T07:50:00Z', askedAt: null },
    ...change,
  };
}

/** What a person reads of a page. */
async function read(board: BoardApp, path = '/system'): Promise<string> {
  return pageText((await load(board, path)).text);
}

const load = (board: BoardApp, path: string) =>
  ask(Number(new URL(board.url).port), 'GET', path, { headers: { accept: 'text/html' } });

const consumer = (change: Partial<Consumer>): Consumer => ({
  ...{ name: 'views', state: 'current', lag: 0, rate: 0, parked: 0, lastError: null, since: null },
  ...change,
});

describe('the page about Wardround itself', () => {
  it('says that all is well, what it is and since when', async () => {
    const board = await boardWith({});
    const text = await read(board);
    expect(text).toContain('Wardround is healthy Event log ok Views ok');
    expect(text).toContain('Event log SQLite Views SQLite Role Standalone');
    expect(text).toContain('Computer RECEPTION-PC process 4711 Running since');
    expect(text).toContain('Log ID bG9nIG9uZSBsb2cgb25lIG epoch 1-k3f9x2ab');
    expect(text).toContain('2 days ago Version 0.1.0 Waiting for the log Nothing Waiting for delivery Nothing');
    expect(text).toContain('Up to date Views what the board and the API show – 0.4/s –');
    expect(text).toContain('No event is parked.');
    expect((await load(board, '/system')).text).toContain('<a href="/system" aria-current="page">');
  });

  it('says of a hub which partitions it has, and what waits', async () => {
    const text = await read(
      await boardWith({
        ...{
          role: 'hub',
          log: { id: 'bG9nIG9uZSBsb2cgb25lIG', epoch: '2-k3f9x2ab', because: 'behind-mark', before: '1' },
          engines: { eventLog: 'kafka', views: 'postgres' },
          partitions: [0, 1, 2, 7, 9, 10],
        },
        ...{ outboxWaiting: 1, messagesWaiting: 1200 },
      }),
    );
    expect(text).toContain('Event log Kafka Views PostgreSQL Role Hub');
    expect(text).toContain('partitions 0 to 2, 7, 9 to 10');
    expect(text).toContain('epoch 2-k3f9x2ab: an older state of the log was restored');
    expect(text).toContain('Waiting for the log 1 decision Waiting for delivery 1,200 messages');
  });

  it('says of each who goes through the events how far it is, and how long it will take', async () => {
    const consumers = [
      consumer({ name: 'intake', rate: 1834.2 }),
      consumer({ state: 'behind', lag: 12_000, rate: 100 }),
      consumer({ name: 'rules', state: 'stuck', lag: 1, since: '2026-11-22T07:58:00Z' }),
      consumer({ name: 'notifications', state: 'failing', lastError: 'no room <here>', since: '2026-11-22T07:00:00Z' }),
    ];
    const text = await read(await boardWith({ consumers }));
    expect(text).toContain('Event processing is failing');
    expect(text).toContain('Up to date Intake copies events from Kafka to the archive – 1,834/s –');
    expect(text).toContain('Catching up Views what the board and the API show 12,000 events about 2 min 100/s –');
    expect(text).toContain('Stuck Rules raises and clears alarms 1 event – – Nothing has moved since 2 minutes ago');
    expect(text).toContain(
      'Failing Notifications decides who is notified – – – no room &lt;here&gt; since 60 minutes ago',
    );
  });

  it('says what Wardround needs and does not have', async () => {
    const parts = [
      { name: 'Kafka', trouble: null },
      { name: 'the archive', trouble: 'no response within 1.5 s' },
    ];
    const text = await read(await boardWith({ parts, outboxWaiting: null, messagesWaiting: null, consumers: [] }));
    expect(text).toContain('A dependency is not available Archive: no response within 1.5 s');
    expect(text).toContain('Kafka ok Archive failing');
    expect(text).toContain('Waiting for the log Not known Waiting for delivery Not known');
    expect(text).toContain('This process is not processing events at the moment.');
  });

  it('shows each event that was refused, what waits behind it, and what to do', async () => {
    const board = await boardWith({}, [
      {},
      { error: null, attempts: 0 },
      { error: null, attempts: 0 },
      { subscription: 'rules', partitionkey: '/definitions', type: 'rule.defined', attempts: 1 },
      { subscription: 'rules', partition: 2, askedAt: '2026-11-22T07:59:00Z' },
    ]);
    const text = await read(board);
    expect(text).toContain('Events are parked');
    expect(text).toContain('Views Reception (main) since 10 minutes ago backup.logged failed 6 times');
    expect(text).toContain('the row has no such column 2 later events of this server queued behind it.');
    expect(text).toContain('wardround parked discard views.0.0.1 --reason "…"');
    expect(text).toContain('Rules /definitions since 10 minutes ago rule.defined failed once');
    expect(text).toContain('Retry requested 1 minute ago');
    const { text: html } = await load(board, '/system');
    expect([...html.matchAll(/data-api="([^"]+)"[^>]*?(disabled)?>/g)].map(([, api, off]) => [api, off])).toEqual([
      ['/api/v1/parked/rules.0.0.4/retry', undefined],
      ['/api/v1/parked/rules.2.0.5/retry', 'disabled'],
      ['/api/v1/parked/views.0.0.1/retry', undefined],
    ]);
  });

  it('names the plugins that cannot be used, also those that the configuration does not name', async () => {
    const board = await boardWith({});
    expect(await read(board)).not.toContain('Plugins that cannot be used');
    board.pluginProblems = [{ folder: 'channels/fax', message: '/plugins/channels/fax has no plugin.js' }];
    expect(await read(board)).toContain('Plugins that cannot be used /plugins/channels/fax has no plugin.js');
  });

  it('is fetched anew as a section of its own', async () => {
    const board = await boardWith({});
    const { text } = await load(board, '/fragments/system');
    expect(text).toMatch(/^<section id="system" class="system" data-section="system" data-src="\/fragments\/system"/);
    expect((await load(board, '/system')).text).toContain(text.trim());
  });

  it('is told to open pages when it has changed', async () => {
    const board = await boardWith({});
    const leaving = new AbortController();
    const answer = await fetch(`${board.url}/live`, { signal: leaving.signal });
    let heard = '';
    for await (const chunk of answer.body ?? []) {
      heard += Buffer.from(chunk).toString();
      if (heard.includes('hello') && !heard.includes('changed'))
        board.changeReport({ ...wellReport, outboxWaiting: 5 });
      if (heard.includes('data: system')) break;
    }
    leaving.abort();
    expect(heard).toContain('event: changed');
    expect(await read(board, '/fragments/system')).toContain('5 decisions');
  });

  it('is there also while the database is not available', async () => {
    const board = await boardWith({ parts: [{ name: 'the views', trouble: 'the database is not available' }] });
    await board.store.close();
    const text = await read(board);
    expect(text).toContain('The status is not available');
    expect(text).toContain('Views: the database is not available');
    expect(text).toContain('Parked events cannot be read at the moment.');
    expect((await load(board, '/fragments/system')).status).toBe(200);
  });
});
