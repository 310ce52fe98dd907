import { toText, type ByteString } from './bytes.js';
import { OpenFolders, placesBelow } from './file-place.js';
import type { ManifestEntry } from './manifest.js';
import { usingFolder, type OpenFolder } from './open-folder.js';
import type { Operation } from './operation.js';
import { copyAnewMarker, partialName, parts, type FoundAddress } from './places.js';
import { ourFolder, removeFolder } from './remove.js';
import { isPartialName } from './snapshot-name.js';
import { WalkAlong } from './walk-along.js';

/**
 * What an interrupted copy of the job has left, under the name of the one that begins now: of the same snapshot, or else the
 * newest. It is nothing but files that may be right, and each of them is read before it is kept.
 * @returns null if there is none, or a damaged snapshot means that all is to be copied
 */
export function takeOverPartial(job: OpenFolder, address: FoundAddress, operation: Operation): OpenFolder | null {
  if (job.lstat(copyAnewMarker)) return null;
  const wanted = partialName(address);
  const left = job.names().filter((name) => isPartialName(name) && holdsFiles(job, name));
  const name = left.includes(wanted) ? wanted : left.sort().at(-1);
  if (name === undefined) return null;
  if (name !== wanted) job.rename(name, job, wanted);
  const place = toText(job.pathOf(wanted));
  operation.onNotice({
    level: 'info',
    place,
    text: `${place} was left by an interrupted copy: what is right in it is kept`,
  });
  const partial = job.child(wanted);
  try {
    for (const item of partial.items()) {
      if (item.name === parts.files) continue;
      if (item.isFolder) removeFolder(partial, item.name, operation);
      else partial.unlink(item.name);
    }
    return partial;
  } catch (error) {
    partial.close();
    throw error;
  }
}

function holdsFiles(job: OpenFolder, name: ByteString): boolean {
  if (ourFolder(job, name) === null) return false;
  return usingFolder(job.child(name), (partial) => partial.lstat(parts.files)?.isDirectory() ?? false);
}

/**
 * Removes all that is not, or not as what it is, in a manifest; links too, which are soon made again. The folders that stay are
 * open to their owner, so that files can be written into them.
 */
export function pruneTo(files: OpenFolder, entries: Iterable<ManifestEntry>, operation: Operation): void {
  const folders = new OpenFolders();
  const at = placesBelow(files.ref);
  const remove = (path: ByteString, isFolder: boolean): void => {
    const { folder, name } = at(path);
    const parent = folders.get(folder);
    if (isFolder) removeFolder(parent, name, operation);
    else parent.unlink(name);
  };
  const walk = new WalkAlong(files.items(), (path, { isFolder }) => remove(path, isFolder));
  try {
    for (const { path, type } of entries) {
      operation.gauge.throwIfCancelled();
      const item = walk.meet(path);
      if (!item) continue;
      const isFolder = type === 'directory';
      if (item.isFolder !== isFolder || type === 'symlink') remove(path, item.isFolder);
      else if (isFolder) {
        const { folder, name } = at(path);
        usingFolder(folders.get(folder).child(name), (child) => {
          child.setMode(0o700);
          walk.enter(path, child.items());
        });
      }
    }
    walk.end();
  } finally {
    folders.close();
  }
}
