import Database from '#sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventTypes } from '../../capabilities.js';
import type { NewEvent } from '../../event-log/envelope.js';
import { readAll } from '../../event-log/event-log.js';
import { openSqliteLog } from '../../event-log/sqlite/sqlite-log.adapter.js';
import { fact } from '../../event-log/statement.js';
import { FolderLock } from '../../process/folder-lock.adapter.js';
import { ruleDefined } from '../../rules/rules.events.js';
import { serverDefined } from '../../servers/servers.events.js';
import { systemClock } from '../../shared/clock.adapter.js';
import { packageRoot } from '../../shared/package.adapter.js';
import { runProgram } from '../program.adapter.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardround-copy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const from = () => join(folder, 'old', 'events.db');
const to = () => join(folder, 'new', 'events.db');

async function wardround(...args: readonly string[]) {
  const printed = { out: '', error: '' };
  const code = await runProgram(args, {
    stdout: { write: (text) => (printed.out += text) },
    stderr: { write: (text) => (printed.error += text) },
  });
  return { code, ...printed };
}

const copy = (...more: readonly string[]) =>
  wardround('log', 'copy', '--from', `sqlite:${from()}`, '--to', `sqlite:${to()}`, ...more);

function defined(server: string, title: string): NewEvent {
  const key = `/sites/main/servers/${server}`;
  const data = { site: 'main', server, definition: { name: server, title } };
  return fact(serverDefined, { source: key, subject: key, partitionkey: key, now: systemClock.now(), data });
}

/** Two servers, and a decision, which has no sequence. */
function someEvents(): readonly NewEvent[] {
  const decided = fact(ruleDefined, {
    ...{ source: '/wardround/rules', subject: '/definitions/rules/a', partitionkey: '/definitions' },
    now: systemClock.now(),
    actor: 'cli:anna',
    causationid: 'the cause',
    data: {
      rule: 'a',
      definition: { name: 'a', title: 'A', severity: 'warning', when: { protocolLine: 'x' } },
    },
  });
  return [defined('a', 'One'), defined('b', 'Two'), decided, defined('a', 'Three')];
}

async function keep(file: string, events: readonly NewEvent[]) {
  const log = await openSqliteLog({ file, clock: systemClock, eventTypes });
  await log.append(events);
  await log.close();
}

async function held(file: string) {
  const log = await openSqliteLog({ file, clock: systemClock, eventTypes });
  const events = await readAll(log, {});
  await log.close();
  return events;
}

async function identityOf(file: string) {
  const log = await openSqliteLog({ file, clock: systemClock, eventTypes });
  const identity = await log.identity();
  await log.close();
  return identity;
}

describe('wardround log copy', () => {
  it('carries every event over as it was recorded, compares both, and says so', async () => {
    await keep(from(), someEvents());
    const original = await held(from());
    expect(await copy()).toEqual({
      code: 0,
      error: '',
      out:
        `Checking the contents of ${to()}\nCopying\nComparing\n` +
        `4 events under 3 keys: ${to()} is identical to ${from()}: same events, same order, no duplicates.\n`,
    });
    expect(await held(to())).toEqual(original);
    // The copy is the same log in its own epoch: whatever either of them records next is distinguished.
    await keep(to(), [defined('a', 'Four')]);
    await keep(from(), [defined('a', 'Other four')]);
    const [here, there] = [await identityOf(to()), await identityOf(from())];
    expect(here).toMatchObject({ id: there.id, because: 'log-copy', before: there.epoch });
    expect((await held(to())).at(-1)).toMatchObject({ sequence: '0000000000000001', epoch: here.epoch });
    expect((await held(from())).at(-1)).toMatchObject({ sequence: '0000000000000003', epoch: there.epoch });
  });

  it('continues with what an earlier copy did not bring', async () => {
    const [first, ...rest] = someEvents();
    await keep(from(), first ? [first] : []);
    await copy();
    await keep(from(), rest);
    const begun = await identityOf(to());
    const { code, out } = await copy('--json');
    expect(await identityOf(to())).toEqual(begun);
    expect({ code, report: JSON.parse(out) as unknown }).toEqual({
      code: 0,
      report: {
        ...{ dryRun: false, from: from(), to: to(), events: 4, keys: 3, copied: 3, found: 1, verified: true },
      },
    });
    expect(await held(to())).toEqual(await held(from()));
  });

  it('only says how much there is in a dry run, and makes nothing', async () => {
    await keep(from(), someEvents());
    const { code, out } = await copy('--dry-run');
    expect({ code, out }).toEqual({
      code: 0,
      out: `4 events under 3 keys of ${from()} would be copied to ${to()}. Run the command without --dry-run to copy them.\n`,
    });
    expect(existsSync(to())).toBe(false);
  });

  it('takes a configuration for the log that it states', async () => {
    await keep(from(), someEvents());
    writeFileSync(join(folder, 'small.yaml'), 'servers: [{ name: a }]\n');
    const { code } = await wardround(
      ...['log', 'copy', '--from', from(), '--to', join(folder, 'small.yaml'), '--data', join(folder, 'new')],
    );
    expect(code).toBe(0);
    expect(await held(to())).toHaveLength(4);
  });

  it.each([
    ['source', from],
    ['target', to],
  ])('is refused while a Wardround runs on the %s', async (_which, file) => {
    await keep(from(), someEvents());
    await keep(to(), []);
    const lock = FolderLock.take(join(file(), '..'));
    const { code, error } = await copy();
    lock.release();
    expect(code).toBe(1);
    expect(error).toMatch(/the data folder .* is in use/);
  });

  it('is refused into a log that holds something else', async () => {
    await keep(from(), someEvents());
    await keep(to(), [defined('a', 'Another')]);
    const { code, error } = await copy();
    expect(code).toBe(1);
    expect(error).toContain('the target has events of /sites/main/servers/a that the source does not have');
    expect(await held(to())).toHaveLength(1);
  });

  it('is refused into a log that a Wardround has worked with, and from one with decisions that are not in it', async () => {
    await keep(from(), someEvents());
    await keep(to(), []);
    const beside = (file: string, sql: string) => {
      const database = new Database(join(file, '..', 'wardround.db'));
      database.exec(sql);
      database.close();
    };
    beside(to(), "CREATE TABLE checkpoints (subscription); INSERT INTO checkpoints VALUES ('views')");
    expect((await copy()).error).toContain('it would treat the copied events as new');
    beside(from(), 'CREATE TABLE outbox (id); INSERT INTO outbox VALUES (1)');
    expect((await copy()).error).toContain('1 decisions in');
  });

  it.each([
    [['--from', 'somewhere', '--to', 'kafka'], 2, '"somewhere" is not an event log'],
    [['--from', 'a.db'], 2, "required option '--to <log>' not specified"],
    [['--from', 'a.db', '--to', './a.db'], 1, 'a.db is both the source and the target'],
    [['--from', 'sqlite:/nowhere/events.db', '--to', 'b.db'], 1, 'there is no event log /nowhere/events.db'],
    [['--from', 'kafka', '--to', 'b.db', '--config', '/nowhere.yaml'], 1, 'no configuration file at /nowhere.yaml'],
    [
      ['--from', 'kafka', '--to', 'b.db', '--config', join(packageRoot, 'wardround.yaml')],
      1,
      'has no event log on Kafka',
    ],
  ])('says what is wrong with %j', async (args, exitCode, said) => {
    const { code, error } = await wardround('log', 'copy', ...args);
    expect(error).toContain(said);
    expect(code).toBe(exitCode);
  });
});
