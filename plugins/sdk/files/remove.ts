import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { fromBuffer, fromText, joinBytes, toBuffer, type ByteString } from './bytes.js';
import { FileEngineError, type SnapshotAddress, type SnapshotPlace } from './engine-types.js';
import { errnoOf, writeError } from './errors.js';
import type { Operation } from './operation.js';
import { jobFolder, partialFolder, parts, snapshotFolder } from './places.js';
import { parseInfo } from './snapshot-folder.js';
import { isPartialName } from './snapshot-name.js';
import { syncFolder } from './sync.js';

/** See `FileEngine.removeSnapshot`. */
export function remove(address: SnapshotAddress, operation: Operation): void {
  const folder = snapshotFolder(address);
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (!stats) throw new FileEngineError('not-found', `there is no snapshot ${folder}`, folder);
  if (!stats.isDirectory() || !isSnapshotOf(folder, address.job)) {
    throw new FileEngineError('not-a-snapshot', `${folder} is no snapshot of ${address.job}: it is left alone`, folder);
  }
  const partial = partialFolder(address);
  try {
    if (existsSync(partial)) removeBelow(fromText(partial), operation);
    // From here on it is no whole snapshot any more, whatever happens.
    renameSync(folder, partial);
    syncFolder(fromText(jobFolder(address)));
    removeBelow(fromText(partial), operation);
  } catch (error) {
    throw writeError(error, fromText(folder), 0);
  }
}

/** See `FileEngine.sweepPartials`. */
export function sweep(place: SnapshotPlace, operation: Operation): string[] {
  const folder = jobFolder(place);
  const left = namesIn(folder).filter((name) => isPartialName(name) && lstatSync(join(folder, name)).isDirectory());
  for (const name of left) {
    const path = join(folder, name);
    try {
      removeBelow(fromText(path), operation);
    } catch (error) {
      throw writeError(error, fromText(path), 0);
    }
    operation.onNotice({ level: 'info', place: path, text: `${path}, left by an unfinished run, was removed` });
  }
  return left;
}

/** The names in a folder; none if there is no such folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function isSnapshotOf(folder: string, job: string): boolean {
  const info = join(folder, parts.info);
  return existsSync(info) && parseInfo(readFileSync(info), folder).job === job;
}

/** Removes a folder and all below it, never following a link. */
export function removeBelow(folder: ByteString, operation: Operation): void {
  operation.gauge.throwIfCancelled();
  const buffer = toBuffer(folder);
  // Copies of read-only folders are read-only too, and a folder that cannot be written cannot be emptied.
  if ((lstatSync(buffer).mode & 0o700) !== 0o700) chmodSync(buffer, 0o700);
  for (const entry of readdirSync(buffer, { encoding: 'buffer', withFileTypes: true })) {
    const path = joinBytes(folder, fromBuffer(entry.name));
    operation.gauge.at(path);
    if (entry.isDirectory()) removeBelow(path, operation);
    else unlinkSync(toBuffer(path));
  }
  rmdirSync(buffer);
}
