import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makeSnapshot, verifySnapshot } from '../../plugins/sdk/index.js';
import type { PluginLimits } from '../../src/plugin-host/limits.js';
import type { ForkingPluginHost } from '../../src/plugin-host/plugin-host.adapter.js';
import { packageRoot } from '../../src/shared/package.adapter.js';
import { Command } from '../fixtures/command.js';
import { FrozenDisk, whyNoFrozenDisk } from '../fixtures/frozen-disk.js';
import { hangingPlugins, openSoonHost } from '../fixtures/guests.js';
import { HangingShare, whyNoHangingShare } from '../fixtures/hanging-share.js';
import { isGone, runCheckup } from '../fixtures/plugin-calls.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { WardClient, writeConfiguration } from '../fixtures/ward.js';

// Real disks and shares that hang: who waits for one is in the kernel, and no signal ends it.

/** Also on a busy computer the plugin's process has started to wait by then. */
const timeoutMs = 5_000;
const longMs = 90_000;

const why = whyNoFrozenDisk() ?? whyNoHangingShare();
const onDeadDisks = why === null ? describe : describe.skip;
const title = (text: string): string => (why === null ? text : `${text} (skipped: ${why})`);

const open: ForkingPluginHost[] = [];
async function hostOf(pluginsFolder: string, limits: Partial<PluginLimits> = {}) {
  const host = await openSoonHost(pluginsFolder, limits);
  open.push(host);
  return host;
}
const shipped = (limits: Partial<PluginLimits> = {}) => hostOf(join(packageRoot, 'dist/plugins'), limits);
afterAll(() => Promise.all(open.map((host) => host.close())));

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await holds()) return;
    await pause(100);
  }
  throw new Error('it did not come about within 10 s');
}

onDeadDisks(title('check-ups on a share that hangs'), () => {
  it(
    'F11: end at their time limit and leave their places; the others are checked on',
    async () => {
      const host = await shipped();
      const shares = await Promise.all(
        Array.from({ length: 5 }, () => HangingShare.mount({ files: 0, hangOn: 'look' })),
      );
      const look = (folder: string) => runCheckup(host, 'disk-space', { parameters: { path: folder }, timeoutMs });
      const began = Date.now();
      const [memory, ...hanging] = await Promise.all([
        pause(100).then(() => runCheckup(host, 'memory')),
        ...shares.map(({ mountPoint }) => look(mountPoint)),
      ]);
      expect(memory.result).toMatchObject({ status: expect.any(String) });
      for (const { error } of hanging) {
        expect(error).toMatchObject({
          code: 'plugin-timed-out',
          message: expect.stringMatching(
            /^disk-space: did not finish within 5 s, and its process cannot be killed: it is waiting/,
          ),
        });
      }
      expect(Date.now() - began).toBeLessThan(30_000);

      const again = Date.now();
      const [other, free, ...refused] = await Promise.all([
        runCheckup(host, 'memory'),
        look('/'),
        ...shares.map(({ mountPoint }) => look(mountPoint)),
      ]);
      for (const { error } of refused) {
        expect(error).toMatchObject({
          code: 'plugin-timed-out',
          message: expect.stringMatching(/its last process has been stuck since \d\d:\d\d .*; 5 processes are stuck$/),
        });
      }
      expect([other.error, free.error]).toEqual([null, null]);
      expect(Date.now() - again).toBeLessThan(2 * timeoutMs);

      for (const share of shares) share.destroy();
      const [first] = shares;
      await until(async () => !String((await look(first?.mountPoint ?? '')).error).includes('has been stuck since'));
    },
    longMs,
  );

  it(
    'F11 kind: are refused once a plugin has so many stuck processes, until one ends',
    async () => {
      const host = await shipped({ stuckProcesses: 1 });
      const share = await HangingShare.mount({ files: 0, hangOn: 'look' });
      await runCheckup(host, 'disk-space', { parameters: { path: share.mountPoint }, timeoutMs });
      expect((await runCheckup(host, 'disk-space')).error).toMatchObject({
        message: expect.stringMatching(/^disk-space: was not started: 1 processes? of this plugin/),
      });
      share.destroy();
      await until(async () => (await runCheckup(host, 'disk-space')).error === null);
    },
    longMs,
  );
});

onDeadDisks(title('a call on a disk that is frozen'), () => {
  let disk: FrozenDisk;
  let host: ForkingPluginHost;
  beforeAll(async () => {
    disk = FrozenDisk.mount();
    host = await hostOf(hangingPlugins);
  });
  afterEach(() => disk.thaw());

  it.each(['itself', 'program', 'program-left'])(
    'F11 kind: is given up when %s waits in the kernel, and in service when the disk is',
    async (by) => {
      const parameters = { file: join(disk.folder, by), by };
      const touch = () => runCheckup(host, 'touches', { parameters, timeoutMs });
      expect((await touch()).error).toBeNull();
      disk.freeze();
      const began = Date.now();
      const { error, result } = await touch();
      if (by === 'program-left') expect(result).toMatchObject({ summary: 'touched' });
      else expect(error).toMatchObject({ message: expect.stringMatching(/its process cannot be killed/) });
      expect(Date.now() - began).toBeLessThan(20_000);
      expect((await touch()).error).toMatchObject({
        message: expect.stringMatching(/was not started: .* stuck since/),
      });
      disk.thaw();
      await until(async () => (await touch()).error === null);
    },
    longMs,
  );

  it('F11 kind: does not hold up the end of Wardround', async () => {
    const closing = await hostOf(hangingPlugins, { killAfterMs: 1_000 });
    disk.freeze();
    const begun = new Promise<void>((resolve) => {
      void runCheckup(closing, 'touches', {
        parameters: { file: join(disk.folder, 'closing') },
        onLine: () => resolve(),
      });
    });
    await begun;
    await pause(200);
    const began = Date.now();
    await closing.close();
    expect(Date.now() - began).toBeLessThan(3_000);
    disk.thaw();
  });
});

onDeadDisks(title('a destination that hangs'), () => {
  it(
    'H5: ends the copy once nothing moves any more, and takes only its own place',
    async () => {
      const limits = { concurrentCalls: { checkup: 1, source: 1, destination: 1, channel: 1 }, quietMs: 1_500 };
      const host = await shipped(limits);
      const disk = FrozenDisk.mount();
      const snapshot = await smallSnapshot();
      const call = (path: string, stallMs: number) =>
        host.call({
          ...{ kind: 'destination', plugin: 'folder', operation: 'store', parameters: { path } },
          ...{ input: { snapshot }, timeoutMs: 60_000, stallMs },
        } as const);
      mkdirSync(join(disk.folder, 'copies'));
      disk.freeze();
      const began = Date.now();
      const hanging = call(join(disk.folder, 'copies'), 20_000).catch((error: unknown) => error);
      await pause(300);
      await expect(call(tempFolder(), 20_000)).resolves.toMatchObject({ files: 1 });
      expect(Date.now() - began).toBeLessThan(20_000);
      expect(await hanging).toMatchObject({
        code: 'plugin-timed-out',
        message: expect.stringMatching(/^folder: made no progress for 20 s and was stopped/),
      });
      expect(Date.now() - began).toBeLessThan(40_000);
      disk.thaw();
      await until(() =>
        call(join(disk.folder, 'copies'), 20_000).then(
          () => true,
          () => false,
        ),
      );
    },
    longMs,
  );
});

/** One that is on a disk that is well. */
async function smallSnapshot() {
  const records = tempFolder();
  writeFileSync(join(records, 'letter'), 'Dear patient');
  const place = { root: tempFolder(), job: 'records', name: '2026-11-22T02-00-00Z' };
  const tree = { path: records, as: 'records', recursive: true, exclude: [], owned: false };
  const origin = { server: 'reception', runId: 'r1' };
  await makeSnapshot({ ...place, origin, sources: [{ source: 'files', trees: [tree] }] });
  const { place: folder, files, bytes } = await verifySnapshot(place);
  return { job: place.job, name: place.name, folder, manifest: join(folder, 'manifest.jsonl'), files, bytes };
}

onDeadDisks(title('Wardround with a share that hangs'), () => {
  it(
    'H5: ends within ten seconds of SIGTERM, while a check-up and a backup wait for the share',
    async () => {
      const share = await HangingShare.mount({ files: 0, hangOn: 'look' });
      const folder = tempFolder();
      writeConfiguration(folder, {
        checkups: [
          { name: 'disk', plugin: 'disk-space', every: '1h', timeout: '10m', parameters: { path: share.mountPoint } },
        ],
        backups: [
          {
            name: 'records',
            sources: [{ name: 'files', plugin: 'folder', parameters: { paths: [share.mountPoint] } }],
            localCopy: { path: tempFolder() },
          },
        ],
      });
      const command = new Command(folder, 'start', '--port', '0');
      const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(await command.printed(/Stop with Ctrl-C/)) ?? [];
      await new WardClient(folder, url).start('records');
      await until(async () => waitingInKernel() >= 2);
      const began = Date.now();
      command.child.kill('SIGTERM');
      expect((await command.ended()).exitCode).toBe(0);
      expect(Date.now() - began).toBeLessThan(10_000);
    },
    longMs,
  );
});

/** Threads of plugins that wait for a FUSE file system. */
function waitingInKernel(): number {
  const lines = execFileSync('ps', ['-eLo', 'wchan:30,args'], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.startsWith('request_wait_answer') && line.includes('plugin-process')).length;
}

const isLinux = process.platform === 'linux';
(isLinux ? describe : describe.skip)('a call that starts a program in its own session (Linux)', () => {
  it.each([
    ['when its time is up', { hang: true }],
    ['when it ends well', {}],
    ['also if its parent has left it to the system', { twice: true }],
  ])('S14: takes it with it %s', async (_, parameters) => {
    const host = await hostOf(hangingPlugins);
    const { said } = await runCheckup(host, 'leaves-session', { parameters, timeoutMs });
    const pid = Number(/started (\d+)/.exec(said.join('\n'))?.[1]);
    expect(pid).toBeGreaterThan(0);
    expect(await isGone(pid)).toBe(true);
  });
});

describe('a source that', () => {
  const silent = (how: string, ms: number, host: ForkingPluginHost) =>
    host.call({
      ...{ kind: 'source', plugin: 'waits', operation: 'prepare', parameters: { how, ms } },
      ...{ input: { scratch: tempFolder() }, timeoutMs: 30_000, stallMs: 2_500 },
    } as const);

  it.each(['idle', 'same-progress'])('H5 kind: does nothing (%s) is stopped for it', async (how) => {
    const host = await hostOf(hangingPlugins);
    await expect(silent(how, 20_000, host)).rejects.toMatchObject({
      code: 'plugin-timed-out',
      message: 'waits: made no progress for 2.5 s and was stopped',
    });
  });

  it.each(isLinux ? ['reads', 'computes', 'talks'] : ['talks'])(
    'H5 kind: works in silence (%s) is left to it',
    async (how) => {
      const host = await hostOf(hangingPlugins);
      await expect(silent(how, 6_000, host)).resolves.toEqual({ trees: [] });
    },
  );
});
