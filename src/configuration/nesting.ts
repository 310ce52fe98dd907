import { CST, Lexer } from 'yaml';

const deepestBrackets = 50;
const deepestIndentation = 200;

/**
 * Whether a YAML text is nested so deeply that reading it, which is recursive, could exhaust the stack. That is not an
 * error one could catch: a regular expression that finds no stack to run on ends the whole process. The text is only cut
 * into tokens for this.
 */
export function isNestedTooDeeply(text: string): boolean {
  // Every level in block style stands further to the right, but for lists directly below a key.
  if (text.split('\n').some((line) => (/^[ \t?:-]*/.exec(line)?.[0].length ?? 0) > deepestIndentation)) return true;
  let depth = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === 'flow-map-start' || type === 'flow-seq-start') depth++;
    if (type === 'flow-map-end' || type === 'flow-seq-end') depth = Math.max(0, depth - 1);
    if (depth > deepestBrackets) return true;
  }
  return false;
}
