import type { Stats } from 'node:fs';
import { chmod, chown, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { definePlugin, modeWithoutList, z } from '../../sdk/index.js';
import { checkIntegrity, copyDatabase, openDatabase } from './database.js';

const parameters = z.strictObject({
  file: z.string().min(1).describe('The database file; it may be in use'),
  name: z
    .string()
    .regex(/^(?!\.{1,2}$)[^/\\\0]+$/, 'must be a file name without a folder')
    .optional()
    .describe('File name of the copy in the snapshot; default: that of the database'),
  waitSeconds: z
    .number()
    .min(0)
    .max(3600)
    .default(30)
    .describe('How long to wait while another program has locked the database'),
});

export default definePlugin({
  kind: 'source',
  name: 'sqlite',
  summary: 'A SQLite database, copied consistently while it is in use.',
  parameters,

  async check(context) {
    const file = resolve(context.parameters.file);
    const { size } = await databaseFile(file);
    (await openDatabase(file, context.parameters.waitSeconds)).close();
    return { estimatedBytes: size + (await sizeOf(`${file}-wal`)) };
  },

  async prepare(context) {
    const { name, waitSeconds } = context.parameters;
    const file = resolve(context.parameters.file);
    const stats = await databaseFile(file);
    const copy = join(context.scratch, 'copy.sqlite');
    const { signal, progress } = context;
    await copyDatabase(file, copy, { waitSeconds, signal, progress });
    checkIntegrity(copy, file);
    await takeOver(stats, await modeWithoutList(file, stats.mode & 0o777), copy);
    context.log(`${file} was copied and passes SQLite's integrity check`, { place: file });
    return { trees: [{ path: copy, as: name ?? basename(file), recursive: true, exclude: [], owned: true }] };
  },
});

async function databaseFile(file: string): Promise<Stats> {
  const stats = await stat(file).catch((error: unknown) => {
    throw new Error(`the database ${file} does not exist or cannot be reached`, { cause: error });
  });
  if (!stats.isFile()) throw new Error(`${file} is not a file`);
  return stats;
}

/** 0 if there is no such file. */
async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

/** A restored database belongs to whom the original belonged, and is as confidential. */
async function takeOver(stats: Stats, mode: number, copy: string): Promise<void> {
  if (process.getuid?.() === 0) await chown(copy, stats.uid, stats.gid);
  await chmod(copy, mode);
}
