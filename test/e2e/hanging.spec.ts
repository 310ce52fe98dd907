import { describe, expect, it, jest } from '@jest/globals';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readProcessFile } from '../../src/process/folder-lock.adapter.js';
import { codeOf } from '../../src/shared/errors.js';
import { packageRoot } from '../../src/shared/package.adapter.js';
import { atTheEnd } from '../fixtures/at-the-end.js';
import { Command } from '../fixtures/command.js';
import { HangingShare, whyNoHangingShare } from '../fixtures/hanging-share.js';
import { copyTo, jobOf, makeSource } from '../fixtures/jobs.js';
import { SmallDisk, whyNoSmallDisk } from '../fixtures/small-disk.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { texts, until, WardClient, writeConfiguration } from '../fixtures/ward.js';

jest.setTimeout(180_000);

const reason = whyNoHangingShare() ?? whyNoSmallDisk();
if (reason !== null) process.stderr.write(`skipped: a Wardround that waits for what does not answer: ${reason}\n`);

/** `wardround start`, as people run it, and how to ask it. */
async function start(folder: string): Promise<{ readonly command: Command; readonly ward: WardClient }> {
  const command = new Command(folder, 'start', '--port', '0');
  const printed = await command.printed(/http:\/\/127\.0\.0\.1:\d+/);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? '';
  return { command, ward: new WardClient(folder, url) };
}

/** The same with what it prints in two files of a folder. */
async function startPrintingTo(outputs: string, folder: string): Promise<{ child: ChildProcess; ward: WardClient }> {
  const [out, errors] = [openSync(join(outputs, 'out'), 'a'), openSync(join(outputs, 'errors'), 'a')];
  // The first block of each is there, whatever takes the room.
  for (const fd of [out, errors]) writeSync(fd, 'Begun\n');
  const program = join(packageRoot, 'dist', 'program', 'wardround.js');
  const stdio = ['ignore', out, errors] as const;
  const child = spawn(process.execPath, [program, 'start', '--port', '0'], { cwd: folder, stdio: [...stdio] });
  atTheEnd('let go', () => void child.kill('SIGKILL'));
  for (const fd of [out, errors]) closeSync(fd);
  const url = await until(
    async () => readProcessFile(join(folder, 'data'))?.url ?? null,
    (found) => found !== null,
  );
  return { child, ward: new WardClient(folder, url ?? '') };
}

/** Takes the room that the last block of a file has left, on a full disk. */
function fillLastBlock(file: string): void {
  for (;;) {
    try {
      appendFileSync(file, '-');
    } catch (error) {
      if (codeOf(error) !== 'ENOSPC') throw error;
      return;
    }
  }
}

/** Asks it to end. @returns how long that took, in ms, and what it said on stderr */
async function terminate({ child }: Pick<Command, 'child'>): Promise<number> {
  const began = performance.now();
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
  return performance.now() - began;
}

(reason === null ? describe : describe.skip)('a Wardround that waits for what does not answer', () => {
  it('H5: five jobs hang on a share each; another one runs, and SIGTERM ends the process within ten seconds', async () => {
    const mounting = Array.from({ length: 5 }, () => HangingShare.mount({ files: 5, hangOn: 'read' }));
    const shares = await Promise.all(mounting);
    const folder = tempFolder();
    const hanging = shares.map(({ mountPoint }, index) => {
      return jobOf(`hanging-${index}`, mountPoint, { localCopy: { path: join(folder, `local-${index}`) } });
    });
    const good = jobOf('records', makeSource('x'), { copies: [copyTo('second', join(folder, 'second'))] });
    writeConfiguration(folder, { backups: [...hanging, good] });
    const { command, ward } = await start(folder);
    for (const { name } of hanging) await ward.start(name);
    await until(
      () => ward.runs(),
      (runs) => runs.filter(({ step }) => step.startsWith('copy')).length === 5,
    );
    expect(await ward.run('records')).toMatchObject({ outcome: 'succeeded' });
    expect(await terminate(command)).toBeLessThan(10_000);
    for (const share of shares) share.destroy();
    const again = await start(folder);
    const runs = (await again.ward.runs()).filter(({ job }) => job.startsWith('hanging'));
    expect(runs.map(({ outcome, error }) => [outcome, error?.code])).toEqual(Array(5).fill(['failed', 'cancelled']));
    await terminate(again.command);
  });

  it('H5 kind: a place that hangs, and SIGTERM ends the process within ten seconds', async () => {
    const share = await HangingShare.mount({ files: 1, hangOn: 'change' });
    const folder = tempFolder();
    writeConfiguration(folder, {
      backups: [
        jobOf('local', makeSource('x'), { localCopy: { path: join(share.mountPoint, 'backups') } }),
        jobOf('further', makeSource('x'), { copies: [copyTo('nas', join(share.mountPoint, 'backups'))] }),
      ],
    });
    const { command, ward } = await start(folder);
    await ward.start('local');
    await ward.start('further');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await terminate(command)).toBeLessThan(10_000);
    share.destroy();
  });

  it.each([
    ['H18: a run in hand while the disk is full that takes the log and all that is printed', true],
    ['H18 kind: the same with what is printed on another full disk, which takes further lines once it has room', false],
  ])('%s; SIGTERM ends the process as well as ever', async (_, onOneDisk) => {
    const share = await HangingShare.mount({ files: 1, hangOn: 'read' });
    const disk = SmallDisk.mount(64);
    const outputs = onOneDisk ? disk : SmallDisk.mount(4);
    const folder = disk.folder;
    const local = join(tempFolder(), 'local');
    writeConfiguration(folder, { backups: [jobOf('records', share.mountPoint, { localCopy: { path: local } })] });
    const { child, ward } = await startPrintingTo(outputs.folder, folder);
    const runId = await ward.start('records');
    await ward.runOnce(runId, ({ step }) => step.startsWith('copy'));
    const file = join(outputs.folder, 'errors');
    const isSaid = async () => readFileSync(file, 'utf8').match(/cannot be written at the moment/g)?.length ?? 0;
    disk.fill();
    outputs.fill();
    const before = await until(isSaid, (count) => count > 0);
    fillLastBlock(file);
    // It tries to say so each second.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const { size } = statSync(file);
    expect(size % 4096).toBe(0);
    expect((await ward.get('/healthz')).status).toBe(200);
    if (!onOneDisk) {
      outputs.empty();
      await until(isSaid, (count) => count > before);
      expect(statSync(file).size).toBeGreaterThan(size);
    }
    expect(await terminate({ child })).toBeLessThan(10_000);
    expect({ exitCode: child.exitCode, signal: child.signalCode }).toEqual({ exitCode: 0, signal: null });
    disk.empty();
    share.destroy();
  });

  it('R12, H18: a run in progress while the log is full; SIGTERM ends the process, and the next start says what was lost', async () => {
    const share = await HangingShare.mount({ files: 1, hangOn: 'read' });
    const folder = tempFolder();
    const disk = SmallDisk.mount(64);
    mkdirSync(join(folder, 'data'), { mode: 0o700 });
    execFileSync('mount', ['--bind', disk.folder, join(folder, 'data')]);
    try {
      writeConfiguration(folder, {
        backups: [jobOf('records', share.mountPoint, { localCopy: { path: join(folder, 'local') } })],
      });
      const { command, ward } = await start(folder);
      const runId = await ward.start('records');
      await ward.runOnce(runId, ({ step }) => step.startsWith('copy'));
      disk.fill();
      // The log takes as much as it has room for in its own file, and then nothing.
      await new Promise((resolve) => setTimeout(resolve, 5000));
      const ended = command.ended();
      expect(await terminate(command)).toBeLessThan(10_000);
      const { stderr } = await ended;
      disk.empty();
      share.destroy();
      const again = await start(folder);
      const run = await again.ward.ended(runId);
      expect(run.outcome).toBe('failed');
      const lost = /\d+ lines? of this protocol and \d+ facts? of the run could not be recorded/;
      expect(texts(run).join('\n')).toMatch(lost);
      expect(stderr).toContain('could not be recorded');
      await terminate(again.command);
    } finally {
      execFileSync('umount', ['--lazy', join(folder, 'data')]);
    }
  });
});
