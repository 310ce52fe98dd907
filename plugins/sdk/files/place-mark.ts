import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { JobOrigin, PlaceOwner } from '../plugin.js';
import { toText } from './bytes.js';
import { FileEngineError } from './engine-types.js';
import { describeErrno, errnoOf } from './errors.js';
import type { OpenFolder } from './open-folder.js';

/**
 * Stands in a job's folder at a place and says whose it is. It makes the place known again: a path alone may lead to another
 * disk than last time, or to none.
 */
export const markFile = '.wardround.json';

const markSchema = z.object({
  format: z.literal('wardround-place'),
  version: z.literal(1),
  /** Of this folder; two drives that are used in turn have two. */
  id: z.string().min(1).max(100),
  origin: z.object({ installation: z.string(), site: z.string(), server: z.string(), job: z.string() }),
  computer: z.string(),
  madeAt: z.string(),
});
export type PlaceMark = z.infer<typeof markSchema>;

/** More than any mark has. */
const largestMark = 16_384;
/** A kill can leave a mark that nothing was written to; by then, its writer has finished. */
const emptyForMs = 60_000;

/** @returns null if there is none. @throws FileEngineError `unsafe` for something else under its name */
export function readMark(folder: OpenFolder): PlaceMark | null {
  const path = toText(folder.pathOf(markFile));
  let fd: number;
  try {
    fd = folder.openFile(markFile);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw noMark(path, describeErrno(error), error);
  }
  try {
    const { size, mtimeMs } = fstatSync(fd);
    if (size === 0 && Date.now() - mtimeMs > emptyForMs) return null;
    if (size > largestMark) throw noMark(path, 'it is too large');
    return markSchema.parse(JSON.parse(readFileSync(fd, 'utf8')));
  } catch (error) {
    if (error instanceof FileEngineError) throw error;
    throw noMark(path, 'this version does not know its format', error);
  } finally {
    closeSync(fd);
  }
}

/**
 * Marks a folder that has no mark yet.
 * @returns null if another process has marked it meanwhile
 */
export function makeMark(folder: OpenFolder, { origin, computer }: PlaceOwner): PlaceMark | null {
  removeEmptyMark(folder);
  const { installation, site, server, job } = origin;
  const mark: PlaceMark = {
    format: 'wardround-place',
    version: 1,
    id: randomUUID(),
    origin: { installation, site, server, job } satisfies JobOrigin,
    computer,
    madeAt: new Date().toISOString(),
  };
  let fd: number;
  try {
    fd = folder.createFile(markFile);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return null;
    throw error;
  }
  try {
    writeFileSync(fd, `${JSON.stringify(mark, null, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  folder.sync();
  return mark;
}

function removeEmptyMark(folder: OpenFolder): void {
  const stats = folder.lstat(markFile);
  if (stats?.isFile() && stats.size === 0n && Date.now() - Number(stats.mtimeMs) > emptyForMs) folder.unlink(markFile);
}

function noMark(path: string, why: string, cause?: unknown): FileEngineError {
  const text = `${path} is not a valid marker file (${why}), so the owner of this folder is unknown: restore the file from a copy, or remove it if the folder belongs to this job`;
  return new FileEngineError('unsafe', text, path, { cause });
}
