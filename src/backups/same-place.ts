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

/** A job, as far as it can be understood. */
interface DraftJob extends DraftPlaces {
  readonly name: string | null;
  /** Null: the first of the file. */
  readonly server: string | null;
}

/** A place in which a job makes its folder of snapshots. */
interface Place {
  /** The same text is the same place. */
  readonly key: string;
  /** Where the folder is; null for a place that is none. */
  readonly folder: string | null;
  /** As it is written in the file. */
  readonly written: string;
  readonly name: string;
  /** Null for the place that needs no line: the folder of temporary local copies. */
  readonly path: Path | null;
}

/**
 * Two places of a job that are one: the second copy finds the snapshot there already, and fails every night. Jobs may share
 * a place, since each has its own folder in it.
 * @param placeOf where a path leads on the computer: two paths that lead to one place give the same text
 */
export function samePlaceFaults(job: DraftPlaces, path: Path, placeOf: (path: string) => string): readonly Fault[] {
  const places = placesOf(job, path, placeOf);
  return places.flatMap((place, position) => {
    const first = places.slice(0, position).find(({ key }) => key === place.key);
    return first === undefined || place.path === null ? [] : [fault(place, place.path, first)];
  });
}

/**
 * Places that are in the folder that a job makes for its snapshots, in one of its places: what is made there would be
 * taken for part of a snapshot, or removed with one.
 * @param path of the list of jobs
 * @param serverOf the server that a job names, or the one that is meant where it names none; folders of different servers are
 * different ones
 */
export function nestedPlaceFaults(
  jobs: readonly DraftJob[],
  path: Path,
  {
    placeOf,
    serverOf,
  }: { readonly placeOf: (path: string) => string; readonly serverOf: (called: string | null) => string },
): readonly Fault[] {
  const places = jobs.flatMap((job, index) => {
    const owner = { job: job.name ?? '', server: serverOf(job.server) };
    return placesOf(job, [...path, index], placeOf).flatMap((place) =>
      place.folder === null ? [] : [{ ...place, ...owner, folder: place.folder }],
    );
  });
  return places.flatMap((place) => {
    const around = places.find(
      ({ job, server, folder }) => job !== '' && server === place.server && liesIn(place.folder, below(folder, job)),
    );
    return around === undefined || place.path === null ? [] : [nestedFault(place, place.path, around)];
  });
}

interface OwnedPlace extends Place {
  readonly job: string;
  readonly folder: string;
}

function nestedFault({ name, job, written }: Place & { readonly job: string }, path: Path, around: OwnedPlace): Fault {
  const which = name === localCopyName ? 'the local copy' : `the copy ${shown(name)}`;
  return {
    path,
    message: `${which} of the job ${shown(job)} goes to ${shown(written)}, which lies in the folder for snapshots of the job ${shown(around.job)}, ${shown(below(around.folder, around.job))}`,
    advice:
      'Name a folder outside of it. Several jobs may have the same place: each makes a folder of its own name there',
    ...(around.path === null ? {} : { alsoAt: around.path }),
  };
}

function below(folder: string, name: string): string {
  return folder + (folder.includes('\\') ? '\\' : '/') + name;
}

function liesIn(place: string, folder: string): boolean {
  return place === folder || (place.startsWith(folder) && /^[\\/]/.test(place.slice(folder.length)));
}

function placesOf({ localCopy, copies }: DraftPlaces, path: Path, placeOf: (path: string) => string) {
  return [localPlace(localCopy.path, path, placeOf), ...copyPlaces(copies, [...path, 'copies'], placeOf)];
}

function localPlace(path: string | null, within: Path, placeOf: (path: string) => string): Place {
  const written = path ?? stagingPath;
  const folder = placeOf(written);
  return {
    ...{ key: `folder ${folder}`, folder },
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
      const folder = placeOf(path);
      return [{ ...own, key: `folder ${folder}`, folder, written: path, path: [...own.path, 'path'] }];
    }
    const written = canonicalJson(parameters ?? {});
    return [{ ...own, key: `${plugin} ${written}`, folder: null, written }];
  });
}

function fault({ name, written }: Place, path: Path, first: Place): Fault {
  const same = written === first.written ? '' : ` is ${shown(first.written)},`;
  const owner = first.path === null ? 'the folder of temporary local copies' : `the place of ${shown(first.name)}`;
  return {
    path,
    message: `the copy ${shown(name)} goes to ${shown(written)}, ${same === '' ? '' : `which${same} `}${owner}`,
    advice: 'Give each copy a different place, on another disk, or remove one of them',
    ...(first.path === null ? {} : { alsoAt: first.path }),
  };
}
