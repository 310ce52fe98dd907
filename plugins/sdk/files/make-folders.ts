import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from './errors.js';

/**
 * Makes a folder and those above it that are missing, for the owner only: what is backed up is often confidential.
 *
 * Node's recursive mkdir says of a file system that can only be read that the folder does not exist (ENOENT; Node 20 to 24).
 * Made one by one, the system's own reason is thrown.
 */
export function makeFolders(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const parent = dirname(folder);
    if (errnoOf(error) !== 'ENOENT' || parent === folder) throw error;
    makeFolders(parent);
    mkdirSync(folder, { mode: 0o700 });
  }
}
