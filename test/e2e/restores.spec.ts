import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { copyTo, jobOf, makeSource, rewrite } from '../fixtures/jobs.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { restoredAs, Ward } from '../fixtures/ward.js';

jest.setTimeout(180_000);

function restoredText(to: string, source: string): string {
  return readFileSync(join(restoredAs(to, 'files', source), 'record.txt'), 'utf8');
}

describe('restores', () => {
  const source = makeSource('old');
  const folder = tempFolder();
  let ward: Ward;
  let snapshots: readonly string[];

  beforeAll(async () => {
    const job = jobOf('records', source, {
      localCopy: { path: join(folder, 'local') },
      copies: [copyTo('second', join(folder, 'second'))],
    });
    ward = await Ward.open({ configuration: { backups: [job] } });
    const nameOf = async () => basename((await ward.run('records')).copies[0]?.place ?? '');
    const first = await nameOf();
    rewrite(source, 'newer');
    snapshots = [first, await nameOf()];
  });
  afterAll(() => ward.close());

  const absent = (name: string) => join(folder, 'restored', name);

  it('bring back the newest snapshot from the nearest place, if nothing else is said', async () => {
    const to = absent('newest');
    const result = await ward.restore('records', { to });
    expect(result).toMatchObject({ snapshot: snapshots[1], destination: 'local-copy', to, files: 1, bytes: 5 });
    expect(restoredText(to, source)).toBe('newer');
  });

  it('bring back the snapshot and from the destination that is named', async () => {
    const to = absent('named');
    const result = await ward.restore('records', { to, snapshot: snapshots[0] ?? '', destination: 'second' });
    expect(result).toMatchObject({ snapshot: snapshots[0], destination: 'second', files: 1, bytes: 3 });
    expect(restoredText(to, source)).toBe('old');
    const events = await ward.events('backup.restored');
    expect(events.at(-1)).toMatchObject({ actor: 'api', data: { to, outcome: 'succeeded', destination: 'second' } });
  });

  it('write into no folder that holds something', async () => {
    const to = absent('full');
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, 'mine'), 'mine');
    for (const destination of ['local-copy', 'second']) {
      const { status, body } = await ward.post('/api/v1/jobs/records/restores', { to, destination });
      expect({ status, body }).toMatchObject({ status: 409, body: { code: 'conflict' } });
      expect(JSON.stringify(body)).toContain(`${to} is not empty. Specify an empty or new folder`);
    }
    expect(readdirSync(to)).toEqual(['mine']);
    expect((await ward.events('backup.restored')).at(-1)).toMatchObject({ data: { to, outcome: 'failed' } });
  });

  it('F40 kind: write into no place that holds snapshots, nor into a snapshot', async () => {
    const { place } = z
      .object({ items: z.tuple([z.looseObject({ place: z.string() })]).rest(z.unknown()) })
      .parse((await ward.get('/api/v1/snapshots')).body).items[0];
    for (const to of [dirname(place), join(place, 'restored'), join(place, '..', 'new'), `${dirname(place)}/new/`]) {
      const { status, body } = await ward.post('/api/v1/jobs/records/restores', { to });
      expect({ status, body }).toMatchObject({ status: 400, body: { code: 'bad-request' } });
      expect(JSON.stringify(body)).toContain('which holds the snapshots of a job');
    }
    const link = join(folder, 'elsewhere');
    symlinkSync(dirname(place), link);
    const linked = await ward.post('/api/v1/jobs/records/restores', { to: join(link, 'new') });
    expect(linked).toMatchObject({ status: 400, body: { code: 'bad-request' } });
    const beside = join(dirname(place), '..', 'beside');
    expect((await ward.post('/api/v1/jobs/records/restores', { to: beside })).status).toBe(200);
  });

  it('name the snapshots that there are when they are asked for another', async () => {
    const { status, body } = await ward.post('/api/v1/jobs/records/restores', {
      to: absent('unknown'),
      snapshot: '2001-01-01T00-00-00Z',
    });
    expect({ status, body }).toMatchObject({ status: 404, body: { code: 'not-found' } });
    for (const name of snapshots) expect(JSON.stringify(body)).toContain(name);
    expect(existsSync(absent('unknown'))).toBe(false);
  });

  it('are refused without the token of the process, and into a path that is not absolute', async () => {
    const address = new URL('/api/v1/jobs/records/restores', ward.url);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ to: absent('no-token') });
    expect((await fetch(address, { method: 'POST', headers, body })).status).toBe(401);
    const relative = await ward.post('/api/v1/jobs/records/restores', { to: 'restored' });
    expect(relative).toMatchObject({ status: 400, body: { code: 'bad-request' } });
  });

  it('of a damaged snapshot say which file is damaged', async () => {
    const stored = join(folder, 'second', 'records', snapshots[1] ?? '', 'files');
    const file = readdirSync(stored, { recursive: true }).find((path) => String(path).endsWith('record.txt'));
    writeFileSync(join(stored, String(file)), 'rotte');
    const to = absent('damaged');
    const { status, body } = await ward.post('/api/v1/jobs/records/restores', { to, destination: 'second' });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(body)).toContain('record.txt');
    expect((await ward.events('backup.restored')).at(-1)).toMatchObject({ data: { to, outcome: 'failed' } });
  });
});
