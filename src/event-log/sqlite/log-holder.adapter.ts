import type Database from '#sqlite';
import { existsSync } from 'node:fs';
import { z } from 'zod';
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
  /** True once what was in hand in the copy has been brought to an end. */
  settled: z.boolean(),
});

/** How a log came to be worked with that was restored from a backup, or copied. */
export type Restoration = z.infer<typeof restorationSchema>;

/** Whose log a file is. It lies in the file itself, so that a copy of it tells. */
export interface LogHolder {
  /** The id of the installation that works with it. */
  readonly installation: string;
  /** Absolute path of its data folder, without links. */
  readonly folder: string;
  readonly restoration: Restoration | null;
}

export interface HeldLog {
  /** Null if the file is not there, or if only an older version has worked with it. */
  readonly holder: LogHolder | null;
  /** The offset of the newest event; 0 if there is none. */
  readonly head: number;
}

/** An older version does not know the table, and passes it over. */
const table = `CREATE TABLE IF NOT EXISTS holder (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  installation TEXT NOT NULL,
  folder TEXT NOT NULL,
  restoration TEXT              -- JSON
) STRICT`;

const rowSchema = z.object({ installation: z.string(), folder: z.string(), restoration: z.string().nullable() });

/** @throws WardroundError as opening the log does */
export function readHeldLog(file: string): HeldLog {
  if (!existsSync(file)) return { holder: null, head: 0 };
  return withLog(file, (database) => {
    const head = Number(database.prepare('SELECT COALESCE(max(offset), 0) FROM events').pluck().get());
    const known = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'holder'").get() !== undefined;
    const row = known ? database.prepare('SELECT installation, folder, restoration FROM holder').get() : undefined;
    if (row === undefined) return { holder: null, head };
    const { restoration, ...holder } = rowSchema.parse(row);
    const parsed = restoration === null ? null : restorationSchema.parse(JSON.parse(restoration));
    return { holder: { ...holder, restoration: parsed }, head };
  });
}

/** @throws WardroundError as opening the log does; `no-space` */
export function writeLogHolder(file: string, { installation, folder, restoration }: LogHolder): void {
  withLog(file, (database) => {
    database.transaction(() => {
      database.exec(table);
      database
        .prepare('INSERT OR REPLACE INTO holder (one, installation, folder, restoration) VALUES (1, ?, ?, ?)')
        .run(installation, folder, restoration === null ? null : JSON.stringify(restoration));
    })();
  });
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
