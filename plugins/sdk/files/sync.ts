import { spawn } from 'node:child_process';
import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs';
import { fromBuffer, fromText, joinBytes, toBuffer, type ByteString } from './bytes.js';
import { errnoOf, writeError } from './errors.js';

/**
 * Puts all that was written below a folder on disk: on Linux with one `sync -f` for its file system, which takes a fraction
 * of the time; elsewhere, or where that is missing, file by file.
 * @throws FileEngineError `unwritable` if the disk refuses.
 */
export async function putOnDisk(folder: string, beat: () => void = () => undefined): Promise<void> {
  if (process.platform === 'linux' && (await syncFileSystem(folder))) return;
  try {
    syncBelow(fromText(folder), beat);
  } catch (error) {
    throw writeError(error, fromText(folder), 0);
  }
}

/** Makes a rename within a folder durable. Windows has no such thing for folders. */
export function syncFolder(folder: ByteString): void {
  if (process.platform !== 'win32') syncOne(folder, 'r');
}

/** @returns false if this system's `sync` cannot do it, or reports an error. */
function syncFileSystem(folder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('sync', ['-f', folder], { stdio: 'ignore' });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}

function syncBelow(folder: ByteString, beat: () => void): void {
  for (const entry of readdirSync(toBuffer(folder), { encoding: 'buffer', withFileTypes: true })) {
    const path = joinBytes(folder, fromBuffer(entry.name));
    beat();
    if (entry.isDirectory()) syncBelow(path, beat);
    else if (entry.isFile()) syncFile(path);
  }
  syncFolder(folder);
}

/** Windows syncs only what is open for writing, and a read-only file cannot be; it is left to the system then. */
function syncFile(path: ByteString): void {
  try {
    syncOne(path, process.platform === 'win32' ? 'r+' : 'r');
  } catch (error) {
    if (process.platform !== 'win32' || !['EPERM', 'EACCES'].includes(errnoOf(error) ?? '')) throw error;
  }
}

function syncOne(path: ByteString, flags: 'r' | 'r+'): void {
  const fd = openSync(toBuffer(path), flags);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
