import { describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { copyTo, jobOf, makeSource, rewrite } from '../fixtures/jobs.js';
import { SmallDisk, whyNoSmallDisk } from '../fixtures/small-disk.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { restoredAs, texts, troubles, Ward } from '../fixtures/ward.js';

jest.setTimeout(180_000);

const reason = whyNoSmallDisk();
const onDisk = reason === null ? it : it.skip;
const skipped = reason === null ? '' : ` (skipped: ${reason})`;

describe('a drive', () => {
  onDisk(`F2: that is not connected fails its copy, and nothing is made in its place${skipped}`, async () => {
    const source = makeSource('old');
    const disk = SmallDisk.mount(16);
    const usb = join(disk.folder, 'wardround');
    const job = jobOf('records', source, {
      localCopy: { path: join(tempFolder(), 'local') },
      copies: [copyTo('usb', usb)],
    });
    const ward = await Ward.openForTest({ configuration: { backups: [job] } });
    expect(await ward.run('records')).toMatchObject({ outcome: 'succeeded' });
    execFileSync('umount', ['--lazy', disk.folder]);

    const run = await ward.run('records');
    expect(run.copies).toMatchObject([
      { destination: 'local-copy', outcome: 'succeeded' },
      { destination: 'usb', outcome: 'failed', error: { code: 'destination-unusable' } },
    ]);
    expect(run.error?.text).toContain(`${usb} is not the same place as before: this job has 1 snapshot there`);
    expect(run.error?.text).toContain('wardround backup run records --new-place usb');
    expect(readdirSync(disk.folder)).toEqual([]);

    // Another drive, of which a person says so.
    const bad = await ward.post('/api/v1/jobs/records/runs', { newPlaces: ['tape'] });
    expect(bad).toMatchObject({ status: 400, body: { code: 'bad-request' } });
    const { body } = await ward.post('/api/v1/jobs/records/runs', { newPlaces: ['usb'] });
    const told = await ward.ended(String(Reflect.get(Object(body), 'runId')));
    expect(told).toMatchObject({ outcome: 'succeeded' });
    expect(texts(told)).toContain('start: Started on demand by api, with a new place for usb');
    expect(await ward.run('records')).toMatchObject({ outcome: 'succeeded' });
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', disk.folder]);
  });

  onDisk(
    `F2 kind: for the local copy that is not connected ends the run before anything is copied${skipped}`,
    async () => {
      const disk = SmallDisk.mount(16);
      const job = jobOf('records', makeSource('old'), {
        localCopy: { path: join(disk.folder, 'local') },
        copies: [copyTo('second', join(tempFolder(), 'second'))],
      });
      const ward = await Ward.openForTest({ configuration: { backups: [job] } });
      await ward.run('records');
      execFileSync('umount', ['--lazy', disk.folder]);
      const run = await ward.run('records');
      expect(run).toMatchObject({ outcome: 'failed', error: { code: 'destination-unusable' } });
      expect(run.error?.text).toContain('--new-place local-copy');
      expect(readdirSync(disk.folder)).toEqual([]);
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', disk.folder]);
    },
  );
});

describe('two computers with one destination', () => {
  it('H13: and one name for all hold their own files only, at once and in turn, and remove only their own', async () => {
    const shared = tempFolder();
    const wards = [];
    for (const text of ['of computer A', 'of computer B']) {
      const source = join(tempFolder(), 'records');
      mkdirSync(source);
      rewrite(source, text);
      const job = jobOf('records', source, { copies: [copyTo('share', shared)], keep: { days: 1, atLeast: 1 } });
      wards.push({ text, source, ward: await Ward.openForTest({ configuration: { backups: [job] } }) });
    }
    for (const round of [1, 2]) {
      const runs = await Promise.all(wards.map(({ ward }) => ward.run('records')));
      expect({ round, outcomes: runs.map(({ outcome }) => outcome) }).toEqual({
        round,
        outcomes: ['succeeded', 'succeeded'],
      });
      expect(runs.flatMap(troubles)).toEqual([]);
    }
    expect(readdirSync(shared)).toHaveLength(2);
    for (const { ward, text, source } of wards) {
      const to = join(tempFolder(), 'restored');
      await ward.restore('records', { to });
      expect(readFileSync(join(restoredAs(to, 'files', source), 'record.txt'), 'utf8')).toBe(text);
    }
  });
});

describe('a snapshot at a destination', () => {
  it.each(['local-copy', 'second'])('S4: that was altered at %s is not restored, in words', async (destination) => {
    const folder = tempFolder();
    const source = makeSource('old');
    const job = jobOf('records', source, {
      localCopy: { path: join(folder, 'local') },
      copies: [copyTo('second', join(folder, 'second'))],
    });
    const ward = await Ward.openForTest({ configuration: { backups: [job] } });
    await ward.run('records');
    rewrite(source, 'newer');
    await ward.run('records');
    const [newest, older] = (await ward.snapshots()).filter((row) => row.destination === destination);
    const [at, before] = [newest?.place ?? '', older?.place ?? ''];

    // Another day's snapshot, complete and well signed, in its place.
    renameSync(at, `${at}-away`);
    execFileSync('cp', ['-a', before, at]);
    const restoring = ward.post('/api/v1/jobs/records/restores', { to: join(folder, 'to'), destination });
    const { status, body } = await restoring;
    expect(status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(body)).toMatch(/was replaced with|altered or replaced/);
    expect(existsSync(join(folder, 'to'))).toBe(false);
    rmSync(at, { recursive: true });
    renameSync(`${at}-away`, at);
    const good = await ward.restore('records', { to: join(folder, 'good'), destination });
    expect(good.snapshot).toBe(basename(at));
  });
});

describe('jobs that back up one folder into itself', () => {
  it('F22: do not back up the backups of each other', async () => {
    const source = makeSource('old');
    const jobs = [
      jobOf('j', source, {
        localCopy: { path: join(source, 'backups') },
        copies: [copyTo('usb', join(source, 'usb'))],
      }),
      jobOf('k', source, { localCopy: { path: join(source, 'other') } }),
    ];
    const ward = await Ward.openForTest({ configuration: { backups: jobs } });
    for (const round of [1, 2, 3]) {
      for (const name of ['j', 'k']) {
        const { outcome, files } = await ward.run(name);
        expect({ round, name, outcome, files }).toEqual({ round, name, outcome: 'succeeded', files: 1 });
      }
    }
  });
});

describe('a file that keeps its size and time', () => {
  it('F1: is in the next snapshot as it is', async () => {
    const source = makeSource('first');
    const local = join(tempFolder(), 'local');
    const ward = await Ward.openForTest({
      configuration: { backups: [jobOf('records', source, { localCopy: { path: local } })] },
    });
    await ward.run('records');
    const file = join(source, 'record.txt');
    const { mtimeMs } = statSync(file);
    rewrite(source, 'other');
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
    await ward.run('records');
    const to = join(tempFolder(), 'to');
    await ward.restore('records', { to });
    expect(readFileSync(join(restoredAs(to, 'files', source), 'record.txt'), 'utf8')).toBe('other');
  });
});

describe('snapshots from before they were signed', () => {
  it('are verified, restored, shared with and kept on', async () => {
    const folder = tempFolder();
    const source = makeSource('old');
    const local = join(folder, 'local');
    const job = jobOf('records', source, { localCopy: { path: local } });
    const ward = await Ward.openForTest({ configuration: { backups: [job] } });
    const first = await ward.run('records');
    const place = first.copies[0]?.place ?? '';
    asVersion1(place);
    rmSync(join(local, 'records', '.wardround.json'));

    const run = await ward.run('records');
    expect(run).toMatchObject({ outcome: 'succeeded' });
    expect(troubles(run)).toEqual([]);
    expect(existsSync(join(local, 'records', '.wardround.json'))).toBe(true);
    const to = join(folder, 'to');
    await ward.restore('records', { to, snapshot: basename(place) });
    expect(readdirSync(to)).toEqual(['files']);
  });
});

/** Its `snapshot.json` as an earlier version wrote it; the manifest, which the log knows, stays. */
function asVersion1(place: string): void {
  const info = readFileSync(join(place, 'snapshot.json'), 'utf8');
  const text = info
    .replace('"version": 2', '"version": 1')
    .replace(/ {2}"origin": \{[^}]*\},\n/, '')
    .replace(/,\n {2}"signature": \{[^}]*\}/, '');
  writeFileSync(join(place, 'snapshot.json'), text);
  const sums = readFileSync(join(place, 'SHA256SUMS'), 'utf8');
  const sum = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(place, 'SHA256SUMS'), sums.replace(/^\w+( {2}snapshot\.json)$/m, `${sum}$1`));
}
