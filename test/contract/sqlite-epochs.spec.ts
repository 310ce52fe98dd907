import Database from '#sqlite';
import { afterEach, describe, expect, it } from '@jest/globals';
import { copyFileSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '../../src/event-log/envelope.js';
import { readAll } from '../../src/event-log/event-log.js';
import { openSqliteLog, type SqliteEventLog } from '../../src/event-log/sqlite/sqlite-log.adapter.js';
import { systemClock } from '../../src/shared/clock.adapter.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { clinicTypes, decided, measurement } from './clinic-events.js';

const opened: SqliteEventLog[] = [];
afterEach(async () => {
  for (const log of opened.splice(0)) await log.close();
});

const fileIn = (folder: string) => join(folder, 'events.db');

async function open(folder: string): Promise<SqliteEventLog> {
  const log = await openSqliteLog({ file: fileIn(folder), clock: systemClock, eventTypes: clinicTypes });
  opened.push(log);
  return log;
}

/** Opens the log in a folder, states so many facts, and closes it. @returns all that it holds */
async function lives(folder: string, facts: number): Promise<readonly Event[]> {
  const log = await open(folder);
  for (let number = 0; number < facts; number++) await log.append([measurement('reception', number)]);
  const events = await readAll(log, {});
  await log.close();
  return events;
}

async function identityIn(folder: string) {
  const log = await open(folder);
  const identity = await log.identity();
  await log.close();
  return identity;
}

/** What is in a folder just now, in another one, as a copy of the whole folder is. */
function copyOf(folder: string): string {
  const copy = join(tempFolder(), 'copy');
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** The number that every fact has, and that no other may have. */
const numbers = (events: readonly Event[]) =>
  events.filter(({ sequence }) => sequence).map(({ source, epoch, sequence }) => `${source} ${epoch} ${sequence}`);

/** Facts by their ids, so that those which two logs share count once. */
function numbersOfAll(...logs: readonly (readonly Event[])[]): readonly string[] {
  return numbers([...new Map(logs.flat().map((event) => [event.id, event])).values()]);
}

const eachOnce = (all: readonly string[]) => new Set(all).size === all.length;

/** A file as layout 1 made it. */
function layoutOne(file: string): void {
  const database = new Database(file);
  database.exec(`
    CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE sequences (source INTEGER PRIMARY KEY REFERENCES words, last INTEGER NOT NULL) STRICT;
    CREATE TABLE events (
      offset INTEGER PRIMARY KEY, time INTEGER NOT NULL, recordedtime INTEGER NOT NULL,
      type INTEGER NOT NULL REFERENCES words, version INTEGER NOT NULL, source INTEGER NOT NULL REFERENCES words,
      subject INTEGER NOT NULL REFERENCES words, partitionkey INTEGER NOT NULL REFERENCES words, id TEXT NOT NULL,
      sequence INTEGER, causationid TEXT, actor TEXT, data TEXT NOT NULL, UNIQUE (source, id)
    ) STRICT;
    CREATE INDEX events_of_subject ON events (subject);
    CREATE INDEX events_of_type ON events (type);
    CREATE INDEX events_by_time ON events (time);
    CREATE VIEW readable_events AS SELECT e.offset FROM events e;
    CREATE TABLE holder (
      one INTEGER PRIMARY KEY CHECK (one = 1), installation TEXT NOT NULL, folder TEXT NOT NULL, restoration TEXT
    ) STRICT;
    INSERT INTO holder VALUES (1, 'Zm9vYmFyYmF6cXV4cXV1eA', '/srv/data', NULL);
    PRAGMA application_id = 0x57617264;
    PRAGMA user_version = 1;`);
  const { source, subject, partitionkey, type, data } = measurement('reception', 1);
  const word = (text: string) =>
    Number(database.prepare('INSERT OR IGNORE INTO words (text) VALUES (?)').run(text).lastInsertRowid);
  const [sourceWord, typeWord] = [word(source), word(type)];
  const keyOf = (text: string) =>
    database.prepare('SELECT id FROM words WHERE text = ?').pluck().get(text) ?? word(text);
  for (const number of [1, 2]) {
    database
      .prepare('INSERT INTO events VALUES (?, 1, 1, ?, 2, ?, ?, ?, ?, ?, NULL, NULL, ?)')
      .run(
        number,
        typeWord,
        sourceWord,
        keyOf(subject),
        keyOf(partitionkey),
        `id-${number}`,
        number,
        JSON.stringify(data),
      );
  }
  database.prepare('INSERT INTO sequences VALUES (?, 2)').run(sourceWord);
  database.close();
}

describe('the epoch of a log on SQLite', () => {
  it('continues over restarts, kills and a move within its disk', async () => {
    const folder = join(tempFolder(), 'data');
    await lives(folder, 2);
    // A killed process leaves its write-ahead log and its mark as they are: those of an open log look the same.
    const killed = await open(folder);
    await killed.append([measurement('reception', 9)]);
    await killed.close();
    const moved = join(tempFolder(), 'data');
    renameSync(folder, moved);
    const events = await lives(moved, 1);
    expect(new Set(events.map(({ epoch }) => epoch)).size).toBe(1);
    expect(events.map(({ sequence }) => Number(sequence))).toEqual([1, 2, 3, 4]);
  });

  it('ends when an older state of the log is put back, and no number is given twice', async () => {
    const folder = tempFolder();
    await lives(folder, 2);
    const backup = join(tempFolder(), 'events.db');
    copyFileSync(fileIn(folder), backup);
    const before = await lives(folder, 2);
    copyFileSync(backup, fileIn(folder));
    const after = await lives(folder, 2);
    expect(after.map(({ sequence, epoch }) => [Number(sequence), Number.parseInt(epoch ?? '', 10)])).toEqual([
      ...[
        [1, 1],
        [2, 1],
      ],
      ...[
        [1, 2],
        [2, 2],
      ],
    ]);
    expect(eachOnce(numbersOfAll(before, after))).toBe(true);
    expect(await identityIn(folder)).toMatchObject({ because: 'behind-mark', before: before[0]?.epoch });
    // The newer state again, in its turn.
    copyFileSync(backup, fileIn(folder));
    const third = await lives(folder, 3);
    expect(third.at(-1)?.epoch).toMatch(/^3-/);
    expect(eachOnce(numbersOfAll(before, after, third))).toBe(true);
  });

  it('is another in each copy, whichever of them and the original works in turn', async () => {
    const folder = tempFolder();
    await lives(folder, 2);
    const copies = [copyOf(folder), copyOf(folder)];
    const logs: Event[][] = [];
    for (let turn = 0; turn < 2; turn++) {
      for (const one of [folder, ...copies]) logs.push([...(await lives(one, 2))]);
    }
    expect(eachOnce(numbersOfAll(...logs))).toBe(true);
    expect(new Set(logs.map((events) => events.at(-1)?.epoch)).size).toBe(3);
    const ids = await Promise.all([folder, ...copies].map(async (one) => (await identityIn(one)).id));
    expect(new Set(ids).size).toBe(1);
  });

  it('ends where only the database is copied to another folder, or the mark is lost or damaged', async () => {
    const folder = tempFolder();
    const before = await lives(folder, 2);
    const elsewhere = tempFolder();
    copyFileSync(fileIn(folder), fileIn(elsewhere));
    const copied = await lives(elsewhere, 1);
    writeFileSync(join(folder, 'events.db.mark'), 'no mark');
    const after = await lives(folder, 1);
    expect([copied, after].map((events) => Number(events.at(-1)?.sequence))).toEqual([1, 1]);
    expect(eachOnce(numbersOfAll(before, copied, after))).toBe(true);
  });

  it('does not end where two processes work on one file, and both count in it', async () => {
    const folder = tempFolder();
    const [one, other] = [await open(folder), await open(folder)];
    for (let number = 0; number < 5; number++) {
      await Promise.all([
        one.append([measurement('reception', number)]),
        other.append([measurement('reception', number)]),
      ]);
      // A third that comes and goes finds nothing missing.
      if (number === 2) await lives(folder, 0);
    }
    const events = await readAll(one, {});
    expect(events.map(({ sequence }) => Number(sequence))).toEqual(events.map((_, index) => index + 1));
    expect(new Set(events.map(({ epoch }) => epoch)).size).toBe(1);
  });

  it('that was started by a process which was killed before it wrote the mark is gone on with', async () => {
    const folder = tempFolder();
    await lives(folder, 1);
    const before = await identityIn(folder);
    rmSync(join(folder, 'events.db.mark'));
    const database = new Database(fileIn(folder));
    database.exec(`UPDATE identity SET epoch = '2-begunnow', because = 'behind-mark', before = epoch, marked = 0`);
    database.close();
    expect(await identityIn(folder)).toEqual({
      ...{ id: before.id, epoch: '2-begunnow', because: 'behind-mark', before: before.epoch },
    });
  });

  it('of a log of layout 1 is 1: its events have it, and its facts are counted on in it', async () => {
    const folder = tempFolder();
    mkdirSync(folder, { recursive: true });
    layoutOne(fileIn(folder));
    const events = await lives(folder, 2);
    expect(events.map(({ sequence, epoch }) => [Number(sequence), epoch])).toEqual([1, 2, 3, 4].map((n) => [n, '1']));
    expect(await identityIn(folder)).toMatchObject({ epoch: '1', because: 'first-identity', before: null });
    const database = new Database(fileIn(folder), { readonly: true });
    expect(database.prepare('SELECT installation, epoch FROM holder').get()).toEqual({
      ...{ installation: 'Zm9vYmFyYmF6cXV4cXV1eA', epoch: null },
    });
    expect(database.prepare('SELECT sequence, epoch FROM readable_events').all()).toHaveLength(4);
    database.close();
  });

  it('ends where a state of layout 1 is put back over it', async () => {
    const folder = tempFolder();
    layoutOne(fileIn(folder));
    const backup = join(tempFolder(), 'events.db');
    copyFileSync(fileIn(folder), backup);
    const before = await lives(folder, 2);
    const { id } = await identityIn(folder);
    copyFileSync(backup, fileIn(folder));
    const after = await lives(folder, 2);
    expect(eachOnce(numbersOfAll(before, after))).toBe(true);
    expect(await identityIn(folder)).toMatchObject({ id, epoch: expect.stringMatching(/^2-/), because: 'behind-mark' });
  });

  it('gives decisions no number and no epoch', async () => {
    const log = await open(tempFolder());
    await log.append([decided('a', 1)]);
    const [event] = await readAll(log, {});
    expect(event).not.toHaveProperty('epoch');
  });
});
