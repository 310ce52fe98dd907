import { join } from 'node:path';
import { toText } from './bytes.js';
import type { Notice, SnapshotPlace } from './engine-types.js';
import { locateToRead } from './locate.js';
import { infoOf } from './snapshot-info.js';
import { jobFolder, type FoundPlace } from './places.js';
import { reachFolder } from './reach-folder.js';
import { wholeSnapshots } from './snapshot-name.js';
import { usingFolder } from './open-folder.js';
import { isTrusted, judgeTrust, type Trust } from './trust.js';

/**
 * The whole snapshots in the owner's folder that are his, newest first. The others are passed over, with a notice: they are not
 * shared with, and count for nothing when it is decided what is kept.
 */
export function* ownSnapshots(place: FoundPlace, onNotice: (notice: Notice) => void): Generator<string> {
  const { owner } = place;
  const path = jobFolder(place);
  const found = usingFolder(reachFolder(path), (folder) => {
    const names = wholeSnapshots(folder.names().map(toText)).toReversed();
    return names.map((name) => ({ name, info: owner ? infoOf(folder, name) : null }));
  });
  for (const { name, info } of found) {
    const trust: Trust = !owner ? 'known' : info ? judgeTrust(info, name, owner) : 'foreign';
    if (isTrusted(trust)) yield name;
    else onNotice({ level: 'warning', place: join(path, name), text: `${join(path, name)} ${why[trust]}` });
  }
}

/** See `FileEngine.listSnapshots`. */
export function listOwn(place: SnapshotPlace, onNotice: (notice: Notice) => void): string[] {
  const found = locateToRead(place);
  return found ? [...ownSnapshots(found, onNotice)].toReversed() : [];
}

const why = {
  altered:
    'is not the snapshot that was verified under this name: it was altered or exchanged, and is neither used nor removed',
  foreign: 'was not made by this installation, and is neither used nor removed',
  known: '',
  signed: '',
} as const satisfies Record<Trust, string>;
