import type Database from '#sqlite';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { EpochReason, LogIdentity } from '../log-identity.js';
import { becomeCopyOf, beginEpoch, headOf, readIdentity } from './sqlite-identity.adapter.js';
import { openForWriting, toLogError } from './sqlite-schema.adapter.js';

const restorationSchema = z.object({
  /** RFC 3339: when it was found out. */
  at: z.iso.datetime(),
  /** `copied`: the log is a copy of another installation's. `older-log`: it ends before what was folded from it. */
  because: z.enum(['copied', 'older-log']),
  /** The installation whose log this was, and its data folder; null if an older version wrote it. */
  from: z.string().nullable(),
  fromFolder: z.string().nullable(),
  /** The offset of the newest event of then: all up to there is the past of another. */
  upTo: z.number().int().nonnegative(),
  /** True once what was in progress in the copy has been brought to an end. */
  settled: z.boolean(),
});

/** How a log came to be worked with that was restored from a backup, or copied. */
export type Restoration = z.infer<typeof restorationSchema>;

/** Whose log a file is. It is in the file itself, so that a copy of it tells. */
export interface LogHolder {
  /** The id of the installation that works with it. */
  readonly installation: string;
  /** Absolute path of its data folder, without links. */
  readonly folder: string;
  /** The epoch that it was in when it was last recognised; null if an older version did that. */
  readonly epoch: string | null;
  readonly restoration: Restoration | null;
}

export interface HeldLog {
  /** Null if the file is not there, or if only an older version has worked with it. */
  readonly holder: LogHolder | null;
  /** The offset of the newest event; 0 if there is none. */
  readonly head: number;
  /** Null if the file is not there. */
  readonly identity: LogIdentity | null;
}

const rowSchema = z.object({
  installation: z.string(),
  folder: z.string(),
  epoch: z.string().nullable(),
  restoration: z.string().nullable(),
});

/** Made with the file, and again where someone has taken it out. */
const table = `CREATE TABLE IF NOT EXISTS holder (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  installation TEXT NOT NULL,
  folder TEXT NOT NULL,
  restoration TEXT,             -- JSON
  epoch TEXT
) STRICT`;

/**
 * What is known of a log before it is opened for good. Begins a new epoch where the file shows that it must.
 * @throws WardroundError as opening the log does
 */
export function readHeldLog(file: string): HeldLog {
  if (!existsSync(file)) return { holder: null, head: 0, identity: null };
  return withLog(file, (database) => {
    const common = { head: headOf(database), identity: readIdentity(database) };
    database.exec(table);
    const row = database.prepare('SELECT installation, folder, epoch, restoration FROM holder').get();
    if (row === undefined) return { holder: null, ...common };
    const { restoration, ...holder } = rowSchema.parse(row);
    const parsed = restoration === null ? null : restorationSchema.parse(JSON.parse(restoration));
    return { holder: { ...holder, restoration: parsed }, ...common };
  });
}

/**
 * Writes down whose a log is from now on.
 * @param because why a new epoch begins; null if the log stays in the one that it is in
 * @throws WardroundError as opening the log does; `no-space`
 */
export function writeLogHolder(
  file: string,
  { installation, folder, restoration }: Omit<LogHolder, 'epoch'>,
  because: EpochReason | null = null,
): void {
  withLog(file, (database) => {
    database.exec(table);
    const identity = because === null ? readIdentity(database) : beginEpoch(database, file, because);
    database
      .prepare('INSERT OR REPLACE INTO holder (one, installation, folder, epoch, restoration) VALUES (1, ?, ?, ?, ?)')
      .run(installation, folder, identity?.epoch ?? null, restoration === null ? null : JSON.stringify(restoration));
  });
}

/** Makes a log that nothing works with a copy of another one. @throws WardroundError as opening the log does; `no-space` */
export function becomeCopy(file: string, original: LogIdentity | null): void {
  withLog(file, (database) => becomeCopyOf(database, file, original));
}

function withLog<T>(file: string, work: (database: Database.Database) => T): T {
  try {
    const database = openForWriting(file);
    try {
      return work(database);
    } finally {
      database.close();
    }
  } catch (error) {
    throw toLogError(error, file);
  }
}
