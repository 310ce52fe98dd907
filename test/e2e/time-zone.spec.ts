import { describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/package.adapter.js';
import { readProcessFile } from '../../src/process/folder-lock.adapter.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { until, WardClient } from '../fixtures/ward.js';

jest.setTimeout(180_000);

const program = join(packageRoot, 'dist', 'program', 'wardround.js');
const onUnix = process.platform === 'win32' ? describe.skip : describe;

/** Starts what is shipped, with that TZ, and says what it said and when its job is planned. */
async function startedIn(zone: string | undefined): Promise<{ said: string; planned: string; page: string }> {
  const folder = tempFolder();
  copyFileSync(join(packageRoot, 'wardround.yaml'), join(folder, 'wardround.yaml'));
  const child = spawn(process.execPath, [program, '--port', '0', 'start'], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', TZ: zone }, // undefined: not there
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'close');
  const url = await until(
    async () => (child.exitCode === null ? readProcessFile(join(folder, 'data'))?.url : `ended: ${said}`),
    (answer) => typeof answer === 'string',
  );
  const client = new WardClient(folder, url ?? '');
  const { body } = await client.get('/api/v1/jobs');
  const [job] = (body as { items: { nextPlanned: string }[] }).items;
  const page = await client.page('/');
  child.kill('SIGTERM');
  await ended;
  return { said, planned: job?.nextPlanned ?? '', page };
}

onUnix('the time zone of the computer', () => {
  it('F24: an empty TZ is UTC, which is said at the start', async () => {
    const { said, planned } = await startedIn('');
    expect(said.match(/The time zone is/g)).toHaveLength(1);
    expect(said).toContain('The time zone is UTC: TZ is empty');
    expect(planned).toContain('T02:00:00');
  });

  it.each([
    ['Nonsense', 'The time zone is UTC: TZ is "Nonsense", which is not a time zone such as Europe/Berlin', 'T02:00:00'],
    ['Etc/Unknown', 'The time zone is UTC: TZ is "Etc/Unknown"', 'T02:00:00'],
    ['CET-1CEST', 'The time zone is UTC: TZ is "CET-1CEST"', 'T02:00:00'],
    [':/usr/share/zoneinfo/Asia/Tokyo', 'The time zone is Asia/Tokyo: TZ is ":/usr/share', 'T17:00:00'],
  ])('F24 kind: TZ=%s starts, and the zone is said', async (zone, text, time) => {
    const { said, planned, page } = await startedIn(zone);
    expect(said).toContain(text);
    expect(planned).toContain(time);
    expect(page).toContain('Wardround');
  });

  it.each([
    ['Asia/Tokyo', 'T17:00:00'],
    [':Asia/Tokyo', 'T17:00:00'],
    [undefined, ''],
  ])('F24 kind: TZ=%s is plain, and nothing is said', async (zone, time) => {
    const { said, planned } = await startedIn(zone);
    expect(said).not.toContain('Times are meant');
    expect(planned).toContain(time);
  });
});
