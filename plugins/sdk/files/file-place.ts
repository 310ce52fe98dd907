import { statfsSync } from 'node:fs';
import { joinBytes, parentOf, toBuffer, type ByteString } from './bytes.js';
import { FileEngineError } from './engine-types.js';
import { OpenFolder, usingFolder, type FolderIdentity, type FolderRef } from './open-folder.js';

/** A folder below one that was opened, in the form in which it passes between threads. */
export interface FolderPlace {
  readonly root: FolderRef;
  /** Relative to `root`; empty for that folder itself. */
  readonly path: ByteString;
  /** What it must be; null where only `root` is known. */
  readonly identity: FolderIdentity | null;
}

export interface FilePlace {
  /** One object for all files of a folder: a tree may have a million of them. */
  readonly folder: FolderPlace;
  readonly name: ByteString;
}

/** For people. */
export function pathOfPlace({ folder, name }: FilePlace): ByteString {
  return joinBytes(joinBytes(folder.root.path, folder.path), name);
}

const mostPlaces = 4096;

/** Gives the places of relative paths below a folder. */
export function placesBelow(root: FolderRef): (path: ByteString) => FilePlace {
  const folders = new Map<ByteString, FolderPlace>();
  return (path) => {
    const parent = parentOf(path);
    let folder = folders.get(parent);
    if (!folder) {
      // Files of one folder mostly follow each other; a tree may have a million folders.
      if (folders.size >= mostPlaces) folders.clear();
      folders.set(parent, (folder = { root, path: parent, identity: null }));
    }
    return { folder, name: nameOf(path) };
  };
}

export function nameOf(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Enough for the depth of most trees, and few beside what a process may open. */
const mostOpen = 32;

/**
 * The folders that a thread has used last, held open: each is looked for once, segment by segment from its root and never
 * through a link, and then serves all of its files. One is valid until the next is asked for.
 */
export class OpenFolders {
  readonly #open = new Map<string, OpenFolder>();
  #last: { readonly place: FolderPlace; readonly folder: OpenFolder } | null = null;

  /** @throws FileEngineError `unsafe` if a part of the way is a link, or it is another folder than it must be. */
  get(place: FolderPlace): OpenFolder {
    if (this.#last?.place === place) return this.#last.folder;
    const folder = this.#known(place) ?? this.#keep(place, this.#find(place));
    this.#last = { place, folder };
    return folder;
  }

  #known(place: FolderPlace): OpenFolder | null {
    const key = keyOf(place);
    const known = this.#open.get(key);
    if (!known) return null;
    this.#open.delete(key);
    this.#open.set(key, known);
    return known;
  }

  close(): void {
    this.#last = null;
    for (const folder of this.#open.values()) folder.close();
    this.#open.clear();
  }

  #find({ root, path, identity }: FolderPlace): OpenFolder {
    if (path === '') return openRoot(root);
    const parent = this.get({ root, path: parentOf(path), identity: null });
    const name = nameOf(path);
    return identity === null ? parent.child(name) : sameChild(parent, name, identity);
  }

  #keep(place: FolderPlace, folder: OpenFolder): OpenFolder {
    this.#open.set(keyOf(place), folder);
    for (const [oldest, unused] of this.#open) {
      if (this.#open.size <= mostOpen) break;
      unused.close();
      this.#open.delete(oldest);
    }
    return folder;
  }
}

function keyOf({ root, path, identity }: FolderPlace): string {
  return `${root.identity} ${identity ?? ''} ${root.path}\0${path}`;
}

function openRoot(root: FolderRef): OpenFolder {
  try {
    return OpenFolder.again(root);
  } catch (error) {
    return unlessOnlyRenumbered(error, () => OpenFolder.open(root.path));
  }
}

function sameChild(parent: OpenFolder, name: ByteString, identity: FolderIdentity): OpenFolder {
  try {
    return usingFolder(parent.child(name), () => parent.child(name, identity));
  } catch (error) {
    return unlessOnlyRenumbered(error, () => parent.child(name));
  }
}

/**
 * Some file systems give a folder another inode when they have forgotten it for a while. There it counts that no part of the
 * way is a link.
 */
function unlessOnlyRenumbered(error: unknown, open: () => OpenFolder): OpenFolder {
  if (!(error instanceof FileEngineError)) throw error;
  const folder = open();
  if (renumbers(folder)) return folder;
  folder.close();
  throw error;
}

/** `f_type` of FUSE, CIFS, SMB2, FAT, exFAT, 9P, overlayfs and VirtualBox's shared folders, by `statfs(2)`. */
const renumbering = new Set([
  0x65735546, 0xff534d42, 0xfe534d42, 0x4d44, 0x2011bab0, 0x01021997, 0x794c7630, 0x786f4256,
]);

function renumbers(folder: OpenFolder): boolean {
  try {
    // Node gives it as a signed number on some systems.
    return renumbering.has(statfsSync(toBuffer(folder.address)).type >>> 0);
  } catch {
    return false;
  }
}
