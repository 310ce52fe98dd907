import { RE2JS, RE2JSException } from 're2js';
import { describeFault } from './pattern-fault.js';

/** Larger programs could hold up the judging of everything else; `[a-z]{1000}` has about a thousand instructions. */
const mostInstructions = 5_000;
/** Only so much of a line is looked at: a match takes time in proportion to the text. */
const mostCharacters = 10_000;
const mostCached = 2_000;

/** What a pattern became: something to match with, or what is wrong with it. */
export type Pattern =
  { readonly kind: 'compiled'; matches(text: string): boolean } | { readonly kind: 'faulty'; readonly message: string };

const cache = new Map<string, Pattern>();

/**
 * Compiles a user's pattern: RE2 syntax (https://github.com/google/re2/wiki/Syntax), found anywhere in a text, in time
 * linear in the text's length. Each pattern is compiled once.
 */
export function compilePattern(source: string): Pattern {
  const known = cache.get(source);
  if (known) return known;
  const pattern = compile(source);
  if (cache.size >= mostCached) cache.clear();
  cache.set(source, pattern);
  return pattern;
}

function compile(source: string): Pattern {
  try {
    const program = RE2JS.compile(source);
    const instructions = program.programSize();
    if (instructions > mostInstructions) {
      return faulty(`is too large: ${instructions} instructions; the limit is ${mostInstructions}`);
    }
    return { kind: 'compiled', matches: (text) => program.test(text.slice(0, mostCharacters)) };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return faulty(describeFault(source, error));
  }
}

function faulty(problem: string): Pattern {
  return { kind: 'faulty', message: `the pattern ${problem}` };
}
