import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { fromText, toText } from './bytes.js';
import { FileEngineError } from './engine-types.js';
import { errnoOf, writeError } from './errors.js';
import { type OpenFolder, unsafe, usingFolder } from './open-folder.js';
import { reachFolder, reachOrMakeFolder } from './reach-folder.js';

/** The folder that is restored into: ours, and closed to all others while it is written. */
export interface RestoreTarget {
  readonly folder: OpenFolder;
  /** Gives it the mode that it had, but never lets others write. @throws FileEngineError `unsafe` if its name leads elsewhere now */
  finish(): void;
}

/**
 * @param to absolute path of a folder that is absent or empty; then it must be ours, or someone else could exchange what is
 * written into it.
 * @throws FileEngineError `bad-argument`, `not-empty`, `unsafe`, `unwritable`, `ENOSPC`, `EDQUOT`
 */
export function openTarget(to: string): RestoreTarget {
  if (!isAbsolute(to)) throw new FileEngineError('bad-argument', `"${to}" is not an absolute path`, to);
  const path = resolve(to);
  try {
    return reachEmpty(path) ?? makeNew(path);
  } catch (error) {
    throw writeError(error, fromText(path), 0);
  }
}

function reachEmpty(path: string): RestoreTarget | null {
  let folder: OpenFolder;
  try {
    folder = reachFolder(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    mustBeEmpty(folder);
    if (!folder.belongsToUs()) throw foreign(folder);
    const mode = Number(folder.stats.mode & 0o7777n);
    setModeIfKept(folder, 0o700);
    // Until now others may have put something into it.
    mustBeEmpty(folder);
    return { folder, finish: () => finish(folder, mode & ~0o022) };
  } catch (error) {
    folder.close();
    throw error;
  }
}

function mustBeEmpty(folder: OpenFolder): void {
  if (folder.names().length === 0) return;
  const path = toText(folder.path);
  const text = `${path} is not empty: specify an empty or new folder`;
  throw new FileEngineError('not-empty', text, path);
}

function makeNew(path: string): RestoreTarget {
  const folder = usingFolder(reachOrMakeFolder(dirname(path)), (parent) => parent.makeChild(fromText(basename(path))));
  return { folder, finish: () => finish(folder, 0o700) };
}

function finish(folder: OpenFolder, mode: number): void {
  try {
    usingFolder(reachFolder(toText(folder.path)), ({ identity }) => {
      if (identity !== folder.identity) throw new Error('another folder');
    });
  } catch (error) {
    const text = 'was replaced during the restore: check who else can write there';
    throw unsafe(folder.path, text, error);
  }
  setModeIfKept(folder, mode);
}

/** Some file systems keep no modes. */
function setModeIfKept(folder: OpenFolder, mode: number): void {
  try {
    folder.setMode(mode);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errnoOf(error) ?? '')) throw error;
  }
}

function foreign({ path, stats: { uid } }: OpenFolder): FileEngineError {
  const text = `belongs to user ${uid}, who could replace restored files: specify a new folder`;
  return unsafe(path, text);
}
