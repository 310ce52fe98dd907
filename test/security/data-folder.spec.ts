import { describe, expect, it, jest } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/package.adapter.js';
import { atTheEnd } from '../fixtures/at-the-end.js';
import { Command } from '../fixtures/command.js';
import { jobOf, makeSource } from '../fixtures/jobs.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { writeConfiguration } from '../fixtures/ward.js';

jest.setTimeout(120_000);

/** An ordinary user of the computer that Wardround does not run as. */
const stranger = 4242;
const isRoot = process.getuid?.() === 0;
const describeAsRoot = isRoot ? describe : describe.skip;

/** A folder that every user of the computer reaches, with a configuration. */
function place(configuration: object = {}): string {
  const folder = tempFolder();
  chmodSync(folder, 0o755);
  writeConfiguration(folder, configuration);
  return folder;
}

/** What the stranger's own program prints. */
function asStranger(script: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { uid: stranger, gid: stranger, cwd: '/' });
  return `${stdout.toString()}${stderr.toString()}`.trim();
}

/** A program of the stranger that begins a transaction on a database, and does not let go of it. */
function holdsAsStranger(file: string, begin = 'BEGIN') {
  // He may not be able to read where this is installed, so the driver is loaded before he takes over.
  const driver = join(packageRoot, 'src/shared/sqlite-driver.cjs');
  const script = `const open = require('${driver}'); process.setgid(${stranger}); process.setuid(${stranger});
    const db = open('${file}', { readonly: '${begin}' === 'BEGIN' }); db.exec('${begin}');
    db.prepare('SELECT count(*) FROM sqlite_schema').get(); console.log('held'); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ['-e', script], { cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] });
  atTheEnd('let go', () => void child.kill('SIGKILL'));
  return child;
}

const triesTo = (what: string) =>
  `const fs = require('node:fs'); try { ${what}; console.log('done') } catch (error) { console.log(error.code) }`;

function modesIn(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(names.map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]));
}

async function started(folder: string, ...args: string[]): Promise<Command> {
  const command = new Command(folder, '--port', '0', ...args, 'start');
  await command.printed(/Ctrl-C/);
  return command;
}

async function stopped(command: Command): Promise<string> {
  command.child.kill('SIGTERM');
  const { stderr, exitCode } = await command.ended();
  expect(exitCode).toBe(0);
  return stderr;
}

describeAsRoot('the data folder and a second user of the computer (needs root)', () => {
  it('S2: an existing data folder that others may enter is closed, and said once; its databases are closed too', async () => {
    const folder = place();
    await stopped(await started(folder));
    const data = join(folder, 'data');
    chmodSync(data, 0o755);
    for (const name of ['events.db', 'wardround.db', 'owner.lock', 'installation.key'])
      chmodSync(join(data, name), 0o644);
    expect(asStranger(triesTo(`fs.readFileSync('${data}/events.db')`))).toBe('done');
    const command = await started(folder);
    const whileItRuns = Object.values(modesIn(data));
    expect(whileItRuns.length).toBeGreaterThan(5); // with the write-ahead files
    expect(new Set(whileItRuns)).toEqual(new Set(['600']));
    expect(statSync(data).mode & 0o777).toBe(0o700);
    expect(asStranger(triesTo(`fs.readFileSync('${data}/events.db')`))).toBe('EACCES');
    expect(asStranger(triesTo(`fs.readdirSync('${data}')`))).toBe('EACCES');
    expect(await stopped(command)).toContain(`Other users had access to the data folder ${data} (mode 755)`);
    expect(await stopped(await started(folder))).not.toContain('Other users');
  });

  it('S2: all that is made is for its user alone, whatever the umask of the shell', async () => {
    const folder = place();
    const command = await started(folder);
    expect(new Set(Object.values(modesIn(join(folder, 'data'))))).toEqual(new Set(['600']));
    const status = readFileSync(`/proc/${command.child.pid}/status`, 'utf8');
    expect(status).toMatch(/^Umask:\s+0077$/m);
    await stopped(command);
  });

  it('S13: no one else can hold the lock, so that a start and a write continue', async () => {
    const folder = place();
    await stopped(await started(folder));
    chmodSync(join(folder, 'data'), 0o755);
    chmodSync(join(folder, 'data', 'owner.lock'), 0o644);
    const command = await started(folder);
    for (const file of ['owner.lock', 'events.db', 'wardround.db'])
      expect(asStranger(triesTo(`fs.openSync('${join(folder, 'data', file)}', 'r')`))).toBe('EACCES');
    await stopped(command);
  });

  it('S13 kind: a lock that someone took while the folder was open is named, with its process', async () => {
    const folder = place();
    await stopped(await started(folder));
    const lock = join(folder, 'data', 'owner.lock');
    chmodSync(join(folder, 'data'), 0o755);
    chmodSync(lock, 0o644);
    const holder = holdsAsStranger(lock);
    await once(holder.stdout, 'data');
    const { exitCode, stderr } = await Command.run(folder, '--port', '0', 'start');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`process ${holder.pid} of user ${stranger} holds the lock of the data folder`);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await stopped(await started(folder));
  });

  it.each(['events.db', 'wardround.db'])(
    'S13 kind: a lock on %s that another user took while the folder was open is named, with its process',
    async (name) => {
      const folder = place();
      const killed = await started(folder);
      killed.child.kill('SIGKILL'); // leaves its write-ahead files, which the next start opens again
      await killed.ended();
      const data = join(folder, 'data');
      chmodSync(data, 0o777);
      for (const end of ['', '-wal', '-shm']) chmodSync(join(data, name + end), 0o666);
      const holder = holdsAsStranger(join(data, name), 'BEGIN IMMEDIATE');
      await once(holder.stdout, 'data');
      const { exitCode, stderr } = await Command.run(folder, '--port', '0', 'start');
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`process ${holder.pid} of user ${stranger} holds a lock on ${join(data, name)}`);
      expect(stderr).toContain(`kill ${holder.pid}`);
      holder.kill('SIGKILL');
      await once(holder, 'exit');
      await stopped(await started(folder));
    },
  );

  it('S2 kind: a data folder that belongs to someone else is refused, with what to do', async () => {
    const folder = place();
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o777 });
    chownSync(data, stranger, stranger);
    const { exitCode, stderr } = await Command.run(folder, '--port', '0', 'start');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`the data folder ${data} belongs to user ${stranger}, but Wardround runs as user 0`);
    expect(stderr).toContain('chown -R 0');
    expect(readdirSync(data)).toEqual([]);
  });

  it('S2 kind: a data folder that is someone else’s link, placed where everyone may write, is not followed', async () => {
    const folder = place();
    const everyones = join(folder, 'shared');
    mkdirSync(everyones);
    chmodSync(everyones, 0o1777);
    expect(asStranger(triesTo(`fs.mkdirSync('${everyones}/trap'); fs.symlinkSync('trap', '${everyones}/data')`))).toBe(
      'done',
    );
    const { exitCode, stderr } = await Command.run(folder, '--data', join(everyones, 'data'), '--port', '0', 'start');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`contains the symbolic link ${everyones}/data, which belongs to user ${stranger}`);
    expect(readdirSync(join(everyones, 'trap'))).toEqual([]);
  });

  it('S2 kind: a link of one’s own is followed, and a database that someone else put there is not opened', async () => {
    const folder = place();
    const data = join(folder, 'disk', 'wardround');
    mkdirSync(data, { recursive: true, mode: 0o700 });
    symlinkSync(data, join(folder, 'data'));
    await stopped(await started(folder));
    chownSync(join(data, 'events.db'), stranger, stranger);
    const { exitCode, stderr } = await Command.run(folder, '--port', '0', 'start');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${join(folder, 'data')}/events.db belongs to user ${stranger}`);
  });

  it('S2 kind: a folder of the system that was named by mistake is not closed to everybody', async () => {
    const folder = place();
    const opt = join(folder, 'opt');
    mkdirSync(join(opt, 'other-program'), { recursive: true, mode: 0o755 });
    const { exitCode, stderr } = await Command.run(folder, '--data', opt, '--port', '0', 'start');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('contains files that are not Wardround');
    expect(statSync(opt).mode & 0o777).toBe(0o755);
    expect(existsSync(join(opt, 'events.db'))).toBe(false);
  });

  it('S2 kind: a folder on the way that others may write in is named', async () => {
    const folder = place();
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const stderr = await stopped(await started(folder, '--data', join(open, 'data')));
    expect(stderr).toContain(`they have write permission for ${open} (mode 777)`);
  });

  it('S2 kind: a configuration that others can change is told at the start and by apply', async () => {
    const folder = place();
    const file = join(folder, 'wardround.yaml');
    chmodSync(file, 0o666);
    const command = await started(folder);
    const { stderr, exitCode } = await Command.run(folder, 'apply');
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`Other users can change the configuration ${file} (mode 666)`);
    expect(await stopped(command)).toContain(`Other users can change the configuration ${file} (mode 666)`);
    chmodSync(file, 0o644);
    chownSync(file, stranger, stranger);
    expect((await Command.run(folder, 'apply')).stderr).toContain(`belongs to user ${stranger}, who can change it`);
    chownSync(file, 0, 0);
    expect((await Command.run(folder, 'apply')).stderr).toBe('');
  });

  it('S2 kind: a secret in a file that everybody can read is told, and used', async () => {
    const folder = place();
    const secret = join(folder, 'secret');
    writeFileSync(secret, `${makeSource('as before')}\n`);
    chmodSync(secret, 0o644);
    writeConfiguration(folder, {
      backups: [jobOf('records', `\${file:${secret}}`, { localCopy: { path: join(folder, 'backups') } })],
    });
    const command = await started(folder);
    const { exitCode } = await Command.run(folder, 'backup', 'run', 'records');
    expect(exitCode).toBe(0);
    const told = await stopped(command);
    expect(told).toContain(`Every user of this computer can read ${secret}, which the configuration uses as a secret`);
  });

  it('S2 kind: an ordinary user whose database root once made is told so before anything is opened', async () => {
    const folder = place();
    chownSync(folder, stranger, stranger);
    const data = join(folder, 'data');
    await stopped(await started(folder));
    chownSync(data, stranger, stranger);
    renameSync(join(data, 'wardround.db'), join(folder, 'away.db'));
    const program = new URL('../../dist/program/wardround.js', import.meta.url).pathname;
    const { status, stderr } = spawnSync(process.execPath, [program, '--port', '0', 'start'], {
      cwd: folder,
      uid: stranger,
      gid: stranger,
    });
    expect(status).toBe(1);
    expect(stderr.toString()).toContain(`events.db belongs to root, but Wardround runs as user ${stranger}`);
  });
});
