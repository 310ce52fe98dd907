import { spawn } from 'node:child_process';
import { closeSync, constants, fsyncSync, openSync } from 'node:fs';
import { joinBytes, toBuffer, toText, type ByteString } from './bytes.js';
import { errnoOf, writeError } from './errors.js';
import { usingFolder, type OpenFolder } from './open-folder.js';

/**
 * Puts all that was written below a folder on disk: on Linux with one `sync -f` for its file system, which takes a fraction
 * of the time; elsewhere, or where that is missing, file by file.
 * @throws FileEngineError `unwritable` if the disk refuses.
 */
export async function putOnDisk(folder: OpenFolder): Promise<void> {
  if (process.platform === 'linux' && (await syncFileSystem(folder))) return;
  try {
    syncBelow(folder);
  } catch (error) {
    throw writeError(error, folder.path, 0);
  }
}

/** @returns false if this system's `sync` cannot do it, or reports an error. */
function syncFileSystem(folder: OpenFolder): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('sync', ['-f', '.'], { stdio: 'ignore', cwd: toText(folder.address) });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
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
