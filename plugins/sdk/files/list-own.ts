import type { PlaceOwner } from '../plugin.js';
import { toText } from './bytes.js';
import type { Notice } from './engine-types.js';
import type { OpenFolder } from './open-folder.js';
import { infoOf } from './snapshot-info.js';
import { wholeSnapshots } from './snapshot-name.js';
import { isTrusted, judgeTrust, type Trust } from './trust.js';

/**
 * The whole snapshots in a job's folder that are the owner's, newest first. The others are passed over, with a notice: nothing
 * is shared with them, and they count for nothing when it is decided what is kept.
 */
export function* ownSnapshots(
  job: OpenFolder,
  owner: PlaceOwner | undefined,
  onNotice: (notice: Notice) => void,
): Generator<string> {
  const items = job.items();
  const named = (areFolders: boolean) =>
    wholeSnapshots(items.filter(({ isFolder }) => isFolder === areFolders).map(({ name }) => name));
  for (const name of named(false)) {
    const place = toText(job.pathOf(name));
    const text = `${place} has the name of a snapshot but is a link or a file; it was ignored`;
    onNotice({ level: 'warning', place, text });
  }
  for (const name of named(true).toReversed()) {
    const trust = trustOf(job, name, owner);
    if (isTrusted(trust)) yield name;
    else {
      const place = toText(job.pathOf(name));
      onNotice({ level: 'warning', place, text: `${place} ${why[trust]}` });
    }
  }
}

function trustOf(job: OpenFolder, name: string, owner: PlaceOwner | undefined): Trust {
  if (!owner) return 'known'; // No one asks.
  const info = infoOf(job, name);
  return info ? judgeTrust(info, name, owner) : 'foreign';
}

const why = {
  altered:
    'is not the snapshot that was verified under this name: it was altered or replaced; it is neither used nor removed',
  foreign: 'was not made by this installation; it is neither used nor removed',
  known: '',
  signed: '',
} as const satisfies Record<Trust, string>;
