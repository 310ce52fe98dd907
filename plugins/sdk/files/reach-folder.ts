import { realpathSync, type BigIntStats } from 'node:fs';
import { fromText, parentOf, toText, type ByteString } from './bytes.js';
import { errnoOf } from './errors.js';
import { OpenFolder, othersMayWrite, unsafe, usingFolder } from './open-folder.js';

/** As in Linux: more links than this on the way to a folder lead in a circle. */
const mostLinks = 40;

/**
 * Opens a folder by the absolute path that a person gave. A link on the way is followed if only root or who runs this process
 * can have put it there; anybody else's is refused.
 * @throws FileEngineError `unsafe` for a link that is refused; Node's own errors otherwise
 */
export function reachFolder(path: string): OpenFolder {
  return reach(path, (parent, name) => parent.child(name));
}

/** The same; what is missing of it is made, for the owner only. */
export function reachOrMakeFolder(path: string): OpenFolder {
  return reach(path, childOrNew);
}

/** A folder in another, made if it is missing. */
export function childOrNew(parent: OpenFolder, name: ByteString): OpenFolder {
  const there = parent.childIfThere(name);
  if (there) return there;
  try {
    return parent.makeChild(name);
  } catch (error) {
    // Another run has made it in this moment.
    if (errnoOf(error) === 'EEXIST') return parent.child(name);
    throw error;
  }
}

type Step = (parent: OpenFolder, name: ByteString) => OpenFolder;

function reach(path: string, step: Step): OpenFolder {
  const found = process.platform === 'win32' ? reachOnWindows(path, step) : walk(fromText(path), step);
  if (found.path === fromText(path)) return found;
  // People know it by the path that they gave.
  return usingFolder(found, ({ identity }) => OpenFolder.open(fromText(path), identity));
}

function walk(path: ByteString, step: Step): OpenFolder {
  let pending = segmentsOf(path);
  let here = OpenFolder.open('/');
  let links = 0;
  try {
    for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
      const target = name === '..' ? parentOf(here.path) || '/' : trustedTarget(here, name);
      if (target === null) {
        const next = step(here, name);
        here.close();
        here = next;
        continue;
      }
      links += 1;
      if (links > mostLinks) throw unsafe(path, 'is a loop of symbolic links');
      pending = [...segmentsOf(target), ...pending];
      if (!target.startsWith('/')) continue;
      here.close();
      here = OpenFolder.open('/');
    }
    return here;
  } catch (error) {
    here.close();
    throw error;
  }
}

function segmentsOf(path: ByteString): ByteString[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.');
}

/** Where a link leads; null if it is none. */
function trustedTarget(folder: OpenFolder, name: ByteString): ByteString | null {
  const stats = folder.lstat(name);
  if (!stats?.isSymbolicLink()) return null;
  if (isTrusted(stats) && !isOpenToOthers(folder.stats)) return folder.readlink(name);
  const leadsTo = toText(folder.readlink(name));
  const who = isTrusted(stats) ? 'in a folder that others can write to' : `of user ${stats.uid}`;
  throw unsafe(
    folder.pathOf(name),
    `is a symbolic link ${who}, and is not followed: specify the folder itself (the link leads to ${leadsTo})`,
  );
}

function isTrusted({ uid }: BigIntStats): boolean {
  return uid === 0n || uid === BigInt(process.geteuid?.() ?? 0);
}

/** In a folder such as /tmp others may write, but not replace what is not theirs. */
function isOpenToOthers(stats: BigIntStats): boolean {
  const isSticky = (stats.mode & 0o1000n) !== 0n;
  const onlyOurGroup = (stats.mode & 0o002n) === 0n && [0n, BigInt(process.getegid?.() ?? 0)].includes(stats.gid);
  return othersMayWrite(stats) && !isSticky && !onlyOurGroup;
}

/** Links need a privilege there, and there are no owners to compare. */
function reachOnWindows(path: string, step: Step): OpenFolder {
  try {
    return OpenFolder.open(fromText(realpathSync.native(path)));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const parent = path.replace(/[\\/]+[^\\/]+[\\/]*$/, '');
  const name = path.slice(parent.length).replaceAll(/[\\/]/g, '');
  return usingFolder(reachOnWindows(`${parent}\\`, step), (folder) => step(folder, fromText(name)));
}
