import { canonicalJson } from '../definitions/canonical-json.js';
import type { DraftPluginUse } from '../definitions/checking/draft.js';
import { shown, type Fault, type Path } from '../definitions/checking/problem.js';
import { valueAt } from '../definitions/checking/value-at.js';
import { localCopyName } from './backups.events.js';

/** The places of a job, as far as they can be understood. */
interface DraftPlaces {
  readonly localCopy: { readonly path: string | null };
  readonly copies: readonly DraftPluginUse[];
}

/** A place in which a job makes its folder of snapshots. */
interface Place {
  /** The same text is the same place. */
  readonly key: string;
  /** As it is written in the file. */
  readonly written: string;
  readonly name: string;
  /** Null for the place that needs no line: where the local copy is made for the time of a run. */
  readonly path: Path | null;
}

/**
 * Two places of a job that are one: the second copy finds the snapshot there already, and fails every night. Jobs may share
 * a place, since each has a folder of its own in it.
 * @param placeOf where a path leads on the computer: two paths that lead to one place give the same text
 */
export function samePlaceFaults(
  { localCopy, copies }: DraftPlaces,
  path: Path,
  placeOf: (path: string) => string,
): readonly Fault[] {
  const places = [localPlace(localCopy.path, path, placeOf), ...copyPlaces(copies, [...path, 'copies'], placeOf)];
  return places.flatMap((place, position) => {
    const first = places.slice(0, position).find(({ key }) => key === place.key);
    return first === undefined || place.path === null ? [] : [fault(place, place.path, first)];
  });
}

function localPlace(path: string | null, within: Path, placeOf: (path: string) => string): Place {
  const written = path ?? stagingPath;
  return {
    key: `folder ${placeOf(written)}`,
    written,
    name: localCopyName,
    path: path === null ? null : [...within, 'localCopy', 'path'],
  };
}

/** Where a job without `localCopy` makes one for the time of a run. */
const stagingPath = '${data}/staging';

function copyPlaces(copies: readonly DraftPluginUse[], within: Path, placeOf: (path: string) => string) {
  return copies.flatMap(({ name, plugin, parameters }, index): readonly Place[] => {
    const path = valueAt(parameters, ['path']);
    const isFolder = (plugin ?? 'folder') === 'folder';
    if (isFolder && typeof path !== 'string') return [];
    const own = { name: name ?? '', path: [...within, index, 'parameters'] };
    if (isFolder && typeof path === 'string') {
      return [{ ...own, key: `folder ${placeOf(path)}`, written: path, path: [...own.path, 'path'] }];
    }
    const written = canonicalJson(parameters ?? {});
    return [{ ...own, key: `${plugin} ${written}`, written }];
  });
}

function fault({ name, written }: Place, path: Path, first: Place): Fault {
  const same = written === first.written ? '' : ` is ${shown(first.written)},`;
  const owner =
    first.path === null ? 'where the local copy is made for the time of a run' : `the place of ${shown(first.name)}`;
  return {
    path,
    message: `the copy ${shown(name)} goes to ${shown(written)}, ${same === '' ? '' : `which${same} `}${owner}`,
    advice: 'Give each copy a different place, on another disk, or leave one of them out',
    ...(first.path === null ? {} : { alsoAt: first.path }),
  };
}
