import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { packageRoot } from '../../src/shared/package.adapter.js';
import { Command } from '../fixtures/command.js';
import { makeSource } from '../fixtures/jobs.js';
import { TestSmtpServer } from '../fixtures/smtp.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { until, WardClient } from '../fixtures/ward.js';

jest.setTimeout(400_000);

/** The file that is shipped, with a mail server, a group that is told of everything, and a job that is always at work. */
function shippedWith(port: number): string {
  const text = readFileSync(join(packageRoot, 'wardround.yaml'), 'utf8');
  const group =
    '  - name: it\n    subscriptions:\n      - { takes: always-with-log, channel: email, to: [it@clinic.example] }\n';
  const job =
    '  - name: records\n    sources:\n      - name: files\n        plugin: folder\n' +
    `        parameters: { paths: ['${makeSource('as it is')}'] }\n    localCopy: { path: '\${data}/backups/records' }\n`;
  const smtp = `smtp: { host: 127.0.0.1, port: ${port}, encryption: none, from: Wardround <backup@clinic.example> }\n`;
  return `${text
    .replace('recipientGroups:\n', `recipientGroups:\n${group}`)
    .replace('backups:\n', `backups:\n${job}`)}\n${smtp}`;
}

async function started(folder: string): Promise<{ command: Command; client: WardClient }> {
  const command = new Command(folder, '--port', '0', 'start');
  const printed = await command.printed(/Ctrl-C/);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? '';
  return { command, client: new WardClient(folder, url) };
}

async function stopped(command: Command): Promise<string> {
  command.child.kill('SIGTERM');
  return (await command.ended()).stderr;
}

/** Puts the files of a restored snapshot where a new data folder and its configuration are. */
function installed(restored: string): string {
  const folder = tempFolder();
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  for (const path of readdirSync(restored, { recursive: true, encoding: 'utf8' })) {
    const name = basename(path);
    if (name.endsWith('.db')) copyFileSync(join(restored, path), join(folder, 'data', name));
    if (name === 'wardround.yaml') copyFileSync(join(restored, path), join(folder, name));
  }
  return folder;
}

let smtp: TestSmtpServer;
beforeAll(async () => {
  smtp = await TestSmtpServer.start();
});
afterAll(() => smtp.stop());

describe('Wardround’s own backup, with the configuration that is shipped', () => {
  const original = tempFolder();

  it.each([1, 2])('R5: is restored by itself and works, time %i of 2 with writes running', async (time) => {
    writeFileSync(join(original, 'wardround.yaml'), shippedWith(smtp.port));
    const first = await started(original);
    const running = await until(
      () => first.client.runs(),
      (runs) => runs.every(({ outcome }) => outcome !== 'running'),
    );
    expect(running.filter(({ outcome }) => outcome !== 'succeeded')).toEqual([]);
    smtp.thinkFor(400); // some messages are decided and not sent when the copy is made
    const busy = { on: true };
    const writing = (async () => {
      while (busy.on) await first.client.run('records');
    })();
    const own = await first.client.run('wardround');
    busy.on = false;
    await writing;
    expect(own.outcome).toBe('succeeded');
    const restored = join(tempFolder(), 'restored');
    const { exitCode, stderr } = await Command.run(original, 'restore', 'wardround', '--to', restored);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const folder = installed(restored);

    const twin = await Command.run(folder, '--port', '0', 'start');
    expect(twin.exitCode).toBe(1);
    expect(twin.stderr).toContain(`holds a copy of the installation in ${original}/data, which is running`);
    await stopped(first.command);
    smtp.thinkFor(0);
    const sent = smtp.mails.length;

    const second = await started(folder);
    const runs = await second.client.runs();
    const captured = runs.find(({ runId }) => runId === own.runId);
    expect(captured).toMatchObject({ outcome: 'captured', error: null });
    expect(runs.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(captured?.protocol.lines.at(-1)).toMatchObject({
      level: 'info',
      text: expect.stringContaining('This run was in progress when the event log was copied'),
    });
    expect(await second.client.page('/runs')).toContain('Captured in a backup');
    expect(await second.client.page(`/runs/${own.runId}`)).toContain('Captured in a backup');
    expect(await second.client.events('installation.restored')).toMatchObject([
      { data: { because: 'copied', fromFolder: join(original, 'data') } },
    ]);
    await pause(2_500); // the clock of those who decide goes by the second
    expect((await second.client.messages()).filter(({ state }) => state === 'waiting' || state === 'failed')).toEqual(
      [],
    );
    expect((await second.client.alarms()).filter(({ rule }) => rule.startsWith('backup'))).toEqual([]);
    expect(smtp.mails.length).toBe(sent);

    expect(await second.client.run('records')).toMatchObject({ outcome: 'succeeded' });
    await smtp.received(sent + 1);
    expect(await second.client.run('wardround')).toMatchObject({ outcome: 'succeeded' });
    const said = await stopped(second.command);
    expect(said).toContain(`The event log is a copy of the installation in ${original}/data`);

    // It is an installation like any other from then on.
    const again = await started(folder);
    expect(await again.client.events('installation.restored')).toHaveLength(1);
    expect(await stopped(again.command)).toBe('');
    expect(time).toBeGreaterThan(0);
  });
});
