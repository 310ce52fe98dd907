import { describe, expect, it, jest } from '@jest/globals';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { copyTo, jobOf, makeSource, rewrite } from '../fixtures/jobs.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { SetClock, texts, until, Ward } from '../fixtures/ward.js';

jest.setTimeout(180_000);

const dayMs = 86_400_000;

const startedSchema = z.looseObject({ runId: z.string().optional() });
const runIdIn = (body: unknown) => startedSchema.parse(body).runId;

describe('runs', () => {
  it('of one job never overlap: a second start is a conflict that names the run in progress', async () => {
    const source = makeSource('x');
    for (let number = 0; number < 500; number++) writeFileSync(join(source, `file-${number}`), 'x');
    const ward = await Ward.openForTest({
      configuration: { backups: [jobOf('records', source, { localCopy: { path: join(tempFolder(), 'local') } })] },
    });
    const starts = await Promise.all([1, 2].map(() => ward.post('/api/v1/jobs/records/runs')));
    const runId = z.string().parse(starts.map(({ body }) => runIdIn(body)).find((id) => id !== undefined));
    expect(starts.map(({ status }) => status).sort()).toEqual([202, 409]);
    expect(starts.map(({ body }) => runIdIn(body))).toEqual([runId, runId]);
    // Anyone who hears of the run in progress can follow it at once.
    expect(await ward.get(`/api/v1/runs/${runId}`)).toMatchObject({
      status: 200,
      body: { runId, outcome: 'running' },
    });
    const second = await ward.post('/api/v1/jobs/records/runs');
    expect(second).toMatchObject({ status: 409, body: { code: 'conflict', runId } });
    expect(JSON.stringify(second.body)).toContain(`already running (run ${runId})`);
    expect(await ward.ended(runId)).toMatchObject({ outcome: 'succeeded' });
    expect(await ward.runs()).toHaveLength(1);
    expect(await ward.run('records')).toMatchObject({ outcome: 'succeeded' });
  });

  it('in progress when the process is stopped are ended, recorded as failed, and leave no snapshot', async () => {
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
    expect(readdirSync(join(local, 'records')).filter((name) => /^\d.*Z$/.test(name))).toEqual([]);
    expect(await again.run('records')).toMatchObject({ outcome: 'succeeded', files: 3001 });
  });

  it('without their own local copy make one in the data folder, and remove it, whatever happens', async () => {
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
    expect(texts(run)).toContain('verify local-copy: Verifying the local copy');
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
      const left = readdirSync(join(folder, destination === 'second' ? 'second' : 'local', 'records'));
      expect(left.filter((name) => name !== '.wardround.json')).toEqual(names.slice(2));
      const known = (await ward.snapshots()).filter((row) => row.destination === destination);
      expect(known.map(({ snapshot }) => snapshot)).toEqual(names.slice(2).reverse());
    }
    const last = (await ward.runs())[0];
    expect(last && texts(last)).toContainEqual(expect.stringMatching(/^tidy up: Snapshot .* is older than 2 days/));
  });
});
