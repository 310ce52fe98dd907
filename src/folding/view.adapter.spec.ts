import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectLiteral } from 'typeorm';
import { tempFolder } from '../../test/fixtures/temp-folder.js';
import { allTables, allViews, eventTypes } from '../capabilities.js';
import type { Event, Recorded } from '../event-log/envelope.js';
import { openSqliteLog } from '../event-log/sqlite/sqlite-log.adapter.js';
import { systemClock } from '../shared/clock.adapter.js';
import { packageRoot } from '../shared/package.adapter.js';
import { SqliteViewStore } from '../store/sqlite-view-store.adapter.js';
import { asOf } from './as-of.adapter.js';
import { foldBatch, type View } from './view.adapter.js';

const folder = join(packageRoot, 'test/fixtures/events');

/** Every type of event in every version, brought up to date, as they happened: what retires and removes comes last. */
const everything = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  // That these are events is tested in their own spec.
  .map((name) => eventTypes.upcast(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Event))
  .sort((a, b) => Number(isEnd(a)) - Number(isEnd(b)) || (a.time < b.time ? -1 : 1))
  .map((event, index): Recorded => ({ event, position: { partition: 0, offset: index + 1 } }));

function isEnd({ type }: Event): boolean {
  return /retired|removed/.test(type);
}

/** The rows of a view after these batches, by table. */
async function rowsAfter(view: View, batches: readonly (readonly Recorded[])[]) {
  const store = await SqliteViewStore.open(join(tempFolder(), 'views.db'), allTables);
  for (const batch of batches) await store.write(async (tx) => void (await foldBatch(view, batch, tx)));
  const rows: Record<string, readonly ObjectLiteral[]> = {};
  for (const { entity } of view.tables) rows[entity.options.name] = inOrder(await store.read.find(entity));
  await store.close();
  return rows;
}

function inOrder(rows: readonly ObjectLiteral[]): readonly ObjectLiteral[] {
  return [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

describe.each(allViews.map((view) => ({ name: view.name, view })))('the view $name', ({ view }) => {
  const withoutEnds = everything.filter(({ event }) => !isEnd(event));

  it('is the same however the log is cut into batches, and if a batch is folded twice', async () => {
    const atOnce = await rowsAfter(view, [withoutEnds]);
    expect(Object.values(atOnce).flat().length).toBeGreaterThan(0);
    expect(
      await rowsAfter(
        view,
        withoutEnds.map((recorded) => [recorded]),
      ),
    ).toEqual(atOnce);
    expect(await rowsAfter(view, [withoutEnds, withoutEnds])).toEqual(atOnce);
  });

  it('loses what is retired or removed, in one batch as in many', async () => {
    const atOnce = await rowsAfter(view, [everything]);
    expect(await rowsAfter(view, [withoutEnds, everything.slice(withoutEnds.length)])).toEqual(atOnce);
  });
});

describe('a view as of a moment', () => {
  it('is what the same fold makes of the log up to then', async () => {
    let now = Date.parse('2026-11-22T08:00:00Z');
    const log = await openSqliteLog({
      file: join(tempFolder(), 'events.db'),
      clock: { now: () => now },
      eventTypes,
    });
    const [first, second] = ['reception', 'x-ray'].map((server) => {
      const key = `/sites/main/servers/${server}`;
      return {
        ...{ specversion: '1.0' as const, id: `defined-${server}`, source: key, type: 'server.defined', subject: key },
        ...{ time: '2020-01-01T00:00:00.000Z', datacontenttype: 'application/json' as const, partitionkey: key },
        dataschema: 'urn:wardround:event:server.defined:v1',
        data: { site: 'main', server, definition: { name: server } },
      };
    });
    if (!first || !second) throw new TypeError('there are two');
    await log.append([first]);
    const between = now + 1;
    now += 60_000;
    await log.append([second]);
    const definitions = allViews.find(({ name }) => name === 'definitions');
    if (!definitions) throw new TypeError('there is such a view');
    const names = async (moment: number) =>
      (await asOf(definitions, log, moment)).get('definitions')?.map((row): unknown => row['name']);
    expect(await names(between)).toEqual(['reception']);
    expect(await names(systemClock.now())).toEqual(['reception', 'x-ray']);
    await log.close();
  });
});
