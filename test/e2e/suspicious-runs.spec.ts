import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from '#sqlite';
import { Command } from '../fixtures/command.js';
import { copyTo, jobOf } from '../fixtures/jobs.js';
import { RemovableDisk } from '../fixtures/removable-disk.js';
import { whyNoSmallDisk } from '../fixtures/small-disk.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { SetClock, texts, Ward, type Run } from '../fixtures/ward.js';

jest.setTimeout(240_000);

const dayMs = 86_400_000;
const keep = { days: 1, atLeast: 1 };

const reason = whyNoSmallDisk();
if (reason !== null) process.stderr.write(`skipped: sources on disks that are taken away: ${reason}\n`);

function fill(folder: string, files: number, prefix = 'letter'): void {
  mkdirSync(folder, { recursive: true });
  for (let number = 0; number < files; number++) writeFileSync(join(folder, `${prefix}-${number}`), `Letter ${number}`);
}

function namesIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.endsWith('Z'));
}

function kindsOf({ suspicions }: Run): readonly string[] {
  return suspicions.map(({ kind }) => kind);
}

describe('a backup of which something may be missing', () => {
  const clock = new SetClock(Date.parse('2026-11-22T02:00:00Z'));
  let place = '';
  let ward: Ward;

  /** A job over one folder, with a local copy and a further one. */
  async function open(source: string, parts: object = {}): Promise<void> {
    place = tempFolder();
    const places = { localCopy: { path: join(place, 'local') }, copies: [copyTo('second', join(place, 'second'))] };
    const configuration = { backups: [jobOf('records', source, { ...places, keep, ...parts })] };
    ward = await Ward.openForTest({ clock, configuration });
  }

  async function nights(count: number): Promise<Run[]> {
    const runs: Run[] = [];
    for (let night = 0; night < count; night++) {
      clock.advance(dayMs);
      runs.push(await ward.run('records'));
    }
    return runs;
  }

  const snapshots = () => [...namesIn(join(place, 'local', 'records')), ...namesIn(join(place, 'second', 'records'))];

  let disk: RemovableDisk | null = null;
  afterEach(() => disk?.destroy());
  const onLinux = reason === null ? it : it.skip;

  describe('for its disk is not mounted', () => {
    onLinux('F4: is suspicious, stays, removes nothing, and is good again when the disk is back', async () => {
      disk = RemovableDisk.connectAt(join(tempFolder(), 'data'));
      fill(disk.mountPoint, 5);
      await open(disk.mountPoint);
      await nights(2);
      const good = snapshots();
      disk.disconnect();
      const bad = await nights(4);
      expect(bad.map(({ outcome }) => outcome)).toEqual(Array(4).fill('suspicious'));
      const [first] = bad;
      expect(first && kindsOf(first)).toEqual(['emptied', 'other-file-system']);
      expect(first?.copies.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded']);
      const lines = first?.protocol.lines.filter(({ level }) => level === 'error').map(({ text }) => text) ?? [];
      expect(lines[0]).toMatch(/^Source files: 0 files, 0 B now, 5 files, 40 B in the last good backup/);
      expect(lines[1]).toContain(`${disk.mountPoint} is on the file system of`);
      expect(await ward.events('snapshot.removed')).toHaveLength(0);
      expect(snapshots()).toEqual(expect.arrayContaining([...good]));
      disk.connect();
      const [again] = await nights(1);
      expect(again).toMatchObject({ outcome: 'succeeded', suspicions: [], files: 5 });
    });

    onLinux('H3: for longer than snapshots are kept, takes none of the good ones', async () => {
      disk = RemovableDisk.connectAt(join(tempFolder(), 'data'));
      fill(disk.mountPoint, 5);
      await open(disk.mountPoint, { copies: [], keep: { days: 3, atLeast: 3 } });
      await nights(3);
      const good = namesIn(join(place, 'local', 'records'));
      disk.disconnect();
      const bad = await nights(7);
      expect(new Set(bad.map(({ outcome }) => outcome))).toEqual(new Set(['suspicious']));
      expect(namesIn(join(place, 'local', 'records')).slice(0, 3)).toEqual(good);
      const { body } = await ward.get('/api/v1/jobs');
      expect(body).toMatchObject({ items: [{ lastSuccess: { files: 5 }, lastRun: { outcome: 'suspicious' } }] });
      disk.connect();
      await nights(1);
      // The suspicious ones are not the newest three: two of the good ones stay beside the new one.
      expect(namesIn(join(place, 'local', 'records'))).toEqual(expect.arrayContaining(good.slice(1)));
      // What is restored without saying which one is not a suspicious one either.
      const { files } = await ward.restore('records', { to: join(tempFolder(), 'restored') });
      expect(files).toBe(5);
    });

    onLinux('F4 kind: a disk below the folder, whose files are few beside the others', async () => {
      const folder = join(tempFolder(), 'srv');
      fill(folder, 200);
      disk = RemovableDisk.connectAt(join(folder, 'scans'));
      fill(disk.mountPoint, 3, 'scan');
      await open(folder);
      await nights(1);
      disk.disconnect();
      const [run] = await nights(1);
      expect(run).toMatchObject({ outcome: 'suspicious', files: 200 });
      expect(run && kindsOf(run)).toEqual(['other-file-system']);
    });

    onLinux('F4 kind: one of two paths of a source', async () => {
      const folder = join(tempFolder(), 'home');
      fill(folder, 200);
      disk = RemovableDisk.connectAt(join(tempFolder(), 'data'));
      fill(disk.mountPoint, 3);
      const paths = [folder, disk.mountPoint];
      await open(folder, { sources: [{ name: 'files', plugin: 'folder', parameters: { paths } }] });
      await nights(1);
      disk.disconnect();
      const [run] = await nights(1);
      expect(run).toMatchObject({ outcome: 'suspicious', files: 200 });
    });

    onLinux('F4 kind: another disk with as many files', async () => {
      disk = RemovableDisk.connectAt(join(tempFolder(), 'data'));
      fill(disk.mountPoint, 5);
      await open(disk.mountPoint);
      await nights(1);
      disk.disconnect();
      fill(disk.mountPoint, 5);
      const [run] = await nights(1);
      expect(run).toMatchObject({ outcome: 'suspicious', files: 5 });
    });
  });

  it('F4 kind: for a folder was emptied; once a person accepts it, it is the one to compare with', async () => {
    const source = join(tempFolder(), 'records');
    fill(source, 40);
    await open(source);
    await nights(1);
    for (let number = 0; number < 30; number++) rmSync(join(source, `letter-${number}`));
    const [less] = await nights(1);
    expect(less).toMatchObject({ outcome: 'suspicious', files: 10 });
    const address = `/api/v1/runs/${less?.runId}/accept`;
    const accepted = await ward.post(address, { note: 'tidied up' });
    expect(accepted).toMatchObject({ status: 200, body: { outcome: 'succeeded', accepted: { note: 'tidied up' } } });
    expect(await ward.post(address)).toMatchObject({ status: 409 });
    const [after, nothing] = [
      ...(await nights(1)),
      ...(rmSync(source, { recursive: true }), fill(source, 0), await nights(1)),
    ];
    expect(after).toMatchObject({ outcome: 'succeeded', files: 10 });
    expect(nothing).toMatchObject({ outcome: 'suspicious', files: 0 });
  });

  it('F4: exits with 1 on the command line, which also accepts it', async () => {
    const source = join(tempFolder(), 'records');
    fill(source, 5);
    await open(source);
    await nights(1);
    for (const name of readdirSync(source)) rmSync(join(source, name));
    clock.advance(dayMs);
    const run = await Command.run(ward.folder, 'backup', 'run', 'records');
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('wardround: the backup records is suspicious');
    expect(run.stderr).toContain('Source files: 0 files, 0 B now, 5 files, 40 B in the last good backup');
    const accepted = await Command.run(
      ward.folder,
      'backup',
      'accept',
      'records',
      '--note',
      'all letters are answered',
    );
    expect(accepted).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await nights(1)).toMatchObject([{ outcome: 'succeeded', files: 0 }]);
    expect(await Command.run(ward.folder, 'backup', 'accept', 'records')).toMatchObject({ exitCode: 1 });
  });

  it('F4 kind: for its database was made again', async () => {
    const file = join(tempFolder(), 'practice.db');
    const make = (patients: number) => {
      rmSync(file, { force: true });
      const database = new Database(file);
      database.exec('CREATE TABLE patients (name TEXT)');
      const insert = database.prepare('INSERT INTO patients VALUES (?)');
      for (let number = 0; number < patients; number++) insert.run(`Patient ${number}: ${'x'.repeat(400)}`);
      database.close();
    };
    make(1000);
    await open(file, { sources: [{ name: 'practice', plugin: 'sqlite', parameters: { file } }] });
    expect(await nights(2)).toMatchObject([{ outcome: 'succeeded' }, { outcome: 'succeeded' }]);
    make(0);
    const [run] = await nights(1);
    expect(run).toMatchObject({ outcome: 'suspicious', suspicions: [{ source: 'practice', kind: 'fewer-bytes' }] });
  });

  it('is as suspicious as the job says', async () => {
    const source = join(tempFolder(), 'records');
    fill(source, 100);
    await open(source, { suspicious: { fewerFiles: '10%', fewerBytes: '0%' } });
    await nights(1);
    for (let number = 0; number < 80; number++) rmSync(join(source, `letter-${number}`));
    const [run] = await nights(1);
    expect(run).toMatchObject({ outcome: 'succeeded', files: 20 });
  });

  /** Starts a run, and resolves when it has looked at all files and is about to copy the first. */
  async function startCopying(): Promise<string> {
    const runId = await ward.start('records');
    // The folders of the snapshot are made when the look is over, and before the first file is copied.
    const copies = () => {
      const job = join(place, 'local', 'records');
      const partial = existsSync(job) ? readdirSync(job).find((name) => name.endsWith('.partial')) : undefined;
      return partial !== undefined && existsSync(join(job, partial, 'files', 'files'));
    };
    while (!copies()) await new Promise((resolve) => setTimeout(resolve, 1));
    return runId;
  }

  async function endsVanished(runId: string): Promise<void> {
    const run = await ward.ended(runId);
    expect(run).toMatchObject({ outcome: 'suspicious', suspicions: [{ source: 'files', kind: 'vanished' }] });
    expect(texts(run).join('\n')).not.toContain('The backup succeeded');
  }

  it('H15: for thousands of files vanished between the look and the copying', async () => {
    const source = join(tempFolder(), 'records');
    fill(join(source, 'sub'), 3000);
    await open(source, { copies: [] });
    const runId = await startCopying();
    renameSync(source, `${source}-elsewhere`);
    mkdirSync(source);
    await endsVanished(runId);
  });

  onLinux('H15: for its disk was unmounted between the look and the copying', async () => {
    disk = RemovableDisk.connectAt(join(tempFolder(), 'data'));
    fill(join(disk.mountPoint, 'sub'), 2000);
    await open(disk.mountPoint, { copies: [] });
    const runId = await startCopying();
    disk.disconnect();
    await endsVanished(runId);
  });

  onLinux('H15 kind: for a disk below its folder was unmounted while it was copied', async () => {
    const source = join(tempFolder(), 'records');
    fill(source, 10);
    disk = RemovableDisk.connectAt(join(source, 'data'));
    fill(join(disk.mountPoint, 'sub'), 2000);
    await open(source, { copies: [] });
    const runId = await startCopying();
    disk.disconnect();
    await endsVanished(runId);
  });

  it('F7, H4: where the clock leaps, nothing is removed, in this run and the next, and all continues when it agrees', async () => {
    const source = join(tempFolder(), 'records');
    fill(source, 5);
    await open(source, { copies: [], keep: { days: 3, atLeast: 3 } });
    const local = join(place, 'local', 'records');
    await nights(6);
    const before = namesIn(local);
    expect(before).toHaveLength(4);
    clock.advance(730 * dayMs);
    const leapt = await ward.run('records');
    expect(leapt).toMatchObject({ outcome: 'succeeded', suspicions: [{ kind: 'clock' }] });
    expect(texts(leapt).join('\n')).toContain('the computer was off, or its clock jumped');
    clock.advance(60_000);
    await ward.run('records');
    expect(namesIn(local)).toEqual(expect.arrayContaining([...before]));
    clock.advance(-730 * dayMs);
    expect(await ward.run('records')).toMatchObject({ outcome: 'succeeded', suspicions: [{ kind: 'clock' }] });
    expect(namesIn(local)).toEqual(expect.arrayContaining([...before]));
    const [agreed] = await nights(1);
    expect(agreed).toMatchObject({ outcome: 'succeeded', suspicions: [] });
    expect(texts(agreed as Run).join('\n')).toContain('are dated in the future');
    // Two from the future, and of the others as many as are kept.
    expect(namesIn(local).filter((name) => name > '2028')).toHaveLength(2);
    expect(namesIn(local).filter((name) => name < '2028').length).toBeGreaterThanOrEqual(4);
  });
});
