import { spawn } from 'node:child_process';
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { plainEnvironment } from '../environment.js';
import { fromBuffer, fromText, joinBytes, toBuffer, type ByteString } from './bytes.js';
import type { Notice } from './engine-types.js';
import { errnoOf, writeError } from './errors.js';

/** A disk that takes what was written says so this often; one that takes nothing any more does not. */
const sayEveryMs = 4 * 60_000;

/**
 * Puts all that was written below a folder on disk: on Linux with one `sync -f` for its file system, which takes a fraction
 * of the time; elsewhere, or where that is missing, file by file.
 * @throws FileEngineError `unwritable` if the disk refuses.
 */
export async function putOnDisk(folder: string, onNotice: (notice: Notice) => void): Promise<void> {
  if (process.platform === 'linux' && (await syncFileSystem(folder, onNotice))) return;
  try {
    syncBelow(fromText(folder));
  } catch (error) {
    throw writeError(error, fromText(folder), 0);
  }
}

/** Makes a rename within a folder durable. Windows has no such thing for folders. */
export function syncFolder(folder: ByteString): void {
  if (process.platform !== 'win32') syncOne(folder, 'r');
}

/** @returns false if this system's `sync` cannot do it, or reports an error. */
function syncFileSystem(folder: string, onNotice: (notice: Notice) => void): Promise<boolean> {
  return new Promise((resolve) => {
    // Looked up before: a share that hangs must not take this thread with it.
    const device = deviceOf(folder);
    let written = sectorsWritten(device);
    const saying = setInterval(() => {
      const now = sectorsWritten(device);
      // Gigabytes may wait in memory for a slow disk. Meanwhile no byte moves that this process could count.
      if (now !== written)
        onNotice({ level: 'info', text: 'the disk is still taking what was written', place: folder });
      written = now;
    }, sayEveryMs);
    const end = (done: boolean): void => {
      clearInterval(saying);
      resolve(done);
    };
    const child = spawn('sync', ['-f', folder], { stdio: 'ignore', env: plainEnvironment(process.env) });
    child.on('error', () => end(false));
    child.on('exit', (code) => end(code === 0));
  });
}

/** The disk that holds a folder, as Linux numbers it. */
function deviceOf(folder: string): string {
  const { dev } = statSync(folder, { bigint: true });
  return `${(dev >> 8n) & 0xfffn}:${(dev & 0xffn) | ((dev >> 12n) & 0xfff00n)}`;
}

/** What a disk has written since it was plugged in; empty where it is no disk, such as a share. */
function sectorsWritten(device: string): string {
  try {
    return readFileSync(`/sys/dev/block/${device}/stat`, 'utf8').trim().split(/\s+/)[6] ?? '';
  } catch {
    return '';
  }
}

function syncBelow(folder: ByteString): void {
  for (const entry of readdirSync(toBuffer(folder), { encoding: 'buffer', withFileTypes: true })) {
    const path = joinBytes(folder, fromBuffer(entry.name));
    if (entry.isDirectory()) syncBelow(path);
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
