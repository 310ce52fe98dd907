import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Command } from '../fixtures/command.js';
import { tempFolder } from '../fixtures/temp-folder.js';

const longMs = 120_000;

/** A folder with some records and a `wardround.yaml` that backs them up on demand. */
function clinic(more = ''): string {
  const folder = tempFolder();
  mkdirSync(join(folder, 'records'));
  writeFileSync(join(folder, 'records', 'anna.txt'), 'Anna, born 1961\n');
  writeFileSync(
    join(folder, 'wardround.yaml'),
    `servers:
  - name: reception
checkups:
  - { name: memory, plugin: memory, every: 1h }
backups:
  - name: records
    sources:
      - { name: records, plugin: folder, parameters: { paths: ['\${config}/records'] } }
    localCopy: { path: '\${data}/local' }
    copies:
      - { name: second, parameters: { path: '\${data}/second' } }
recipientGroups:
  - { name: staff, subscriptions: [{ takes: always-with-log, channel: inbox }] }
${more}`,
  );
  return folder;
}

describe('the command line where no Wardround runs', () => {
  const folder = clinic();

  it(
    'backs up alone, and exits with 0',
    async () => {
      const ended = await Command.run(folder, 'backup', 'run', 'records');
      expect(ended.stdout).toContain('verified');
      expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    },
    longMs,
  );

  it(
    'has told the group before it ends',
    async () => {
      const { stdout } = await Command.run(folder, 'log', '--json');
      const types = stdout
        .trim()
        .split('\n')
        .map((line) => z.object({ type: z.string() }).parse(JSON.parse(line)).type);
      expect(types.filter((type) => type.startsWith('message.'))).toEqual(['message.decided', 'message.delivered']);
    },
    longMs,
  );

  it(
    'restores alone, file for file',
    async () => {
      const to = join(folder, 'restored');
      const ended = await Command.run(folder, 'restore', 'records', '--to', to, '--json');
      expect(ended).toMatchObject({ exitCode: 0 });
      const inside = join(
        to,
        'records',
        ...folder
          .split(/[\\/]/)
          .filter((part) => part !== '')
          .map((part) => part.replace(':', '')),
        'records',
      );
      expect(readFileSync(join(inside, 'anna.txt'), 'utf8')).toBe('Anna, born 1961\n');

      const again = await Command.run(folder, 'restore', 'records', '--to', to);
      expect(again.exitCode).toBe(1);
      expect(again.stderr).toMatch(/not empty/);
    },
    longMs,
  );

  it.each([
    [['backup', 'run', 'nothing'], 1, /unknown backup job "nothing"; known: records/],
    [['backup', 'run'], 2, /job/],
    [['nonsense'], 2, /nonsense/],
    [['--port', 'eighty', 'status'], 2, /eighty/],
    [['--host', '0.0.0.0', 'start'], 2, /127\.0\.0\.1 only/],
    [['status', '--config', 'absent.yaml', '--data', 'absent'], 1, /absent/],
  ])(
    'refuses %j with %i and says what is wrong',
    async (args, exitCode, text) => {
      const ended = await Command.run(folder, ...args);
      expect(ended.stderr).toMatch(text);
      expect(ended.exitCode).toBe(exitCode);
      expect(ended.stderr).not.toMatch(/\n\s+at /);
    },
    longMs,
  );

  it(
    'exits with 1 when the backup fails, and says why',
    async () => {
      const broken = clinic();
      await Command.run(broken, 'status');
      writeFileSync(
        join(broken, 'wardround.yaml'),
        readFileSync(join(broken, 'wardround.yaml'), 'utf8').replace('/records', '/recrods'),
      );
      const ended = await Command.run(broken, 'backup', 'run', 'records');
      expect(ended.exitCode).toBe(1);
      expect(`${ended.stdout}${ended.stderr}`).toMatch(/recrods.*does not exist/);
    },
    longMs,
  );

  it(
    'shows all that is wrong with a configuration, with lines, and changes nothing',
    async () => {
      const broken = clinic();
      await Command.run(broken, 'backup', 'run', 'records');
      const text = readFileSync(join(broken, 'wardround.yaml'), 'utf8');
      writeFileSync(
        join(broken, 'wardround.yaml'),
        text.replace('every: 1h', 'evry: 1h').replace('name: staff', 'name: The Staff'),
      );
      const applied = await Command.run(broken, 'apply');
      expect(applied.exitCode).toBe(1);
      const said = `${applied.stdout}${applied.stderr}`;
      expect(said).toMatch(/wardround\.yaml:4:\d+ .*evry/);
      expect(said).toMatch(/wardround\.yaml:13:\d+ .*The Staff/);
      const after = await Command.run(broken, 'backup', 'run', 'records');
      expect(after.exitCode).toBe(0);
    },
    longMs,
  );
});

describe('the command line beside a running Wardround', () => {
  const folder = clinic();
  let running: Command;

  beforeAll(async () => {
    running = new Command(folder, 'start', '--port', '0');
    await running.printed(/Board\s+http:\/\/127\.0\.0\.1:\d+/);
  }, longMs);

  afterAll(async () => {
    running.child.kill('SIGKILL');
    await running.ended();
  });

  it(
    'asks it, and neither writes where the other does',
    async () => {
      const ended = await Command.run(folder, 'backup', 'run', 'records', '--json');
      expect(ended.exitCode).toBe(0);
      const status = await Command.run(folder, 'status');
      expect(status.stdout).toMatch(/records/);
      const looked = await Command.run(folder, 'checkup', 'run', 'memory');
      expect(looked.stdout).toMatch(/memory/i);
    },
    longMs,
  );

  it(
    'says whose the data folder is when a second one is started on it',
    async () => {
      const second = await Command.run(folder, 'start', '--port', '0');
      expect(second.exitCode).toBe(1);
      expect(second.stderr).toMatch(new RegExp(`in use by process ${running.child.pid}, whose board is at http`));
    },
    longMs,
  );

  it(
    'names the port that is taken, and the way out',
    async () => {
      const url = /http:\/\/127\.0\.0\.1:(\d+)/.exec(await running.printed(/Board/));
      const second = await Command.run(clinic(), 'start', '--port', url?.[1] ?? '');
      expect(second.exitCode).toBe(1);
      expect(second.stderr).toMatch(new RegExp(`port ${url?.[1]} .* in use`));
      expect(second.stderr).toContain('--port');
    },
    longMs,
  );

  it(
    'ends in order when it is asked to, and gives the folder back',
    async () => {
      running.child.kill('SIGTERM');
      const { exitCode, stderr } = await running.ended();
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(existsSync(join(folder, 'data', 'process.json'))).toBe(false);
      expect((await Command.run(folder, 'backups')).stdout).toContain('records');
    },
    longMs,
  );
});
