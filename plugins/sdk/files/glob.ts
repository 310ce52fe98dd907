import { fromText, type ByteString } from './bytes.js';

/**
 * Exclusions. `*` stands for any characters but `/`, `?` for one such character, `**` as a whole segment for any number of
 * folders, also none. A pattern without `/` matches names anywhere; one with `/` is matched against the path from the top
 * of the tree. With `/` at its end it matches folders only. Every other character stands for itself.
 *
 * Patterns come from people, so no regular expression is made of them: the time to match is at most the length of the path
 * times that of the pattern, whatever they are.
 */
export type ExclusionMatcher = (path: ByteString, isDirectory: boolean) => boolean;

interface Pattern {
  /** Each a list of characters; `**` stands alone in its segment. */
  readonly segments: readonly (readonly string[])[];
  readonly ofName: boolean;
  readonly foldersOnly: boolean;
}

/** One matcher for a list of patterns: true if one of them matches the path, relative to the top of the tree. */
export function compileExclusions(patterns: readonly string[]): ExclusionMatcher {
  const compiled = patterns.filter((pattern) => pattern !== '').map(parsePattern);
  if (compiled.length === 0) return () => false;
  return (path, isDirectory) => {
    const segments = path.split('/').map(characters);
    const name = segments.slice(-1);
    return compiled.some(
      (pattern) =>
        (isDirectory || !pattern.foldersOnly) && matchesPath(pattern.segments, pattern.ofName ? name : segments),
    );
  };
}

function parsePattern(text: string): Pattern {
  const foldersOnly = text.endsWith('/');
  const trimmed = foldersOnly ? text.slice(0, -1) : text;
  const segments = fromText(trimmed.startsWith('/') ? trimmed.slice(1) : trimmed).split('/');
  const ofName = !trimmed.includes('/');
  // `a/**` is what stands below `a`, not `a` itself: any number of folders and then one name.
  const complete = segments.at(-1) === '**' ? [...segments, '*'] : segments;
  return { segments: complete.map(characters), ofName, foldersOnly };
}

/** The UTF-8 characters among bytes; a byte that belongs to none stands alone. */
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
 * Whether a pattern, some items of which stand for any run of items, covers the whole of the items. It needs to go back only to
 * the last such run (what an earlier one could take, a later one can too), so no pair of pattern and item is compared twice
 * for one run.
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
