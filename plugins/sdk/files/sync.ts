import { spawn } from 'node:child_process';
import { closeSync, constants, fsyncSync, openSync, readFileSync } from 'node:fs';
import { plainEnvironment } from '../environment.js';
import { joinBytes, toBuffer, toText, type ByteString } from './bytes.js';
import type { Notice } from './engine-types.js';
import { errnoOf, writeError } from './errors.js';
import { usingFolder, type OpenFolder } from './open-folder.js';

/** A disk that takes what was written says so this often; one that takes nothing any more does not. */
const sayEveryMs = 4 * 60_000;

/**
 * Puts all that was written below a folder on disk: on Linux with one `sync -f` for its file system, which takes a fraction
 * of the time; elsewhere, or where that is missing, file by file.
 * @throws FileEngineError `unwritable` if the disk refuses.
 */
export async function putOnDisk(folder: OpenFolder, onNotice: (notice: Notice) => void): Promise<void> {
  if (process.platform === 'linux' && (await syncFileSystem(folder, onNotice))) return;
  try {
    syncBelow(folder);
  } catch (error) {
    throw writeError(error, folder.path, 0);
  }
}

/** @returns false if this system's `sync` cannot do it, or reports an error. */
function syncFileSystem(folder: OpenFolder, onNotice: (notice: Notice) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const device = deviceOf(folder);
    let written = sectorsWritten(device);
    const saying = setInterval(() => {
      const now = sectorsWritten(device);
      // Gigabytes may wait in memory for a slow disk. Meanwhile no byte moves that this process could count.
      if (now !== written) {
        onNotice({ level: 'info', text: 'the disk is still writing', place: toText(folder.path) });
      }
      written = now;
    }, sayEveryMs);
    const end = (done: boolean): void => {
      clearInterval(saying);
      resolve(done);
    };
    const env = plainEnvironment(process.env);
    const child = spawn('sync', ['-f', '.'], { stdio: 'ignore', cwd: toText(folder.address), env });
    child.on('error', () => end(false));
    child.on('exit', (code) => end(code === 0));
  });
}

/** The disk that holds a folder, as Linux numbers it. */
function deviceOf({ stats: { dev } }: OpenFolder): string {
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

function syncBelow(folder: OpenFolder): void {
  for (const { name, isFolder } of folder.items()) {
    if (isFolder) usingFolder(folder.child(name), syncBelow);
    else if (folder.lstat(name)?.isFile()) syncFile(joinBytes(folder.address, name));
  }
  folder.sync();
}

/** Windows syncs only what is open for writing, and a read-only file cannot be; it is left to the system then. */
function syncFile(path: ByteString): void {
  const isWindows = process.platform === 'win32';
  try {
    const fd = openSync(toBuffer(path), isWindows ? 'r+' : constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!isWindows || !['EPERM', 'EACCES'].includes(errnoOf(error) ?? '')) throw error;
  }
}
