import { describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/package.adapter.js';
import { jobOf, makeSource } from '../fixtures/jobs.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { until, WardClient, writeConfiguration } from '../fixtures/ward.js';
import { readProcessFile } from '../../src/process/folder-lock.adapter.js';

jest.setTimeout(180_000);

const onLinux = process.platform === 'linux' ? it : it.skip;
const program = `'${process.execPath}' '${join(packageRoot, 'dist', 'program', 'wardround.js')}' --port 0`;

function place(): string {
  const folder = tempFolder();
  const job = jobOf('records', makeSource('as it is'), { localCopy: { path: join(folder, 'local') } });
  writeConfiguration(folder, { backups: [job] });
  return folder;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a shell makes of a line, in which `wardround` is the program. */
function shell(folder: string, line: string): Promise<Ended> {
  const child = spawn('bash', ['-c', `set -o pipefail; ${line.replaceAll('wardround', program)}`], { cwd: folder });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (out.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (out.stderr += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...out })));
}

const snapshots = (folder: string) =>
  existsSync(join(folder, 'local')) ? readdirSync(join(folder, 'local'), { recursive: true }).join('\n') : '';

describe('what cannot be printed (Linux has /dev/full)', () => {
  onLinux('F26: a backup whose lines go to a full disk continues, and has succeeded', async () => {
    const folder = place();
    const { code, stderr } = await shell(folder, 'wardround backup run records > /dev/full');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'wardround: output was lost: ENOSPC: no space left on device, write\n',
    });
    expect(snapshots(folder)).toContain('record.txt');
  });

  onLinux.each([
    ['its answer and its errors', '> /dev/full 2> /dev/full'],
    ['one document', '--json > /dev/full'],
    ['a closed standard output', '>&-'],
    ['everything closed', '>&- 2>&- <&-'],
    ['a reader that leaves after a line', '| head -1'],
    ['a reader that is gone', '| true'],
  ])('F26 kind: a backup continues with %s lost', async (_, rest) => {
    const folder = place();
    const { code } = await shell(folder, `wardround backup run records ${rest}`);
    expect(code).toBe(0);
    expect(snapshots(folder)).toContain('record.txt');
  });

  onLinux('F43: a warning of the log has no colours in a pipe, with and without --no-color', async () => {
    const folder = place();
    chmodSync(join(folder, 'wardround.yaml'), 0o666); // there is something to warn of
    for (const command of ['wardround --no-color backup run records', 'wardround backup run records']) {
      const { stdout, stderr } = await shell(folder, `unset NO_COLOR; ${command} | cat`);
      expect(stderr).toContain('Other users can change the configuration');
      expect(`${stdout}${stderr}`).not.toContain('\u001b');
    }
  });

  onLinux('F26 kind: a backup that fails says so by its exit code all the same', async () => {
    const folder = place();
    writeConfiguration(folder, {
      backups: [jobOf('records', join(folder, 'nothing'), { localCopy: { path: join(folder, 'local') } })],
    });
    expect(await shell(folder, 'wardround backup run records > /dev/full 2> /dev/full')).toMatchObject({ code: 1 });
  });

  onLinux(
    'F26 kind: Wardround runs on with its log lines lost; what only answers fails, or ends with its reader',
    async () => {
      const folder = place();
      chmodSync(join(folder, 'wardround.yaml'), 0o666); // there is something to warn of
      const running = shell(folder, 'exec wardround start > /dev/full 2> /dev/full');
      const data = join(folder, 'data');
      const { url, pid } = await until(
        async () => readProcessFile(data),
        (file) => file?.url !== undefined && file.url !== null,
      ).then((file) => ({ url: file?.url ?? '', pid: file?.pid ?? 0 }));
      const client = new WardClient(folder, url);
      expect(await client.run('records')).toMatchObject({ outcome: 'succeeded' });
      expect((await client.post('/api/v1/configuration/apply', { dryRun: true })).status).toBe(200);
      const status = await shell(folder, 'wardround status > /dev/full');
      expect(status).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('output was lost: ENOSPC'),
      });
      expect(await shell(folder, 'wardround log | head -1')).toMatchObject({ code: 0, stderr: '' });
      const followed = shell(folder, 'wardround log --follow | head -1');
      await client.run('records');
      expect(await followed).toMatchObject({ code: 0, stderr: '' });
      expect(await shell(folder, 'wardround status --json 2>&- | true')).toMatchObject({ code: 0 });
      process.kill(pid, 'SIGTERM');
      expect(await running).toMatchObject({ code: 0 });
    },
  );
});
