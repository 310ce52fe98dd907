import type Database from '#sqlite';
import {
  epochAfter,
  epochOfOldEvents,
  judgeEpoch,
  logIdentitySchema,
  type EpochReason,
  type LogIdentity,
} from '../log-identity.js';
import { newChance, newLogId } from '../log-chance.adapter.js';
import { MarkWriter, readMark } from './log-mark.adapter.js';

/** The identity that a log's file holds; null for one of an older layout, or before it was opened for the first time. */
export function readIdentity(database: Database.Database): LogIdentity | null {
  const row = database.prepare('SELECT id, epoch, because, before FROM identity').get();
  return row === undefined ? null : logIdentitySchema.parse(row);
}

/** The newest offset of a log; 0 if it is empty. */
export function headOf(database: Database.Database): number {
  return Number(database.prepare('SELECT COALESCE(max(offset), 0) FROM events').pluck().get());
}

/**
 * Makes sure that a log that is opened counts in its own epoch: begins one where it is new, restored or copied, and
 * writes the mark beside it. If it is killed in between, the next opening continues from there.
 */
export function identify(database: Database.Database, file: string): void {
  const marked = database.transaction(() => {
    const identity = readIdentity(database);
    if (identity && !isMarked(database)) return false;
    // The mark first would be wrong: another process may commit between the two, and the log seem to lack that.
    const verdict = judgeEpoch({ identity, head: headOf(database), mark: readMark(file) });
    if (verdict.epoch === 'goes-on') return true;
    const { because, id, before } = verdict;
    const epoch = because === 'first-identity' ? epochOfOldEvents : epochAfter(before, newChance());
    keep(database, { id: id ?? newLogId(), epoch, because, before });
    return false;
  });
  if (!marked.immediate()) mark(database, file);
}

/**
 * Begins a new epoch for a reason that the file and its mark do not show.
 * @throws Error if the log has no identity: it was not opened for writing
 */
export function beginEpoch(database: Database.Database, file: string, because: EpochReason): LogIdentity {
  const begun = database.transaction(() => {
    const identity = readIdentity(database);
    if (!identity) throw new Error(`${file} has no identity`);
    const { id, epoch: before } = identity;
    return keep(database, { id, epoch: epochAfter(before, newChance()), because, before });
  });
  const identity = begun.immediate();
  mark(database, file);
  return identity;
}

/**
 * Makes a log into which another one is copied a copy of it: the same log, in an epoch behind that of the original.
 * @param original null if the original has no identity yet
 */
export function becomeCopyOf(database: Database.Database, file: string, original: LogIdentity | null): void {
  const copied = database.transaction(() => {
    const own = readIdentity(database);
    if (!own || own.because === 'log-copy') return;
    const { id, epoch: before } = original ?? { id: own.id, epoch: epochOfOldEvents };
    keep(database, { id, epoch: epochAfter(before, newChance()), because: 'log-copy', before });
  });
  copied.immediate();
  mark(database, file);
}

function isMarked(database: Database.Database): boolean {
  return database.prepare('SELECT marked FROM identity').pluck().get() === 1;
}

function keep(database: Database.Database, identity: LogIdentity): LogIdentity {
  const { id, epoch, because, before } = identity;
  database
    .prepare('INSERT OR REPLACE INTO identity (one, id, epoch, because, before, marked) VALUES (1, ?, ?, ?, ?, 0)')
    .run(id, epoch, because, before);
  return identity;
}

function mark(database: Database.Database, file: string): void {
  const identity = readIdentity(database);
  if (!identity) return;
  const writer = new MarkWriter(file);
  try {
    writer.write({ log: identity.id, epoch: identity.epoch, head: headOf(database) });
    writer.sync(file);
  } finally {
    writer.close();
  }
  database.prepare('UPDATE identity SET marked = 1').run();
}
