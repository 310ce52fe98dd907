import { fromText, toText } from './bytes.js';
import type { FileEngineError, Notice } from './engine-types.js';
import { errnoOf, readError, writeError } from './errors.js';
import { type OpenFolder, othersMayWrite, unsafe } from './open-folder.js';
import { jobFolder, type FoundPlace } from './places.js';
import { reachFolder, reachOrMakeFolder } from './reach-folder.js';

type Say = (notice: Notice) => void;

/** The folder of a job's snapshots, to read from; null if there is none. Its owner does not matter: the disk may come from elsewhere. */
export function openJob(place: FoundPlace): OpenFolder | null {
  const path = jobFolder(place);
  try {
    return reachFolder(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw readError(error, path);
  }
}

/** The same to write in; null if there is none. @throws FileEngineError `unsafe`: see {@link closeToOthers} */
export function openOurJob(place: FoundPlace, onNotice: Say): OpenFolder | null {
  const folder = openJob(place);
  return folder && closedToOthers(folder, onNotice);
}

/**
 * The same; made, with the folders above it, if it is missing. That of an owner was made when it was marked: missing, it is
 * another disk by now.
 * @throws FileEngineError `unsafe`, `unwritable`, `ENOSPC`, `EDQUOT`
 */
export function makeJob(place: FoundPlace, onNotice: Say): OpenFolder {
  const path = jobFolder(place);
  try {
    return closedToOthers(place.own ? reachFolder(path) : reachOrMakeFolder(path), onNotice);
  } catch (error) {
    throw writeError(error, fromText(path), 0);
  }
}

/** Whether a folder in a job's folder was made by us, or by who looks after the computer. */
export function isOurs(folder: OpenFolder, job: OpenFolder): boolean {
  return folder.stats.uid === job.stats.uid || isRootsOrOurs(folder) || folder.belongsToUs();
}

function closedToOthers(folder: OpenFolder, onNotice: Say): OpenFolder {
  try {
    closeToOthers(folder, onNotice);
    return folder;
  } catch (error) {
    folder.close();
    throw error;
  }
}

/**
 * Backups of confidential data are confidential, and who may write to this folder could exchange what we are about to write,
 * link, verify or remove. So it belongs to us, and only we may enter.
 * @throws FileEngineError `unsafe` if it belongs to someone else
 */
export function closeToOthers(folder: OpenFolder, onNotice: Say): void {
  const mode = Number(folder.stats.mode & 0o7777n);
  const isClosed = process.platform === 'win32' || (mode & 0o077) === 0;
  if (isClosed && isRootsOrOurs(folder)) return;
  if (!folder.belongsToUs()) {
    if (isRootsOrOurs(folder) && !othersMayWrite(folder.stats)) return;
    throw foreign(folder);
  }
  if (isClosed || !close(folder)) return;
  const place = toText(folder.path);
  const was = mode.toString(8).padStart(4, '0');
  const text = `${place} had mode ${was} and is now private (0700), because it contains copies of all data`;
  onNotice({ level: 'info', place, text });
}

/** @returns false where the file system keeps no modes, as FAT and some shares do. */
function close(folder: OpenFolder): boolean {
  try {
    folder.setMode(0o700);
  } catch {
    return false;
  }
  return (folder.look().mode & 0o077n) === 0n;
}

function isRootsOrOurs({ stats: { uid } }: OpenFolder): boolean {
  const us = process.geteuid?.();
  return us === undefined || uid === 0n || uid === BigInt(us);
}

function foreign({ path, stats: { uid } }: OpenFolder): FileEngineError {
  const us = process.geteuid?.() ?? 0;
  const text =
    uid === 0n
      ? 'is writable by others, so its contents cannot be trusted: set its mode to 0700, or use another folder'
      : `belongs to user ${uid}, but Wardround runs as ${us}, so its contents cannot be trusted: ` +
        `give it to ${us} (chown), or use another folder`;
  return unsafe(path, text);
}
