import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join, parse } from 'node:path';
import { tempFolder } from '../fixtures/temp-folder.js';
import { SetClock, texts, until, Ward } from '../fixtures/ward.js';

jest.setTimeout(180_000);

const dayMs = 86_400_000;

/** A folder with a file of that content, old enough that nobody takes it for changing. */
function makeSource(content: string): string {
  const source = join(tempFolder(), 'records');
  mkdirSync(source);
  rewrite(source, content);
  return source;
}

function rewrite(source: string, content: string): void {
  writeFileSync(join(source, 'record.txt'), content);
  utimesSync(join(source, 'record.txt'), 1_700_000_000 + content.length, 1_700_000_000 + content.length);
}

function restoredText(to: string, source: string): string {
  return readFileSync(join(to, 'files', source.slice(parse(source).root.length), 'record.txt'), 'utf8');
}

function jobOf(name: string, source: string, parts: object = {}) {
  return { name, sources: [{ name: 'files', plugin: 'folder', parameters: { paths: [source] } }], ...parts };
}

const copyTo = (name: string, path: string) => ({ name, parameters: { path } });

describe('runs', () => {
  it('of one job never overlap: a second start is a conflict that names the run in hand', async () => {
    const source = makeSource('x');
    for (let number = 0; number < 500; number++) writeFileSync(join(source, `file-${number}`), 'x');
    const ward = await Ward.openForTest({
      configuration: { backups: [jobOf('records', source, { localCopy: { path: join(tempFolder(), 'local') } })] },
    });
    const runId = await ward.start('records');
    const second = await ward.post('/api/v1/jobs/records/runs');
    expect(second).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(JSON.stringify(second.body)).toContain(runId);
    expect(await ward.ended(runId)).toMatchObject({ outcome: 'succeeded' });
    expect(await ward.runs()).toHaveLength(1);
    expect(await ward.run('records')).toMatchObject({ outcome: 'succeeded' });
  });

  it('in hand when the process is stopped are ended, recorded as failed, and leave no snapshot', async () => {
    const source = makeSource('x');
    for (let number = 0; number < 3000; number++) writeFileSync(join(source, `file-${number}`), 'x');
    const local = join(tempFolder(), 'local');
    const configuration = { backups: [jobOf('records', source, { localCopy: { path: local } })] };
    const ward = await Ward.openForTest({ configuration });
    const runId = await ward.start('records');
    await until(
      async () => existsSync(join(local, 'records')),
      (begun) => begun,
    );
    await ward.close();

    const again = await Ward.openForTest({ configuration, folder: ward.folder });
    const [run, ...others] = await again.runs();
    expect(others).toEqual([]);
    expect(run).toMatchObject({ runId, outcome: 'failed', error: { code: 'cancelled' } });
    expect(run?.error?.text).toBe('Wardround was stopped while the backup ran. Run it again');
    expect(await again.snapshots()).toEqual([]);
    expect(readdirSync(join(local, 'records')).filter((name) => !name.endsWith('.partial'))).toEqual([]);
    expect(await again.run('records')).toMatchObject({ outcome: 'succeeded', files: 3001 });
  });

  it('without a local copy of their own make one in the data folder, and remove it, whatever happens', async () => {
    const source = makeSource('x');
    const good = join(tempFolder(), 'good');
    const blocked = join(source, 'record.txt', 'backups');
    const ward = await Ward.openForTest({
      configuration: {
        backups: [
          jobOf('records', source, { copies: [copyTo('good', good)] }),
          jobOf('failing', source, { copies: [copyTo('blocked', blocked)] }),
        ],
      },
    });
    const staging = join(ward.dataFolder, 'staging');
    const run = await ward.run('records');
    expect(run).toMatchObject({ outcome: 'succeeded', copies: [{ destination: 'good', outcome: 'succeeded' }] });
    expect(run.copies).toHaveLength(1);
    expect(texts(run)).toContain('verify local-copy: The local copy is read back');
    expect((await ward.snapshots()).map(({ destination }) => destination)).toEqual(['good']);
    expect(readdirSync(join(staging, 'records'))).toEqual([]);

    expect(await ward.run('failing')).toMatchObject({ outcome: 'failed' });
    expect(readdirSync(join(staging, 'failing'))).toEqual([]);
  });

  it('remove what is no longer kept at each place, and record it', async () => {
    const source = makeSource('first');
    const folder = tempFolder();
    const clock = new SetClock(Date.now() - 10 * dayMs);
    const keep = { days: 2, atLeast: 2 };
    const places = { localCopy: { path: join(folder, 'local') }, copies: [copyTo('second', join(folder, 'second'))] };
    const ward = await Ward.openForTest({
      clock,
      configuration: { backups: [jobOf('records', source, { ...places, keep })] },
    });
    const names: string[] = [];
    for (let day = 0; day < 4; day++) {
      rewrite(source, `day ${day}${'!'.repeat(day)}`);
      const run = await ward.run('records');
      names.push(basename(run.copies[0]?.place ?? ''));
      clock.advance(dayMs + 1000);
    }
    const [first] = names;
    // On the fourth day the first is three days old, and two younger ones are there; the second is two days old.
    const removed = (await ward.events('snapshot.removed')).map(({ data }) => data);
    expect(removed).toHaveLength(4);
    for (const destination of ['local-copy', 'second']) {
      expect(removed).toContainEqual(
        expect.objectContaining({ job: 'records', destination, snapshot: first, because: 'older-than-kept' }),
      );
      expect(readdirSync(join(folder, destination === 'second' ? 'second' : 'local', 'records'))).toEqual(
        names.slice(2),
      );
      const known = (await ward.snapshots()).filter((row) => row.destination === destination);
      expect(known.map(({ snapshot }) => snapshot)).toEqual(names.slice(2).reverse());
    }
    const last = (await ward.runs())[0];
    expect(last && texts(last)).toContainEqual(expect.stringMatching(/^tidy up: Snapshot .* is older than 2 days/));
  });
});

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
      expect(JSON.stringify(body)).toContain(`${to} is not empty. Name an empty folder`);
    }
    expect(readdirSync(to)).toEqual(['mine']);
    expect((await ward.events('backup.restored')).at(-1)).toMatchObject({ data: { to, outcome: 'failed' } });
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
