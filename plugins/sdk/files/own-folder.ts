import { isAbsolute, join, relative } from 'node:path';
import type { JobOrigin, KnownSnapshot, PlaceOwner } from '../plugin.js';
import { fromText, toText } from './bytes.js';
import { FileEngineError, type SnapshotPlace } from './engine-types.js';
import { describeErrno, errnoOf, writeError } from './errors.js';
import { usingFolder, type FolderIdentity, type OpenFolder } from './open-folder.js';
import { makeMark, readMark } from './place-mark.js';
import { checkName } from './places.js';
import { childOrNew, reachFolder, reachOrMakeFolder } from './reach-folder.js';
import { infoOf } from './snapshot-info.js';
import { wholeSnapshots } from './snapshot-name.js';
import { isSameOrigin, isTrusted, judgeTrust } from './trust.js';

/** The folder of a job at a place, found by its mark. */
export interface OwnFolder {
  /** Its name below the place's root. */
  readonly folder: string;
  /** Null for one from before there were marks, which is only read from. */
  readonly markId: string | null;
  readonly identity: FolderIdentity;
}

interface OwnedPlace extends SnapshotPlace {
  readonly owner: PlaceOwner;
}

/** What is under one of the two names. */
type Found =
  | { readonly is: 'absent' | 'theirs' }
  | ({ readonly is: 'ours' } & OwnFolder)
  /** `known` also where the log knows snapshots in it: one from before there were marks. */
  | { readonly is: 'unmarked'; readonly holds: 'nothing' | 'known' | 'foreign'; readonly identity: FolderIdentity };

/**
 * The two names that a job's folder may have: the job's own, and where that is someone else's, one that no job can have
 * and that differs from installation to installation.
 */
export function folderNames({ job, site, server, installation }: JobOrigin): readonly [string, string] {
  for (const name of [job, site, server]) checkName(name);
  const distinct = installation.replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, 8);
  return [job, `${job}@${site}.${server}.${distinct}`];
}

/** The owner's folder; null if there is none, or none with his mark. @throws FileEngineError `unsafe` */
export function findOwnFolder({ root, owner }: OwnedPlace): OwnFolder | null {
  return (
    inFolder(root, (folder) => {
      for (const name of folderNames(owner.origin)) {
        const found = lookAt(folder, name, owner);
        if (found.is === 'ours') return found;
      }
      return null;
    }) ?? null
  );
}

/** The folder to read from: the owner's, or one from before there were marks that holds snapshots he knows. */
export function findReadable(place: OwnedPlace): OwnFolder | null {
  return findOwnFolder(place) ?? findUnmarked(place);
}

function findUnmarked({ root, owner }: OwnedPlace): OwnFolder | null {
  const [name] = folderNames(owner.origin);
  return inFolder(root, (folder) => {
    const found = lookAt(folder, name, owner);
    return found.is === 'unmarked' && found.holds === 'known'
      ? { folder: name, markId: null, identity: found.identity }
      : null;
  });
}

/** @throws FileEngineError `not-the-place` */
export function requireOwnFolder(place: OwnedPlace): OwnFolder {
  const own = findOwnFolder(place);
  if (own) return own;
  throw notThePlace(place);
}

/** @throws FileEngineError `not-the-place` if the path leads elsewhere than before, such as after an unmount. */
export function requireStill(place: OwnedPlace, before: OwnFolder, opened: FolderIdentity): void {
  const now = findOwnFolder(place);
  if (now?.markId === before.markId && now.identity === opened) return;
  const path = join(place.root, before.folder);
  throw new FileEngineError(
    'not-the-place',
    `${path} is no longer the folder in which the copy was started: was the drive or share disconnected? Nothing there counts as a backup`,
    path,
  );
}

/** See `FileEngine.checkPlace`. */
export function markPlace(place: OwnedPlace): OwnFolder {
  const { root, owner } = place;
  const own = findOwnFolder(place);
  if (own) return own;
  const [plain, apart] = folderNames(owner.origin);
  const found = inFolder(root, (folder) => lookAt(folder, plain, owner)) ?? { is: 'absent' };
  const isKnown = found.is === 'unmarked' && found.holds === 'known';
  if (!isKnown && !owner.newPlace && knownAt(place).length > 0 && !isTheirsAndKnown(place)) throw notThePlace(place);
  const isFree = found.is === 'absent' || (found.is === 'unmarked' && found.holds !== 'foreign');
  try {
    usingFolder(reachOrMakeFolder(root), (folder) => {
      for (const name of isFree ? [plain, apart] : [apart]) {
        if (usingFolder(childOrNew(folder, fromText(name)), (child) => makeMark(child, owner)) !== null) return;
      }
    });
  } catch (error) {
    throw writeError(error, fromText(join(root, plain)), 0);
  }
  return requireOwnFolder(place);
}

/**
 * Whether the folder belongs to another installation, and holds what the log knows: then the log is a restored copy of that
 * installation's. The place is the one it was, and the owner gets a folder of his own.
 */
function isTheirsAndKnown({ root, owner }: OwnedPlace): boolean {
  const [plain] = folderNames(owner.origin);
  const isKnown = (folder: OpenFolder): boolean => {
    const theirs = folder.childIfThere(fromText(plain));
    return (
      theirs !== null && usingFolder(theirs, () => readMark(theirs) !== null && contentOf(theirs, owner) === 'known')
    );
  };
  return inFolder(root, isKnown) ?? false;
}

/** The snapshots that the log knows at this place. */
export function knownAt({ root, owner }: OwnedPlace): readonly KnownSnapshot[] {
  return owner.known.filter(({ place }) => {
    const within = isAbsolute(place) ? relative(root, place) : '..';
    return within !== '' && !within.startsWith('..') && !isAbsolute(within);
  });
}

function notThePlace(place: OwnedPlace): FileEngineError {
  const { root, owner } = place;
  const known = knownAt(place);
  const newest = known
    .map(({ name }) => name)
    .sort()
    .at(-1);
  const many = known.length === 1 ? '1 snapshot' : `${known.length} snapshots`;
  const lost =
    newest === undefined
      ? 'there is no marker of this job'
      : `this job has ${many} there, the newest of ${newest}, but its marker is missing now; until it is back, they cannot be restored`;
  const word = `wardround backup run ${owner.origin.job} --new-place ${owner.destination}`;
  return new FileEngineError(
    'not-the-place',
    `${root} is not the same place as before: ${lost}. Is the drive or share connected? If it was replaced, confirm this once: ${word}`,
    root,
  );
}

function lookAt(root: OpenFolder, name: string, owner: PlaceOwner): Found {
  const folder = root.childIfThere(fromText(name));
  if (!folder) return { is: 'absent' };
  return usingFolder(folder, () => {
    const mark = readMark(folder);
    if (!mark) return { is: 'unmarked', holds: contentOf(folder, owner), identity: folder.identity };
    if (!isSameOrigin(mark.origin, owner.origin)) return { is: 'theirs' };
    return { is: 'ours', folder: name, markId: mark.id, identity: folder.identity };
  });
}

type Content = Extract<Found, { is: 'unmarked' }>['holds'];

/** Whose snapshots a folder from before there were marks holds. */
function contentOf(folder: OpenFolder, owner: PlaceOwner): Content {
  const names = wholeSnapshots(folder.names().map(toText));
  if (names.length === 0) return 'nothing';
  const isOurs = (name: string): boolean => {
    const info = infoOf(folder, name);
    return info !== null && isTrusted(judgeTrust(info, name, owner));
  };
  return names.toReversed().some(isOurs) ? 'known' : 'foreign';
}

function inFolder<Result>(path: string, work: (folder: OpenFolder) => Result): Result | null {
  let folder: OpenFolder;
  try {
    folder = reachFolder(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    if (error instanceof FileEngineError) throw error;
    throw new FileEngineError('unwritable', `${path} cannot be read: ${describeErrno(error)}`, path, { cause: error });
  }
  return usingFolder(folder, work);
}
