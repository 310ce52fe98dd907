import { bytesText, countText } from '../shared/quantity.js';
import type { CopiedSource, Suspicion } from './backups.events.js';

/** One file system below one path of a source, as a run has just copied it. */
export type PlaceNow = CopiedSource['places'][number] & {
  /** False if the folder was gone, or another one, when the copying ended. */
  readonly isThere: boolean;
};

/** What a run has just copied of one source. */
export interface SourceNow extends Omit<CopiedSource, 'places'> {
  readonly places: readonly PlaceNow[];
  /** Files that the first look found. */
  readonly scannedFiles: number;
}

/** The last good run, which the new one is compared with. */
export interface Baseline {
  readonly runId: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly files: number;
  readonly bytes: number;
  /** Empty of a run that did not count its sources; then only the sums can be compared. */
  readonly sources: readonly CopiedSource[];
}

/** Below which share of the last good run's files, and of its bytes, a source is suspicious: 0 to 1. */
export interface Shares {
  readonly files: number;
  readonly bytes: number;
}

export const usualShares: Shares = { files: 0.5, bytes: 0.5 };

/** In small sources a share says little: so much has to be missing before it counts. */
const fewestFilesMissing = 10;
const fewestBytesMissing = 100_000;
/** So many of the files that the first look found may vanish before they are copied: others rename and remove meanwhile. */
const mostVanishedShare = 0.1;
const fewestVanished = 10;

/**
 * What looks as if a run had not copied what was meant: nothing where there was something, much less than before, another
 * file system than before, many files that vanished meanwhile. A source is compared with itself as it was in the last
 * good run, if it was defined in the same way then; what a first run finds is taken as it is.
 * @param isFolder whether a path within the sources is a folder now
 */
export function judgeSources(
  sources: readonly SourceNow[],
  baseline: Baseline | null,
  shares: Shares,
  isFolder: (path: string) => boolean,
): readonly Suspicion[] {
  const meanwhile = sources.flatMap((source) => judgeMeanwhile(source));
  if (baseline === null) return meanwhile;
  const since = `in the last good backup (${baseline.startedAt.slice(0, 16).replace('T', ' ')} UTC)`;
  if (baseline.sources.length === 0) {
    const sum = (of: (source: SourceNow) => number) => sources.reduce((total, source) => total + of(source), 0);
    const now = { files: sum(({ files }) => files), bytes: sum(({ bytes }) => bytes) };
    return [...meanwhile, ...judgeAmount(null, 'All sources together', now, baseline, shares, since)];
  }
  const compared = sources.flatMap((source) => {
    const before = baseline.sources.find(({ name, definition }) => {
      return name === source.name && definition === source.definition;
    });
    return before ? judgeSource(source, before, shares, since, isFolder) : [];
  });
  return [...meanwhile, ...compared];
}

/** The folders of which {@link judgeSources} asks whether they are there. */
export function foldersToLookFor(baseline: Baseline | null): readonly string[] {
  const points = (baseline?.sources ?? []).flatMap(({ places }) =>
    places.flatMap(({ mountPoint }) => mountPoint ?? []),
  );
  return [...new Set(points)];
}

function judgeMeanwhile({ name, files, scannedFiles, places }: SourceNow): Suspicion[] {
  const odd = (text: string): Suspicion => ({ source: name, kind: 'vanished', text: `Source ${name}: ${text}` });
  const moved = places.filter(({ isThere }) => !isThere).map(({ path }) => path);
  if (moved.length > 0) return [odd(`${moved.join(', ')} was removed, unmounted or replaced while it was copied`)];
  const vanished = scannedFiles - files;
  const many = vanished >= fewestVanished && vanished > scannedFiles * mostVanishedShare;
  if (scannedFiles === 0 || (!many && files > 0)) return [];
  return [odd(`${vanished.toLocaleString('en')} of ${countText(scannedFiles, 'file')} vanished while it was copied`)];
}

function judgeSource(
  now: SourceNow,
  before: CopiedSource,
  shares: Shares,
  since: string,
  isFolder: (path: string) => boolean,
): Suspicion[] {
  const amount = judgeAmount(now.name, `Source ${now.name}`, now, before, shares, since);
  const paths = [...new Set(before.places.map(({ path }) => path))];
  const ofPaths = paths.flatMap((path) => {
    const placesNow = now.places.filter((place) => place.path === path);
    const placesThen = before.places.filter((place) => place.path === path);
    return judgePath(now.name, path, placesNow, placesThen, since, isFolder);
  });
  // That the whole source is empty says it for each of its paths; another file system says why.
  const isEmpty = amount.some(({ kind }) => kind === 'emptied');
  return [...amount, ...ofPaths.filter(({ kind }) => !(isEmpty && kind === 'emptied'))];
}

interface Amount {
  readonly files: number;
  readonly bytes: number;
}

function judgeAmount(
  source: string | null,
  what: string,
  now: Amount,
  before: Amount,
  shares: Shares,
  since: string,
): Suspicion[] {
  const text = `${what}: ${amountText(now)} now, ${amountText(before)} ${since}`;
  if (now.files === 0 && before.files > 0) return [{ source, kind: 'emptied', text }];
  if (isTooFew(now.files, before.files, shares.files, fewestFilesMissing))
    return [{ source, kind: 'fewer-files', text }];
  if (isTooFew(now.bytes, before.bytes, shares.bytes, fewestBytesMissing))
    return [{ source, kind: 'fewer-bytes', text }];
  // Files of which nothing is left count as none: a database that was made again, lists that were cut to nothing.
  return now.bytes === 0 && before.bytes > 0 ? [{ source, kind: 'emptied', text }] : [];
}

function isTooFew(now: number, before: number, share: number, fewestMissing: number): boolean {
  return now < before * share && before - now >= fewestMissing;
}

/** One path of a source: whether there is something left of it, and whether it is where it lay. */
function judgePath(
  source: string,
  path: string,
  now: readonly PlaceNow[],
  before: CopiedSource['places'],
  since: string,
  isFolder: (path: string) => boolean,
): Suspicion[] {
  // What a plugin made is no place of its own.
  if (path === '') return [];
  const lead = `Source ${source}: ${path}`;
  const [root, ...below] = before;
  const rootNow = now[0];
  if (root && rootNow && isElsewhere(root, rootNow)) {
    const text = `${lead} is on ${placeText(rootNow)} now, but was on ${placeText(root)} ${since}. Is a disk or share not mounted?`;
    return [{ source, kind: 'other-file-system', text }];
  }
  const files = (places: readonly { readonly files: number }[]) => places.reduce((sum, place) => sum + place.files, 0);
  if (files(before) > 0 && files(now) === 0) {
    const text = `${lead} has no files now, ${countText(files(before), 'file')} ${since}`;
    return [{ source, kind: 'emptied', text }];
  }
  return below.flatMap((place): Suspicion[] => {
    const { mountPoint } = place;
    if (place.files === 0 || mountPoint === null || !isFolder(mountPoint)) return [];
    if (now.some((other) => other.mountPoint === mountPoint && other.files > 0)) return [];
    const text = `Source ${source}: the files of ${placeText(place)} are missing, ${countText(place.files, 'file')} ${since}. Is a disk or share not mounted?`;
    return [{ source, kind: 'other-file-system', text }];
  });
}

function isElsewhere(before: CopiedSource['places'][number], now: PlaceNow): boolean {
  if (before.files === 0) return false;
  const differ = (a: string | null, b: string | null) => a !== null && b !== null && a !== b;
  return differ(before.mountPoint, now.mountPoint) || differ(before.fileSystem, now.fileSystem);
}

function placeText({ mountPoint, fileSystem }: CopiedSource['places'][number]): string {
  return `the file system of ${mountPoint ?? 'an unknown folder'}${fileSystem === null ? '' : ` (${fileSystem})`}`;
}

function amountText({ files, bytes }: Amount): string {
  return `${countText(files, 'file')}, ${bytesText(bytes)}`;
}
