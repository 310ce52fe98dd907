import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';

/** What is not part of RE2 though other engines know it, by how it begins. */
const unknownToRe2: readonly (readonly [start: RegExp, hint: string])[] = [
  [/^\(\?[=!]/, 'RE2 has no look-ahead'],
  [/^\(\?<[=!]/, 'RE2 has no look-behind'],
  [/^\\[1-9]/, 'RE2 has no backreferences'],
  [/^\(\?>/, 'RE2 has no atomic groups'],
];

/** What is wrong with a pattern, and at which character, counted from 1. */
export function describeFault(source: string, error: RE2JSException): string {
  const { problem, fragment } = partsOf(error);
  const position = positionOf(source, problem, fragment);
  const hint = unknownToRe2.find(([start]) => start.test(source.slice(position)))?.[1];
  return `is not valid at character ${position + 1}: ${problem}${hint ? ` (${hint})` : ''}`;
}

interface Fault {
  readonly problem: string;
  readonly fragment: string;
}

/** RE2JS names the fragment that it stumbled over, but not where it stands. */
function partsOf(error: RE2JSException): Fault {
  if (!(error instanceof RE2JSSyntaxException)) return { problem: error.message, fragment: '' };
  return { problem: error.getDescription(), fragment: error.getPattern() ?? '' };
}

/**
 * Where the fault is, counted from 0. The parser goes from left to right, so that the pattern, cut off behind the right
 * occurrence of the fragment, has the very same fault.
 */
function positionOf(source: string, problem: string, fragment: string): number {
  if (fragment === '') return Math.max(0, source.length - 1);
  if (fragment === source) return bracketPosition(source);
  for (let at = source.indexOf(fragment); at >= 0; at = source.indexOf(fragment, at + 1)) {
    const cut = faultOf(source.slice(0, at + fragment.length));
    if (cut?.problem === problem && cut.fragment === fragment) return at;
  }
  return Math.max(0, source.indexOf(fragment));
}

function faultOf(source: string): Fault | null {
  try {
    RE2JS.compile(source);
    return null;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return partsOf(error);
  }
}

/** The round bracket without a partner: the last one left open, or the first that closes nothing. */
function bracketPosition(source: string): number {
  const open: number[] = [];
  for (let at = 0; at < source.length; at++) {
    const character = source.charAt(at);
    if (character === '\\') at++;
    else if (character === '[') at = endOfClass(source, at);
    else if (character === '(') open.push(at);
    else if (character === ')' && open.pop() === undefined) return at;
  }
  return open.at(-1) ?? 0;
}

function endOfClass(source: string, start: number): number {
  // The first `]` in a class is an ordinary character, also behind `^`.
  let at = source.charAt(start + 1) === '^' ? start + 2 : start + 1;
  for (at++; at < source.length && source.charAt(at) !== ']'; at++) if (source.charAt(at) === '\\') at++;
  return at;
}
