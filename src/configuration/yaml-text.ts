import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  visit,
  type YAMLError,
} from 'yaml';
import { isNestedTooDeeply } from './nesting.js';
import { inOrderOfFile, type ConfigurationProblem, type Path } from '../definitions/checking/problem.js';

export interface Place {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export interface ParsedYaml {
  /** As plain data; undefined if the text could not be understood at all. */
  readonly value: unknown;
  readonly problems: readonly ConfigurationProblem[];
  /** Where a path stands: the key of an entry, the beginning of a list's item; what is not there, at the nearest that is. */
  locate(path: Path): Place;
}

/** Characters. A file that people write stays far below; more would only cost time. */
const longestText = 1024 * 1024;
/** How often anchors may be unfolded, so that a few lines cannot grow to gigabytes. */
const mostAliases = 100;
/** Errors after which the rest of the document still means what it says. */
const harmless: readonly string[] = ['DUPLICATE_KEY'];

/** Reads YAML 1.2, and JSON, which is part of it. Total: whatever is wrong comes back as problems. */
export function parseYaml(text: string): ParsedYaml {
  if (text.length > longestText) {
    return broken(`the file has ${text.length} characters`, `At most ${longestText} are read`);
  }
  if (isNestedTooDeeply(text))
    return broken('it is nested too deeply', 'A configuration needs no more than ten levels');
  return parsed(text);
}

function parsed(text: string): ParsedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    keepSourceTokens: true,
    prettyErrors: false,
    stringKeys: true,
  });
  const faults = [...document.errors, ...document.warnings];
  const problems = [
    ...faults.map((error) => problemOf(error, text, placeAt(lines, error.pos[0]))),
    ...aliasProblems(document, lines),
  ];
  const locate = (path: Path) => placeAt(lines, offsetOf(document, path));
  if (problems.length > document.errors.filter(({ code }) => harmless.includes(code)).length) {
    return { value: undefined, problems: inOrderOfFile(problems), locate };
  }
  try {
    return { value: document.toJS({ maxAliasCount: mostAliases }), problems: inOrderOfFile(problems), locate };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return broken(
      `its anchors and aliases are used more than ${mostAliases} times over`,
      'Write the repeated parts out',
    );
  }
}

/** Aliases of what is not there, and of what they themselves stand in: that would be a value without end. */
function aliasProblems(document: Document.Parsed, lines: LineCounter): readonly ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  visit(document, {
    Alias(_key, alias, ancestors) {
      const target = alias.resolve(document);
      if (target !== undefined && !ancestors.includes(target)) return;
      const message = `*${alias.source} ${target === undefined ? 'is the alias of nothing' : 'stands within itself'}`;
      const place = placeAt(lines, alias.range?.[0] ?? 0);
      problems.push({ ...place, path: '', message, advice: 'Write out what is meant' });
    },
  });
  return problems;
}

function broken(message: string, advice: string): ParsedYaml {
  const start = { line: 1, column: 1 };
  return { value: undefined, problems: [{ ...start, path: '', message, advice }], locate: () => start };
}

function problemOf(error: YAMLError, text: string, place: Place): ConfigurationProblem {
  return { ...place, path: '', ...sayingOf(error, text) };
}

function sayingOf(error: YAMLError, text: string): { message: string; advice: string } {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return { message: `${wordAt(text, error.pos[0])} is stated twice here`, advice: 'Keep one of the two' };
    case 'TAB_AS_INDENT':
      return { message: 'a tab stands where the line is indented', advice: 'Indent with spaces' };
    case 'MULTIPLE_DOCS':
      return { message: 'a second document begins here', advice: 'Keep everything in one, without the line `---`' };
    case 'TAG_RESOLVE_FAILED':
      return { message: `this is no YAML that Wardround reads: ${error.message}`, advice: 'Leave the tag out' };
    default:
      return {
        message: `this is no valid YAML: ${error.message}`,
        advice: 'Compare its indentation, colons and quotes with the lines around it',
      };
  }
}

function wordAt(text: string, offset: number): string {
  return JSON.stringify(/^[^\s:,}\]]*/.exec(text.slice(offset, offset + 100))?.[0] ?? '');
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return line === 0 ? { line: 1, column: 1 } : { line, column: col };
}

function offsetOf(document: Document.Parsed, path: Path): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const part of path) {
    const inner = entryOf(isAlias(node) ? node.resolve(document) : node, part);
    if (inner === null) break;
    offset = inner.offset ?? offset;
    node = inner.value;
  }
  return offset;
}

function entryOf(node: unknown, part: string | number): { offset: number | undefined; value: unknown } | null {
  if (isSeq(node)) {
    const item = node.items[Number(part)];
    return item === undefined ? null : { offset: startOf(item), value: item };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : null) === String(part));
  return pair === undefined ? null : { offset: startOf(pair.key), value: pair.value };
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
