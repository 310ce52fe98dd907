import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  copySnapshot,
  listSnapshots,
  makeScratch,
  makeSnapshot,
  newSnapshotName,
  removeScratch,
  removeSnapshot,
  restoreSnapshot,
  sweepPartials,
  verifySnapshot,
  type Notice,
} from '../../plugins/sdk/index.js';
import { testContext } from '../../plugins/sdk/testing.js';
import Database from '#sqlite';
import folderDestination from '../../plugins/destinations/folder/plugin.js';
import { Command } from '../fixtures/command.js';
import { writeConfiguration } from '../fixtures/ward.js';
import { asOther, attacking, attempt, other, stopAttacks, whyNoSecondUser } from './second-user.js';

const reason = whyNoSecondUser();
if (reason !== null) {
  process.stderr.write(`skipped: what a second user of the computer may do: ${reason}\n`);
  if (process.env['CI'] && process.platform === 'linux') throw new Error(reason);
}
jest.setTimeout(60_000);

const first = '2026-11-22T02-00-00Z';
const second = '2026-11-23T02-00-00Z';

(reason === null ? describe : describe.skip)('a second user of the computer (needs Linux and root)', () => {
  let top = '';
  let notices: Notice[] = [];
  const at = (...names: string[]): string => join(top, ...names);
  const place = () => ({ root: at('backups'), job: 'nightly' });
  const onNotice = (notice: Notice): number => notices.push(notice);
  const said = (): string => notices.map(({ level, text }) => `${level}: ${text}`).join('\n');

  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'wardround-second-user-'));
    chmodSync(top, 0o755);
    notices = [];
    mkdirSync(at('live', 'folder'), { recursive: true });
    for (const name of ['a', 'b']) writeFileSync(at('live', 'folder', name), `patient ${name}`);
    // Ten files of someone else, which the second user may neither read nor change.
    mkdirSync(at('outside'), { mode: 0o755 });
    for (let index = 0; index < 10; index += 1)
      writeFileSync(at('outside', `precious-${index}`), 'secret', { mode: 0o600 });
    // As earlier versions, or the person who set it up, may have made it.
    mkdirSync(at('backups', 'nightly'), { recursive: true });
    chmodSync(at('backups', 'nightly'), 0o777);
  });
  afterEach(async () => {
    await stopAttacks();
    expect(readdirSync(at('outside'))).toHaveLength(10);
    for (const name of readdirSync(at('outside'))) {
      expect(readFileSync(at('outside', name), 'utf8')).toBe('secret');
      expect(lstatSync(at('outside', name)).mode & 0o777).toBe(0o600);
    }
    rmSync(top, { recursive: true, force: true });
  });

  function make(name: string, live = at('live')) {
    const trees = [{ path: live, as: '', recursive: true, exclude: [], owned: false }];
    const origin = { server: 'reception', runId: 'run-1' };
    return makeSnapshot({ ...place(), name, origin, sources: [{ source: 'records', trees }], onNotice });
  }

  async function whole(name: string): Promise<void> {
    await make(name);
    await verifySnapshot({ ...place(), name });
  }

  /** A link that the second user puts into the job's folder, leading to the foreign files. */
  function plant(name: string, target = at('outside')): void {
    asOther(`require('node:fs').symlinkSync(process.argv[1], process.argv[2])`, target, at('backups', 'nightly', name));
    expect(lstatSync(at('backups', 'nightly', name)).uid).toBe(other);
  }

  describe('plants links where backups go', () => {
    it('S1: a link <name>.partial beside a snapshot.json makes retention remove nothing elsewhere', async () => {
      await whole(first);
      chmodSync(at('backups', 'nightly'), 0o777);
      plant(`${first}.partial`);
      await expect(removeSnapshot({ ...place(), name: first, onNotice })).rejects.toMatchObject({ code: 'unwritable' });
      expect(said()).toContain(
        `${at('backups', 'nightly', first)}.partial was not made by Wardround and was not removed`,
      );
      await expect(listSnapshots(place())).resolves.toEqual([first]);
    });

    it('S1: a link <second of the run>.partial sends no data elsewhere, and the run says so', async () => {
      plant(`${first}.partial`);
      await expect(make(first)).rejects.toMatchObject({
        code: 'unsafe',
        message: expect.stringContaining('already exists, but was not made by Wardround'),
      });
      const now = Date.parse('2026-11-22T02:00:00Z');
      await expect(newSnapshotName({ ...place(), now })).resolves.toBe('2026-11-22T02-00-01Z');
    });

    it('S1: a link .copy-anew empties no file', async () => {
      await make(first);
      writeFileSync(join(`${at('backups', 'nightly', first)}.partial`, 'files', 'records', 'folder', 'a'), 'PATIENT A');
      chmodSync(at('backups', 'nightly'), 0o777);
      plant('.copy-anew', at('outside', 'precious-0'));
      await expect(verifySnapshot({ ...place(), name: first })).rejects.toMatchObject({ code: 'not-verified' });
    });

    it("S1 kind: a link as the job's folder, or above it, is not followed", async () => {
      rmSync(at('backups', 'nightly'), { recursive: true });
      chmodSync(at('backups'), 0o1777);
      plant('../nightly');
      await expect(make(first)).rejects.toMatchObject({ code: 'unsafe' });
      await expect(sweepPartials(place())).rejects.toMatchObject({ code: 'unsafe' });
      await expect(listSnapshots(place())).rejects.toMatchObject({ code: 'unsafe' });
      const below = { root: at('backups', 'nightly'), job: 'weekly' };
      await expect(makeScratch({ ...below, name: 'db' })).rejects.toMatchObject({ code: 'unsafe' });
    });

    it('S1 kind: a link as a whole snapshot is neither listed nor shared with, removed, verified or restored', async () => {
      plant(second);
      await expect(listSnapshots(place())).resolves.toEqual([]);
      const address = { ...place(), name: second };
      await expect(removeSnapshot(address)).rejects.toMatchObject({ code: 'not-a-snapshot' });
      await expect(verifySnapshot(address)).rejects.toMatchObject({ code: 'unsafe' });
      await expect(restoreSnapshot({ ...address, to: at('to') })).rejects.toMatchObject({ code: 'unsafe' });
      await whole(first);
      expect(said()).toContain('has the name of a snapshot but is a link or a file');
    });

    it("S1 kind: a link .scratch, or a link in it, is not followed when a run's own things are removed", async () => {
      plant('.scratch');
      await expect(makeScratch({ ...place(), name: 'db' })).rejects.toMatchObject({ code: 'unsafe' });
      await expect(removeScratch(place())).rejects.toMatchObject({ code: 'unsafe' });
      rmSync(at('backups', 'nightly', '.scratch'));
      const scratch = await makeScratch({ ...place(), name: 'db' });
      symlinkSync(at('outside'), join(scratch, 'out'));
      await removeScratch(place());
      expect(existsSync(scratch)).toBe(false);
    });

    it('S1 kind: a destination of the plugin folder is guarded in the same way', async () => {
      await whole(first);
      mkdirSync(at('usb', 'nightly'), { recursive: true });
      chmodSync(at('usb', 'nightly'), 0o777);
      asOther(
        `require('node:fs').symlinkSync(process.argv[1], process.argv[2])`,
        at('outside'),
        at('usb', 'nightly', `${first}.partial`),
      );
      const context = testContext(folderDestination, { path: at('usb') });
      const folder = at('backups', 'nightly', first);
      const manifest = join(folder, 'manifest.jsonl');
      const snapshot = { job: 'nightly', name: first, folder, manifest, files: 2, bytes: 18 };
      await expect(folderDestination.store({ ...context, snapshot })).rejects.toMatchObject({ code: 'unsafe' });
      expect(context.logged.map(({ text }) => text).join('\n')).toContain('was not made by Wardround');
      expect(lstatSync(at('usb', 'nightly')).mode & 0o777).toBe(0o700);
    });

    it("S1 kind: a folder of the second user is never worked in, as a job's folder, a snapshot or one that is not whole", async () => {
      mkdirSync(at('backups', 'nightly', `${second}.partial`, 'files'), { recursive: true });
      chownSync(at('backups', 'nightly', `${second}.partial`), other, other);
      await expect(sweepPartials({ ...place(), onNotice })).resolves.toEqual([]);
      expect(said()).toContain('was not made by Wardround and was not removed');
      await whole(first);
      chownSync(at('backups', 'nightly', first), other, other);
      await expect(removeSnapshot({ ...place(), name: first })).rejects.toMatchObject({ code: 'not-a-snapshot' });
      chownSync(at('backups', 'nightly'), other, other);
      await expect(make('2026-11-24T02-00-00Z')).rejects.toMatchObject({
        code: 'unsafe',
        message: expect.stringContaining(`belongs to user ${other}, but Wardround runs as 0`),
      });
      // A disk that comes from another computer can be read all the same.
      await expect(listSnapshots(place())).resolves.toEqual([first]);
      await expect(restoreSnapshot({ ...place(), name: first, to: at('to') })).resolves.toMatchObject({ files: 2 });
    });
  });

  describe('looks for what is open to all', () => {
    /** Reads whatever can be read below the backups, as often as it can. */
    const snoop = `${attempt}
      const visit = (folder) => {
        for (const entry of attempt(() => fs.readdirSync(folder, { withFileTypes: true })) ?? []) {
          const at = path.join(folder, entry.name);
          if (entry.isDirectory()) visit(at);
          else if (attempt(() => fs.readFileSync(at)) !== undefined) { console.log('read ' + at); process.exit(); }
          attempt(() => fs.writeFileSync(at, 'changed'));
        }
      };
      for (;;) visit(args[0]);
    `;

    it("S2: a job's folder that exists with mode 0755 is closed before anything is in it, which is said", async () => {
      chmodSync(at('backups', 'nightly'), 0o755);
      const stop = await attacking(snoop, at('backups'));
      for (const name of [first, second]) {
        const scratch = await makeScratch({ ...place(), name: 'db', onNotice });
        writeFileSync(join(scratch, 'copy.sqlite'), 'patients', { mode: 0o644 });
        await whole(name);
        await removeScratch(place());
      }
      expect(await stop()).toBe('begun\n');
      expect(lstatSync(at('backups', 'nightly')).mode & 0o7777).toBe(0o700);
      expect(said()).toBe(
        `info: ${at('backups', 'nightly')} had mode 0755 and is now private (0700), because it contains copies of all data`,
      );
    });

    it('S2: scratch folders and what describes a snapshot are for their owner only, also with the umask 022', async () => {
      const before = process.umask(0o022);
      try {
        rmSync(at('backups', 'nightly'), { recursive: true });
        const scratch = await makeScratch({ ...place(), name: 'db' });
        await whole(first);
        for (const path of [at('backups', 'nightly'), join(scratch, '..'), scratch, at('backups', 'nightly', first)]) {
          expect(lstatSync(path).mode & 0o7777).toBe(0o700);
        }
        for (const part of ['snapshot.json', 'manifest.jsonl', 'SHA256SUMS']) {
          expect(lstatSync(at('backups', 'nightly', first, part)).mode & 0o7777).toBe(0o600);
        }
      } finally {
        process.umask(before);
      }
    });

    it('S2: the copy of a database in use is 0600 in folders of 0700 at every moment of a whole run', async () => {
      const file = at('clinic.db');
      const database = new Database(file);
      database.exec('PRAGMA journal_mode = wal; CREATE TABLE patients (data BLOB)');
      const insert = database.prepare('INSERT INTO patients VALUES (randomblob(?))');
      insert.run(20_000_000);
      for (const name of readdirSync(top)) if (name.startsWith('clinic')) chmodSync(at(name), 0o600);
      chmodSync(at('backups', 'nightly'), 0o755);
      const job = {
        ...{ name: 'nightly', localCopy: { path: at('backups') } },
        sources: [{ name: 'clinic', plugin: 'sqlite', parameters: { file } }],
      };
      mkdirSync(at('ward'), { mode: 0o700 });
      writeConfiguration(at('ward'), { backups: [job] });
      const stop = await attacking(snoop, at('backups'));
      const seen = new Map<string, Set<string>>();
      const look = (folder: string): void => {
        for (const name of existsSync(folder) ? readdirSync(folder) : []) {
          const stats = lstatSync(join(folder, name), { throwIfNoEntry: false });
          if (!stats) continue;
          const kind = stats.isDirectory() ? 'folder' : name;
          seen.set(kind, (seen.get(kind) ?? new Set()).add((stats.mode & 0o7777).toString(8)));
          if (stats.isDirectory()) look(join(folder, name));
        }
      };
      const before = process.umask(0o022);
      const running = Command.run(at('ward'), 'backup', 'run', 'nightly');
      process.umask(before);
      // The program that writes to it meanwhile.
      const writing = setInterval(() => insert.run(100), 20);
      const looking = setInterval(() => look(at('backups', 'nightly', '.scratch')), 1);
      const { exitCode, stderr } = await running.finally(() => [writing, looking].forEach(clearInterval));
      database.close();
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(await stop()).toBe('begun\n');
      expect([...seen.keys()]).toEqual(expect.arrayContaining(['folder', 'copy.sqlite']));
      for (const [kind, modes] of seen) expect([kind, ...modes]).toEqual([kind, kind === 'folder' ? '700' : '600']);
    });

    it('S2 kind: a .scratch that an earlier version left open is closed, and goes with all in it', async () => {
      mkdirSync(at('backups', 'nightly', '.scratch', 'db'), { recursive: true });
      writeFileSync(at('backups', 'nightly', '.scratch', 'db', 'copy.sqlite'), 'patients');
      const scratch = await makeScratch({ ...place(), name: 'other' });
      expect(lstatSync(join(scratch, '..')).mode & 0o777).toBe(0o700);
      await removeScratch(place());
      expect(readdirSync(at('backups', 'nightly'))).toEqual([]);
    });

    it('S2 kind: what is moved out of the scratch folder, and a folder of mode 0777, are out of reach in the snapshot', async () => {
      chmodSync(at('live', 'folder'), 0o777);
      chmodSync(at('live', 'folder', 'a'), 0o666);
      await whole(first);
      const stored = at('backups', 'nightly', first, 'files', 'records', 'folder', 'a');
      asOther(`require('node:fs').writeFileSync(process.argv[1], 'changed')`, stored);
      expect(readFileSync(stored, 'utf8')).toBe('patient a');
      expect(lstatSync(stored).mode & 0o777).toBe(0o666);
    });
  });

  describe('exchanges folders for links all the time', () => {
    /** Exchanges each folder named for a link to the foreign files and back, wherever it has the right to. */
    const exchange = `${attempt}
      const [target, ...victims] = args;
      for (;;) for (const victim of victims) {
        attempt(() => fs.renameSync(victim, victim + '.away'));
        attempt(() => fs.symlinkSync(target, victim));
        for (let end = Date.now() + Math.random() * 3; Date.now() < end;);
        attempt(() => fs.unlinkSync(victim));
        attempt(() => fs.renameSync(victim + '.away', victim));
      }
    `;

    it('H1: of a source: nothing from elsewhere comes into a snapshot, and what is omitted is said', async () => {
      for (let folder = 0; folder < 20; folder += 1) {
        mkdirSync(at('live', `folder-${folder}`, 'deep'), { recursive: true });
        for (let file = 0; file < 10; file += 1)
          writeFileSync(at('live', `folder-${folder}`, 'deep', `precious-${file}`), 'x');
      }
      mkdirSync(at('outside-tree', 'deep'), { recursive: true, mode: 0o700 });
      for (let file = 0; file < 10; file += 1) writeFileSync(at('outside-tree', 'deep', `precious-${file}`), 'secret');
      chownSync(at('live'), other, other);
      const victims = readdirSync(at('live'))
        .filter((name) => name.startsWith('folder-'))
        .map((name) => at('live', name));
      const stop = await attacking(exchange, at('outside-tree'), ...victims);
      for (let round = 0; round < 4; round += 1) {
        const name = `2026-11-2${round}T02-00-00Z`;
        await make(name).catch((error: unknown) => expect(error).toMatchObject({ code: 'unreadable' }));
        if (existsSync(at('backups', 'nightly', `${name}.partial`))) {
          await verifySnapshot({ ...place(), name });
          expect(contents(at('backups', 'nightly', name, 'files'))).not.toContain('secret');
        }
      }
      expect(await stop()).toBe('begun\n');
    });

    it('S5: of the folder that is restored into: all comes into it, or the restore fails and nothing is elsewhere', async () => {
      for (let folder = 0; folder < 30; folder += 1) {
        mkdirSync(at('live', `folder-${folder}`));
        for (let file = 0; file < 20; file += 1) writeFileSync(at('live', `folder-${folder}`, `${file}`), 'x');
      }
      await whole(first);
      mkdirSync(at('theirs'));
      chmodSync(at('theirs'), 0o777);
      const targets = [1, 2, 3, 4].map((round) => at('theirs', `restored-${round}`));
      const victims = targets.flatMap((to) => [join(to, 'records'), join(to, 'records', 'folder-1'), to]);
      const stop = await attacking(exchange, at('outside'), ...victims);
      for (const to of targets) {
        await restoreSnapshot({ ...place(), name: first, to }).catch((error: unknown) =>
          expect(error).toMatchObject({ code: expect.stringMatching(/^(unsafe|not-empty|unwritable)$/) }),
        );
      }
      expect(await stop()).toBe('begun\n');
    });

    it("S1 kind: of a job's folder, while snapshots are made, verified and removed", async () => {
      chmodSync(at('backups'), 0o777);
      const stop = await attacking(exchange, at('outside'), at('backups', 'nightly'));
      // A verification that finds files gone while the folder is exchanged refuses the snapshot: that is safe as well.
      const refused = {
        code: expect.stringMatching(/^(unsafe|not-found|exists|unwritable|not-verified|not-a-snapshot)$/),
      };
      for (let round = 0; round < 8; round += 1) {
        const address = { ...place(), name: `2026-11-${10 + round}T02-00-00Z` };
        for (const work of [() => make(address.name), () => verifySnapshot(address), () => removeSnapshot(address)]) {
          await Promise.resolve(work()).catch((error: unknown) => expect(error).toMatchObject(refused));
        }
      }
      expect(await stop()).toBe('begun\n');
    });
  });

  describe('prepares the folder that is restored into', () => {
    beforeEach(() => whole(first));
    const restoring = (to: string) => restoreSnapshot({ ...place(), name: first, to, onNotice });

    it('S5: an empty folder of theirs, or a link of theirs in a folder like /tmp, is refused', async () => {
      mkdirSync(at('tmp'));
      chmodSync(at('tmp'), 0o1777);
      asOther(`require('node:fs').mkdirSync(process.argv[1], { mode: 0o777 })`, at('tmp', 'restored'));
      await expect(restoring(at('tmp', 'restored'))).rejects.toMatchObject({
        code: 'unsafe',
        message: expect.stringContaining('specify a new folder'),
      });
      asOther(`require('node:fs').symlinkSync(process.argv[1], process.argv[2])`, at('new'), at('tmp', 'link'));
      await expect(restoring(at('tmp', 'link'))).rejects.toMatchObject({ code: 'unsafe' });
      await expect(restoring(at('tmp', 'link', 'below'))).rejects.toMatchObject({ code: 'unsafe' });
      expect(existsSync(at('new'))).toBe(false);
    });

    it('S5: a new folder is made for its owner only, and stays so', async () => {
      await restoring(at('deep', 'restored'));
      for (const path of [at('deep'), at('deep', 'restored')]) expect(lstatSync(path).mode & 0o7777).toBe(0o700);
    });

    it('S5 kind: an empty folder of ours is closed while it is written, and others never get the right to write', async () => {
      for (const [mode, after] of [
        [0o755, 0o755],
        [0o777, 0o755],
      ] as const) {
        const to = at(`ours-${mode}`);
        mkdirSync(to);
        chmodSync(to, mode);
        const modes = new Set<number>();
        const restored = restoring(to);
        const looking = setInterval(() => existsSync(join(to, 'records')) && modes.add(lstatSync(to).mode & 0o777), 1);
        await restored;
        clearInterval(looking);
        expect([...modes].filter((seen) => seen !== 0o700 && seen !== after)).toEqual([]);
        expect(lstatSync(to).mode & 0o7777).toBe(after);
      }
    });

    it('S5 kind: a copy is only taken from a snapshot that no link of theirs leads to', async () => {
      chmodSync(at('backups'), 0o777);
      asOther(
        `require('node:fs').symlinkSync(process.argv[1], process.argv[2])`,
        at('backups', 'nightly'),
        at('backups', 'way'),
      );
      const copying = copySnapshot({ root: at('usb'), job: 'nightly', name: first, from: at('backups', 'way', first) });
      await expect(copying).rejects.toMatchObject({ code: 'unsafe' });
    });
  });
});

/** The contents of all files in a folder. */
function contents(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}
