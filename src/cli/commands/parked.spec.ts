import { theSystem } from '../../access/principal.js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { openApiServer, token, type ApiServer } from '../../../test/fixtures/api-server.js';
import { clinicNow, result } from '../../../test/fixtures/clinic-day.js';
import { readAll } from '../../event-log/event-log.js';
import { checkupHistory } from '../../checkups/views/checkup-status/checkup-status.queries.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import { ApiClient } from '../api-client.js';
import type { Work } from '../command.js';
import { HttpTransport } from '../http-transport.adapter.js';
import { noColour } from '../style.js';
import { parkedDiscard, parkedList, parkedRetry, parkedShow } from './parked.js';

let server: ApiServer;
let printed: string;

beforeEach(async () => {
  server = await openApiServer({ now: clinicNow });
  printed = '';
});
afterEach(() => server.close());

/** Three results of one server, of which the views are said to have refused the first. */
async function park(): Promise<void> {
  await server.tell(['a', 'b', 'c'].map((checkup, second) => result(checkup, 'ok', clinicNow + second)));
  for await (const batch of server.log.read({})) await server.park(batch);
}

function work(json = false): Work {
  return {
    client: new ApiClient(new HttpTransport(server.url, token, 'cli:anna')),
    terminal: {
      out: (text) => (printed += text),
      error: (text) => (printed += text),
      isScreen: false,
      columns: 80,
      paint: noColour,
    },
    json,
    timeZone: 'UTC',
    interrupted: new AbortController().signal,
    now: () => clinicNow,
    pause: (ms) => sleep(ms / 10),
  };
}

describe('wardround parked', () => {
  it('lists what waits by what it waits behind, or says that nothing does', async () => {
    expect(await parkedList(work(), {})).toBe(0);
    expect(printed).toBe('No event is parked.\n');
    await park();
    printed = '';
    await parkedList(work(), {});
    expect(printed).toContain(
      'ID           KEY                            TYPE               BEHIND IT  TRIED  PARKED            WHY\n' +
        'views.0.0.1  /sites/main/servers/reception  checkup.completed          2      6  2026-11-22 08:00  the fold has a fault\n',
    );
    printed = '';
    await parkedList(work(true), { subscription: 'views' });
    expect(JSON.parse(printed)).toMatchObject([{ id: 'views.0.0.1' }, { error: null }, { attempts: 0 }]);
    printed = '';
    await parkedList(work(true), { subscription: 'rules' });
    expect(JSON.parse(printed)).toEqual([]);
  });

  it('shows why an event waits, and the event', async () => {
    await park();
    await parkedShow(work(), 'views.0.0.2');
    expect(printed).toMatch(/refused by +views\nwhy +not refused: queued behind another event/);
    expect(printed).toMatch(/check-up b ok: b is ok.*\n\{.*"checkup":"b"/);
    printed = '';
    await parkedShow(work(true), 'views.0.0.1');
    expect(JSON.parse(printed)).toMatchObject({ error: 'the fold has a fault', event: { data: { checkup: 'a' } } });
    await expect(parkedShow(work(), 'views.0.0.9')).rejects.toThrow('there is no parked event views.0.0.9');
  });

  it('has a key tried again, and tells what became of it', async () => {
    await park();
    expect(await parkedRetry(work(), { id: 'views.0.0.3' })).toBe(0);
    expect(printed).toBe('3 events retried successfully.\n');
  });

  it('has all tried again, and shows what was refused again', async () => {
    await park();
    const store = server.app.get(ViewStore);
    await store.write(async (tx) => {
      const fault = `BEGIN SELECT RAISE(ABORT, 'the second fault'); END`;
      await tx.query(`CREATE TRIGGER fault BEFORE INSERT ON checkup_results WHEN NEW."checkupId" LIKE '%.b' ${fault}`);
      await tx.query('DELETE FROM checkup_results');
    });
    expect(await parkedRetry(work(), { subscription: 'views' })).toBe(1);
    expect(printed).toMatch(/^Failed again:/);
    expect(printed).toMatch(/views\.0\.0\.2 .* 1 .*the second fault/);
    expect(
      (await checkupHistory(theSystem, store.read, 'main.reception.a', { limit: 9, after: null })).items,
    ).toHaveLength(1);
    printed = '';
    expect(await parkedRetry(work(true), {})).toBe(1);
    expect(JSON.parse(printed)).toMatchObject({ asked: 2, left: [{ attempts: 2 }, { attempts: 0 }] });
  });

  it('discards one, and has the rest of its key tried', async () => {
    await park();
    expect(await parkedDiscard(work(), 'views.0.0.1', 'a test of the probe')).toBe(0);
    expect(printed).toBe(
      'views.0.0.1 discarded. The event log records who did it and why.\n2 events retried successfully.\n',
    );
    expect(await readAll(server.log, { types: ['event.discarded'] })).toMatchObject([
      { actor: 'cli:anna', data: { reason: 'a test of the probe' } },
    ]);
  });
});
