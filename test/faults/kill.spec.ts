import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from '#sqlite';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { verifySnapshot } from '../../plugins/sdk/index.js';
import { eventTypes } from '../../src/capabilities.js';
import type { Event } from '../../src/event-log/envelope.js';
import { readAll } from '../../src/event-log/event-log.js';
import { openSqliteLog } from '../../src/event-log/sqlite/sqlite-log.adapter.js';
import { systemClock } from '../../src/shared/clock.adapter.js';
import { TestSmtpServer } from '../fixtures/smtp.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { until } from '../fixtures/until.js';
import { Clinic, job, probes, type Life } from './clinic.js';
import { alarmChanges, counting, numbersOf, ofType, runEnds, sequences, tideChanges } from './history.js';
import { burst, chance, momentOf, planKills, thinkingMs } from './kills.js';
import { sendings, type Span } from './sendings.js';

const startedRun = z.object({ runId: z.string() });
const list = z.object({ items: z.array(z.object({ outcome: z.string().optional(), rule: z.string().optional() })) });
const rebuiltViews = z.object({ views: z.array(z.object({ name: z.string(), rowsChanged: z.number() })) });

const seed = Number(process.env['WARDROUND_FAULT_SEED'] ?? Date.now() % 1_000_000);
const minutes = 60_000;
/** Fifty take seven minutes: see CONTRIBUTING.md for the long run. */
const killCount = Number(process.env['WARDROUND_FAULT_KILLS'] ?? 16);

describe(`a process that is killed at ${killCount} random moments`, () => {
  const random = chance(seed);
  const kills = planKills(random, killCount);
  const lives: Span[] = [];
  let clinic: Clinic;
  let smtp: TestSmtpServer;
  let startMs = 1500;
  let life: Life | null = null;
  let events: readonly Event[] = [];

  /** Starts it to be left in peace; see {@link end}. */
  async function begin(): Promise<Life> {
    life = clinic.start({ work: false });
    await life.ready();
    return life;
  }

  async function end(): Promise<void> {
    await life?.stop();
    life = null;
  }

  async function killAt(share: number): Promise<void> {
    const doomed = clinic.start({ work: false });
    await pause(share * startMs);
    lives.push({ startedAt: doomed.startedAt, killedAt: await doomed.kill() });
  }

  async function ask(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    if (!life) throw new Error('nothing runs that could be asked');
    return life.ask(clinic.dataFolder, method, path, body);
  }

  const count = async (path: string) => list.parse(await ask('GET', path)).items.length;

  /**
   * Backs up once more, and waits for all that follows from it. Messages go out in the order in which they fell due, and
   * rules judge in the order of the log: once this run has been told of and its success has cleared the alarm, everything
   * before it has been dealt with.
   */
  async function backUpAndTell(): Promise<void> {
    const { runId } = startedRun.parse(await ask('POST', `jobs/${job}/runs`));
    await until(
      async () => z.object({ outcome: z.string() }).parse(await ask('GET', `runs/${runId}`)).outcome !== 'running',
    );
    const runs = await count('runs?limit=500');
    await until(async () => (await count('messages?limit=500')) === 2 * runs);
    await until(async () => (await count('messages?state=waiting')) === 0);
    await until(async () => {
      const { items } = list.parse(await ask('GET', 'alarms?open=true&limit=500'));
      return items.every(({ rule }) => rule !== 'backup-failed');
    });
  }

  async function readLog(): Promise<readonly Event[]> {
    const log = await openSqliteLog({ file: join(clinic.dataFolder, 'events.db'), clock: systemClock, eventTypes });
    try {
      return await readAll(log, {});
    } finally {
      await log.close();
    }
  }

  const print = (text: string) => process.stderr.write(`${text}\n`);

  beforeAll(async () => {
    print(`kills: WARDROUND_FAULT_SEED=${seed} repeats these`);
    smtp = await TestSmtpServer.start();
    smtp.thinkFor(thinkingMs);
    clinic = new Clinic(tempFolder(), smtp.port);
    for (const kill of kills) {
      const doomed = clinic.start({ work: true, burst: kill.during === 'projection' ? burst : 0 });
      await momentOf(kill, doomed, smtp, startMs);
      lives.push({ startedAt: doomed.startedAt, killedAt: await doomed.kill() });
      if (doomed.readyAt !== null) startMs = doomed.readyAt - doomed.startedAt;
    }
    await begin();
    await backUpAndTell();
    await end();
    events = await readLog();
    print(`kills: ${kills.length}; events: ${events.length}, of them acknowledged here: ${clinic.acknowledged.length}`);
  }, 15 * minutes);

  afterAll(async () => {
    await life?.kill();
    await smtp.stop();
  });

  it('was killed while it appended, folded, backed up and delivered', () => {
    expect(kills).toHaveLength(killCount);
    expect(clinic.acknowledged.length).toBeGreaterThan(killCount);
    expect(ofType(events, 'backup.copied').length).toBeGreaterThan(0);
    expect(smtp.mails.length).toBeGreaterThan(0);
  });

  it('lost no event that it had acknowledged, and holds each once, in order, without a gap', () => {
    const ids = new Set(events.map(({ source, id }) => `${source} ${id}`));
    expect(ids.size).toBe(events.length);
    const held = new Set(events.map(({ id }) => id));
    expect(clinic.acknowledged.filter(({ id }) => !held.has(id))).toEqual([]);
    for (const server of probes) expect(counting(numbersOf(events, server)).brokenAt).toBeNull();
    for (const numbers of sequences(events).values()) expect(counting(numbers).brokenAt).toBeNull();
  });

  it('says of every run that began how it ended, once; of the killed ones that they failed', () => {
    const { begun, wrong, succeeded, ended, otherwise } = runEnds(events);
    print(`runs: ${begun}, of them ${succeeded} succeeded and ${ended} were ended by a kill`);
    expect(wrong).toEqual([]);
    expect(otherwise).toEqual([]);
    expect(succeeded).toBeGreaterThan(0);
    expect(ended).toBeGreaterThan(5);
  });

  it('raised and cleared each alarm once, as if it had never been killed', () => {
    const changes = alarmChanges(events);
    for (const server of probes) {
      expect(changes.get(`high-tide on ${server}`)).toEqual(tideChanges(numbersOf(events, server).length));
    }
    const ofBackups = changes.get('backup-failed on desk') ?? [];
    expect(ofBackups).toEqual(ofBackups.map((_, index) => (index % 2 === 0 ? 'alarm.raised' : 'alarm.cleared')));
    print(`alarms: ${ofType(events, 'alarm.raised').length}`);
  });

  it('decided on one message per run and subscription, and delivered each', () => {
    const decided = ofType(events, 'message.decided').map(({ data }) => data.messageId);
    const delivered = ofType(events, 'message.delivered').map(({ data }) => data.messageId);
    expect(new Set(decided).size).toBe(decided.length);
    expect(decided).toHaveLength(2 * ofType(events, 'backup.completed').length);
    expect([...delivered].sort()).toEqual([...decided].sort());
  });

  it('sent a message twice only where it was killed between its acceptance and the record of it', () => {
    const { messages, repeats, unexplained, unrecorded, neverReceived } = sendings(smtp.mails, events, lives);
    print(
      `mails: ${smtp.mails.length} for ${messages} messages; sent again after a kill in the one window: ${repeats}`,
    );
    expect({ unexplained, unrecorded, neverReceived }).toEqual({ unexplained: [], unrecorded: [], neverReceived: [] });
  });

  it(
    'left no half snapshot without .partial, and no .partial after the next good run',
    async () => {
      for (const root of [clinic.localFolder, clinic.secondFolder]) {
        const names = readdirSync(join(root, job)).filter((name) => name !== '.wardround.json');
        const whole = names.filter((name) => !name.endsWith('.partial') && name !== '.scratch');
        print(`snapshots in ${root.slice(clinic.folder.length + 1)}: ${whole.length} whole of ${names.length}`);
        expect(whole.length).toBeGreaterThan(0);
        for (const name of whole) {
          expect((await verifySnapshot({ root, job, name })).files).toBeGreaterThan(300);
        }
        expect(names.filter((name) => !whole.includes(name))).toEqual([]);
        const known = ofType(events, 'backup.verified').filter(({ data }) => data.place.startsWith(root));
        expect(known.filter(({ data }) => !whole.includes(data.snapshot))).toEqual([]);
      }
    },
    3 * minutes,
  );

  it('left both databases whole', () => {
    for (const name of ['events.db', 'wardround.db']) {
      const database = new Database(join(clinic.dataFolder, name), { readonly: true });
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
      database.close();
    }
  });

  it(
    'shows what a fold of the whole log shows, and sends nothing when the views are rebuilt',
    async () => {
      await begin();
      const before = smtp.mails.length;
      const { views } = rebuiltViews.parse(await ask('POST', 'views/rebuild'));
      expect(views.length).toBeGreaterThan(0);
      expect(views.filter(({ rowsChanged }) => rowsChanged > 0)).toEqual([]);
      await backUpAndTell();
      expect(smtp.mails).toHaveLength(before + 1);
      await end();
    },
    3 * minutes,
  );

  it(
    'restores the newest snapshot as the files and the database stand',
    async () => {
      await begin();
      for (const destination of ['local-copy', 'second']) {
        const to = join(clinic.folder, `restored-from-${destination}`);
        await ask('POST', `jobs/${job}/restores`, { to, destination });
        expect(contents(join(to, 'files'))).toEqual(contents(clinic.recordsFolder));
        const restored = new Database(join(to, 'visits', 'records.db'), { readonly: true });
        const original = new Database(clinic.recordsFile, { readonly: true });
        const visits = 'SELECT count(*), max(id) FROM visits';
        expect(restored.pragma('integrity_check', { simple: true })).toBe('ok');
        expect(restored.prepare(visits).get()).toEqual(original.prepare(visits).get());
        restored.close();
        original.close();
      }
      await end();
    },
    3 * minutes,
  );

  it(
    'sends nothing again after the whole database of the views was lost, even if it is killed while it replays',
    async () => {
      const before = smtp.mails.length;
      const alarmsBefore = ofType(await readLog(), 'alarm.raised', 'alarm.cleared').length;
      for (const suffix of ['', '-wal', '-shm'])
        rmSync(join(clinic.dataFolder, `wardround.db${suffix}`), { force: true });
      for (let round = 0; round < 3; round++) await killAt(0.3 + 0.6 * random());
      await begin();
      await backUpAndTell();
      await end();
      expect(smtp.mails).toHaveLength(before + 1);
      expect(existsSync(join(clinic.dataFolder, 'wardround.db'))).toBe(true);
      const after = await readLog();
      expect(ofType(after, 'alarm.raised', 'alarm.cleared')).toHaveLength(alarmsBefore);
      const { unexplained, unrecorded } = sendings(smtp.mails, after, lives);
      expect({ unexplained, unrecorded }).toEqual({ unexplained: [], unrecorded: [] });
    },
    5 * minutes,
  );
});

/** Of every file below a folder: its name and a digest. Names are unique here. */
function contents(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const digests = entries.map(({ name, parentPath }): [string, string] => {
    return [
      name,
      createHash('sha256')
        .update(readFileSync(join(parentPath, name)))
        .digest('hex'),
    ];
  });
  return new Map(digests.sort());
}
