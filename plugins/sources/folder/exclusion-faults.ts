import { exclusionBelow } from '../../sdk/index.js';

/** What the roots of computers hold: a pattern that begins so is a path of the computer, not one within a folder. */
const rootFolders = new Set(
  (
    'bin boot dev etc home lib lib64 media mnt opt proc root run sbin srv sys tmp usr var ' +
    'Applications Library System Users Volumes private'
  ).split(' '),
);

/** How other tools begin a pattern to say what kind it is. */
const kindOfPattern = /^(?:fm|fnmatch|sh|re|regex|regexp|glob|rootglob|pp|pf|pr|path|ignorecase):/;

interface Meaning {
  readonly paths: readonly string[];
  readonly isWindows: boolean;
}

/**
 * Why an exclusion cannot be meant as it is written, and what to write instead; null if it can. What is odd, but may be the name
 * of a file, is left to the protocol, which names the exclusions that matched nothing.
 */
export function exclusionFault(pattern: string, { paths, isWindows }: Meaning): string | null {
  return (
    spaceFault(pattern) ??
    otherToolFault(pattern) ??
    (isWindows ? null : backslashFault(pattern)) ??
    stepsFault(pattern) ??
    placeFault(pattern, paths)
  );
}

function spaceFault(pattern: string): string | null {
  if (/[\r\n]/.test(pattern)) return 'holds several lines: write each as an item of its own';
  const trimmed = pattern.trim();
  if (trimmed === pattern) return null;
  return `begins or ends with a space, which is compared too: write "${trimmed}", or "?" for a space that is meant`;
}

function otherToolFault(pattern: string): string | null {
  const kind = kindOfPattern.exec(pattern)?.[0];
  if (kind !== undefined) {
    const rest = pattern.slice(kind.length);
    const isExpression = /^re/.test(kind);
    const instead = isExpression ? 'regular expressions are not known here: use *, ? and **' : `write "${freed(rest)}"`;
    return `begins with "${kind}", as another tool has it: ${instead}`;
  }
  if (/^[-+] /.test(pattern))
    return `begins with "${pattern.slice(0, 2)}", as another tool has it: write "${pattern.slice(2)}"`;
  if (pattern.startsWith('!'))
    return 'begins with "!", as another tool has it: nothing that is left out is taken in again';
  if (/\{[^{}/]*,[^{}/]*\}/.test(pattern)) return 'has alternatives in braces: write each as an item of its own';
  return null;
}

/** A pattern of another tool is matched against whole paths: `*` + `/node_modules` is that name anywhere. */
function freed(pattern: string): string {
  return /^\*\*?\/[^/]+\/?$/.test(pattern) ? pattern.replace(/^\*\*?\//, '') : pattern;
}

function backslashFault(pattern: string): string | null {
  if (!pattern.includes('\\')) return null;
  return `has a backslash: between folders, write "${pattern.replaceAll('\\', '/')}"; in a name, "?" in its place`;
}

function stepsFault(pattern: string): string | null {
  if (/^~[^/]*\//.test(pattern) || pattern === '~') {
    return 'begins with "~", which is no home folder here: write it in full, such as /home/anna/Downloads';
  }
  if (/^(?:\$[A-Za-z_]|%[A-Za-z_]+%)/.test(pattern)) {
    return 'begins with a variable, which stands for nothing here: write it in full, or with ${env:NAME}';
  }
  const names = pattern.replace(/^\//, '').replace(/\/$/, '').split('/');
  const isOdd = names.some((name) => name === '' || name === '.' || name === '..');
  if (!isOdd) return null;
  const plain = names.filter((name) => name !== '' && name !== '.');
  const lead = pattern.startsWith('/') ? '/' : '';
  const instead = plain.includes('..') || plain.length === 0 ? '' : `: write "${lead}${plain.join('/')}"`;
  return `has "//", "." or ".." in it, which no path from the top of a folder has${instead}`;
}

/** A path of the computer that is outside of what is backed up, or all of it. */
function placeFault(pattern: string, paths: readonly string[]): string | null {
  const drive = /^[A-Za-z]:[\\/]/.test(pattern);
  if (!pattern.startsWith('/') && !drive) return null;
  // What a reference stands for is not known yet.
  if ([pattern, ...paths].some((text) => text.includes('${'))) return null;
  if (paths.some((path) => exclusionBelow(pattern, path) !== null)) return null;
  const place = pattern.replace(/\/$/, '');
  const all = paths.find((path) => path.replace(/(?<=.)\/$/, '') === place);
  if (all !== undefined) return `leaves out all of ${all}, which is one of the paths: take it from "paths" instead`;
  const [first = '', ...more] = place.slice(1).split('/');
  const firsts = paths.map((path) => path.split('/')[1]);
  const isOfComputer = drive || (more.length > 0 && (rootFolders.has(first) || firsts.includes(first)));
  if (!isOfComputer) return null;
  const within = drive ? '' : `. Within them, from the top of each, write "${place.slice(1)}"`;
  return `lies outside of all paths (${paths.join(', ')}), so it leaves out nothing: take it away${within}`;
}
