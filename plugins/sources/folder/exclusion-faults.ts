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
  if (/[\r\n]/.test(pattern)) return 'has several lines: write each as a separate item';
  const trimmed = pattern.trim();
  if (trimmed === pattern) return null;
  return `begins or ends with a space, which is part of the pattern: write "${trimmed}", or "?" for an intended space`;
}

function otherToolFault(pattern: string): string | null {
  const kind = kindOfPattern.exec(pattern)?.[0];
  if (kind !== undefined) {
    const rest = pattern.slice(kind.length);
    const isExpression = /^re/.test(kind);
    const instead = isExpression ? 'regular expressions are not supported: use *, ? and **' : `write "${freed(rest)}"`;
    return `starts with "${kind}", which is the syntax of another tool: ${instead}`;
  }
  if (/^[-+] /.test(pattern))
    return `starts with "${pattern.slice(0, 2)}", which is the syntax of another tool: write "${pattern.slice(2)}"`;
  if (pattern.startsWith('!'))
    return 'starts with "!", which is the syntax of another tool: excluded files cannot be included again';
  if (/\{[^{}/]*,[^{}/]*\}/.test(pattern)) return 'has alternatives in braces: write each as a separate item';
  return null;
}

/** A pattern of another tool is matched against whole paths: `*` + `/node_modules` is that name anywhere. */
function freed(pattern: string): string {
  return /^\*\*?\/[^/]+\/?$/.test(pattern) ? pattern.replace(/^\*\*?\//, '') : pattern;
}

function backslashFault(pattern: string): string | null {
  if (!pattern.includes('\\')) return null;
  return `has a backslash: between folders, write "${pattern.replaceAll('\\', '/')}"; in a name, write "?" instead`;
}

function stepsFault(pattern: string): string | null {
  if (/^~[^/]*\//.test(pattern) || pattern === '~') {
    return 'starts with "~", which does not mean the home folder here: use an absolute path, such as /home/anna/Downloads';
  }
  if (/^(?:\$[A-Za-z_]|%[A-Za-z_]+%)/.test(pattern)) {
    return 'starts with a variable, which is not supported here: use an absolute path, or ${env:NAME}';
  }
  const names = pattern.replace(/^\//, '').replace(/\/$/, '').split('/');
  const isOdd = names.some((name) => name === '' || name === '.' || name === '..');
  if (!isOdd) return null;
  const plain = names.filter((name) => name !== '' && name !== '.');
  const lead = pattern.startsWith('/') ? '/' : '';
  const instead = plain.includes('..') || plain.length === 0 ? '' : `: write "${lead}${plain.join('/')}"`;
  return `contains "//", "." or "..", which cannot match${instead}`;
}

/** A path of the computer that is outside of what is backed up, or all of it. */
function placeFault(pattern: string, paths: readonly string[]): string | null {
  const drive = /^[A-Za-z]:[\\/]/.test(pattern);
  if (!pattern.startsWith('/') && !drive) return null;
  // What a reference means is not known yet.
  if ([pattern, ...paths].some((text) => text.includes('${'))) return null;
  if (paths.some((path) => exclusionBelow(pattern, path) !== null)) return null;
  const place = pattern.replace(/\/$/, '');
  const all = paths.find((path) => path.replace(/(?<=.)\/$/, '') === place);
  if (all !== undefined) return `excludes all of ${all}, which is one of the paths: remove it from "paths" instead`;
  const [first = '', ...more] = place.slice(1).split('/');
  const firsts = paths.map((path) => path.split('/')[1]);
  const isOfComputer = drive || (more.length > 0 && (rootFolders.has(first) || firsts.includes(first)));
  if (!isOfComputer) return null;
  const within = drive ? '' : `. For a place within them, relative to the top of each, write "${place.slice(1)}"`;
  return `is outside of all paths (${paths.join(', ')}), so it excludes nothing: remove it${within}`;
}
