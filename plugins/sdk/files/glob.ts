import { fromText, toText, type ByteString } from './bytes.js';

/**
 * Exclusions. `*` means any characters but `/`, `?` for one such character, `**` as a whole segment for any number of
 * folders, also none. A pattern without `/` matches names anywhere; one with `/` is matched against the path from the top
 * of the tree; one that begins with the path of the tree itself means that place. With `/` at its end it matches folders only.
 * Every other character means itself.
 *
 * Patterns come from people, so no regular expression is made of them: the time to match is at most the length of the path
 * times that of the pattern, whatever they are.
 */
export type ExclusionMatcher = (path: ByteString, isDirectory: boolean) => boolean;

interface Pattern {
  /** Each a list of characters; `**` is alone in its segment. */
  readonly segments: readonly (readonly string[])[];
  readonly ofName: boolean;
  readonly foldersOnly: boolean;
}

/**
 * One matcher for a list of patterns: true if one of them matches the path, relative to the top of the tree.
 * @param tops absolute paths, with `/`, that the top of the tree is known by
 * @param used takes the patterns that have matched something, as they are written
 */
export function compileExclusions(
  patterns: readonly string[],
  tops: readonly string[] = [],
  used: Set<string> = new Set(),
): ExclusionMatcher {
  const compiled = patterns
    .filter((pattern) => pattern !== '')
    .flatMap((written) => placesOf(written, tops).map((place) => ({ written, ...parsePattern(place) })));
  if (compiled.length === 0) return () => false;
  return (path, isDirectory) => {
    const segments = path.split('/').map(characters);
    const name = segments.slice(-1);
    let matched = false;
    for (const pattern of compiled) {
      // Once something has matched, only those are of interest that never have.
      if ((matched && used.has(pattern.written)) || (pattern.foldersOnly && !isDirectory)) continue;
      if (!matchesPath(pattern.segments, pattern.ofName ? name : segments)) continue;
      matched = true;
      used.add(pattern.written);
    }
    return matched;
  };
}

/** What a pattern means within a tree: the place below its top, if it begins with the path of that. */
function placesOf(written: string, tops: readonly string[]): readonly string[] {
  const below = tops.flatMap((top) => exclusionBelow(written, top) ?? []);
  return below.length > 0 ? [...new Set(below)] : [written];
}

/**
 * The rest of an exclusion that begins with a path, as a pattern from the top of that path: `/home/*` + `/.cache` below
 * `/home/anna` gives `/.cache`, `/home/**` + `/tmp` gives `/**` + `/tmp`. Null if it is not below it.
 * @param path absolute, with `/` or as Windows writes it
 */
export function exclusionBelow(pattern: string, path: string): string | null {
  const place = withSlashes(pattern);
  if (!place.startsWith('/')) return null;
  const wanted = fromText(place.slice(1)).split('/').map(characters);
  const top = fromText(withSlashes(path))
    .split('/')
    .filter((name) => name !== '')
    .map(characters);
  for (const [index, name] of top.entries()) {
    const segment = wanted[index];
    if (segment === undefined || index === wanted.length - 1) return null;
    if (isAnyFolders(segment)) return rest(wanted, index);
    if (!matchesSegment(segment, name)) return null;
  }
  return rest(wanted, top.length);
}

function rest(segments: Pattern['segments'], from: number): string | null {
  const left = toText(
    segments
      .slice(from)
      .map((segment) => segment.join(''))
      .join('/'),
  );
  return left === '' ? null : `/${left}`;
}

/** `C:\\Data` as `/C/Data`: the place that it has in a snapshot. */
function withSlashes(path: string): string {
  return /^[A-Za-z]:[\\/]/.test(path) ? `/${path.replace(':', '').replaceAll('\\', '/')}` : path;
}

function parsePattern(text: string): Pattern {
  const foldersOnly = text.endsWith('/');
  const trimmed = foldersOnly ? text.slice(0, -1) : text;
  const segments = fromText(trimmed.startsWith('/') ? trimmed.slice(1) : trimmed).split('/');
  const ofName = !trimmed.includes('/');
  // `a/**` is what is below `a`, not `a` itself: any number of folders and then one name.
  const complete = segments.at(-1) === '**' ? [...segments, '*'] : segments;
  return { segments: complete.map(characters), ofName, foldersOnly };
}

/** The UTF-8 characters among bytes; a byte that belongs to none is alone. */
function characters(bytes: ByteString): string[] {
  return bytes.match(/[^\x80-\xbf][\x80-\xbf]*|[\x80-\xbf]/g) ?? [];
}

function matchesPath(pattern: Pattern['segments'], path: Pattern['segments']): boolean {
  return matchesRuns(pattern, path, isAnyFolders, matchesSegment);
}

function isAnyFolders(segment: readonly string[]): boolean {
  return segment.length === 2 && segment[0] === '*' && segment[1] === '*';
}

function matchesSegment(pattern: readonly string[], segment: readonly string[]): boolean {
  return matchesRuns(pattern, segment, isAnyCharacters, matchesCharacter);
}

function isAnyCharacters(character: string): boolean {
  return character === '*';
}

function matchesCharacter(pattern: string, character: string): boolean {
  return pattern === '?' || pattern === character;
}

/**
 * Whether a pattern, some items of which mean any run of items, covers the whole of the items. It needs to go back only
 * to the last such run (what an earlier one could take, a later one can too), so no pair of pattern and item is
 * compared twice for one run.
 */
function matchesRuns<Item>(
  pattern: readonly Item[],
  items: readonly Item[],
  isRun: (item: Item) => boolean,
  matches: (pattern: Item, item: Item) => boolean,
): boolean {
  let at = 0;
  let index = 0;
  let afterRun = -1;
  let runEnd = 0;
  for (let item = items[index]; item !== undefined; item = items[index]) {
    const wanted = pattern[at];
    if (wanted !== undefined && isRun(wanted)) {
      afterRun = ++at;
      runEnd = index;
    } else if (wanted !== undefined && matches(wanted, item)) {
      at += 1;
      index += 1;
    } else if (afterRun >= 0) {
      at = afterRun;
      index = ++runEnd;
    } else {
      return false;
    }
  }
  return pattern.slice(at).every(isRun);
}
