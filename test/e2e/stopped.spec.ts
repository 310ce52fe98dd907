import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { FolderLock, readProcessFile } from '../../src/process/folder-lock.adapter.js';
import { packageRoot } from '../../src/shared/package.adapter.js';
import { Command } from '../fixtures/command.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { until, writeConfiguration } from '../fixtures/ward.js';

const longMs = 60_000;

function ward(): { folder: string; dataFolder: string } {
  const folder = tempFolder();
  writeConfiguration(folder, {});
  return { folder, dataFolder: join(folder, 'data') };
}

/** What the process file says once it is there, or once it is gone: its owner removes it when it ends in order. */
function processFile(dataFolder: string, wanted: 'there' | 'gone') {
  return until(
    async () => readProcessFile(dataFolder),
    (file) => (file === null) === (wanted === 'gone'),
  );
}

if (process.platform === 'win32') console.log('Skipped on Windows: a process there gets no signals from another');

(process.platform === 'win32' ? describe.skip : describe)('Wardround that is told to stop', () => {
  it(
    'gives the data folder back, also when npm passes the same Ctrl-C on once more',
    async () => {
      const { folder, dataFolder } = ward();
      const command = new Command(folder, 'start', '--port', '0');
      await command.printed(/Stop with Ctrl-C/);
      command.child.kill('SIGINT');
      command.child.kill('SIGINT');
      expect(await command.ended()).toMatchObject({ exitCode: 0, stderr: '' });
      expect(readProcessFile(dataFolder)).toBeNull();
      FolderLock.take(dataFolder).release();
    },
    longMs,
  );

  it(
    'does not outlive the shell that npm started it in',
    async () => {
      const { folder, dataFolder } = ward();
      const program = join(packageRoot, 'dist', 'program', 'wardround.js');
      // Whatever the shell, it stays: there is something left to do for it.
      const script = `"${process.execPath}" "${program}" start --port 0; true`;
      const env = { ...process.env, npm_command: 'start', npm_lifecycle_event: 'start' };
      const shell = spawn('sh', ['-c', script], { cwd: folder, env, stdio: 'ignore' });
      const running = await processFile(dataFolder, 'there');
      expect(running?.pid).not.toBe(shell.pid);
      shell.kill('SIGTERM');
      await once(shell, 'exit');
      await processFile(dataFolder, 'gone');
      await until(async () => canBeTaken(dataFolder), Boolean);
    },
    longMs,
  );
});

function canBeTaken(dataFolder: string): boolean {
  try {
    FolderLock.take(dataFolder).release();
    return true;
  } catch {
    return false;
  }
}
