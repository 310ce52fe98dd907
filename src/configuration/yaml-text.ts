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
import { missingQuotes, type Quoting } from './missing-quotes.js';
import { isNestedTooDeeply } from './nesting.js';
import { inOrderOfFile, isSecretKey, type ConfigurationProblem, type Path } from '../definitions/checking/problem.js';

export interface Place {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export interface ParsedYaml {
  /** As plain data; undefined if the text could not be understood at all. */
  readonly value: unknown;
  /** Whether the value is what was probably meant: quotes were missing, as `problems` say. */
  readonly isGuess: boolean;
  readonly problems: readonly ConfigurationProblem[];
  /** Where a path stands: the key of an entry, the beginning of a list's item; what is not there, at the nearest that is. */
  locate(path: Path): Place;
  /** What is written for a value that has no quotes, a comment in its place included; null for any other. */
  written(path: Path): string | null;
}

/** Characters. A file that people write stays far below; more would only cost time. */
const longestText = 1024 * 1024;
/** How often anchors may be unfolded, so that a few lines cannot grow to gigabytes. */
const mostAliases = 100;
/** Texts without their quotes that are told at once: each has the file read again. */
const mostQuotings = 50;
/** Where a file is long or holds more faults than this, reading it again takes long: the first few are told. */
const mostOfLong = 3;
const longText = 100_000;
const manyFaults = 200;
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

/**
 * Text that lacks its quotes is read as if it had them, so that one slip is one problem, and what else is wrong in the
 * file is found too.
 */
function parsed(text: string): ParsedYaml {
  const quotings: Quoting[] = [];
  let read = documentOf(text);
  const isLong = text.length > longText || faultsOf(read).length > manyFaults;
  const most = isLong ? mostOfLong : mostQuotings;
  for (let from = 0; quotings.length < most;) {
    const next = missingQuotes(read.text, faultsOf(read), from);
    if (next === null) break;
    quotings.push(next);
    read = documentOf(`${read.text.slice(0, next.start)}${next.quoted}${read.text.slice(next.end)}`);
    from = next.start + next.quoted.length;
  }
  return valueOf(read, text, quotings);
}

interface Read {
  readonly text: string;
  readonly document: Document.Parsed;
  readonly badAliases: readonly BadAlias[];
}

function documentOf(text: string): Read {
  const document = parseDocument(text, { keepSourceTokens: true, prettyErrors: false, stringKeys: true });
  return { text, document, badAliases: badAliasesOf(document) };
}

function faultsOf({ document, badAliases }: Read): readonly number[] {
  const faults = document.errors.filter(({ code }) => !harmless.includes(code));
  return [
    ...[...faults, ...document.warnings].map(({ pos }) => pos[0]),
    ...badAliases.filter(({ isUnknown }) => isUnknown).map(({ offset }) => offset),
  ];
}

function valueOf({ text, document, badAliases }: Read, written: string, quotings: readonly Quoting[]): ParsedYaml {
  const placeOf = placesIn(written, quotings);
  const faults = [...document.errors, ...document.warnings];
  const fatal = faults.filter(({ code }) => !harmless.includes(code)).length + badAliases.length;
  const problems = inOrderOfFile([
    ...firstOfEachLine([
      ...faults.map((error) => problemOf(error, text, placeOf(error.pos[0]))),
      ...badAliases.map((alias) => aliasProblem(alias, placeOf(alias.offset))),
    ]),
    ...quotings.map((quoting) => quotingProblem(quoting, { text, document }, placeOf(quoting.start))),
  ]);
  const locate = (path: Path) => placeOf(offsetOf(document, path));
  const known = {
    isGuess: quotings.length > 0,
    problems,
    locate,
    written: (path: Path) => writtenAt(document, text, path),
  };
  if (fatal > 0) return { ...known, value: undefined };
  try {
    return { ...known, value: document.toJS({ maxAliasCount: mostAliases }) };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return broken(
      `its anchors and aliases are expanded more than ${mostAliases} times`,
      'Write the repeated parts out',
    );
  }
}

/** Where an offset in the text with its quotes is in the text as it was written. */
function placesIn(written: string, quotings: readonly Quoting[]): (offset: number) => Place {
  const lines = new LineCounter();
  for (let at = 0; at >= 0; at = written.indexOf('\n', at) + 1 || -1) lines.addNewLine(at);
  return (offset) => {
    const longer = (one: Quoting) => one.quoted.length - (one.end - one.start);
    const before = quotings.filter(({ start, quoted }) => start + quoted.length <= offset);
    return placeAt(lines, offset - before.reduce((sum, one) => sum + longer(one), 0));
  };
}

/** One slip often makes several faults in its line: the first says it. */
function firstOfEachLine(problems: readonly ConfigurationProblem[]): readonly ConfigurationProblem[] {
  const seen = new Set<number>();
  return inOrderOfFile(problems).filter(({ line }) => seen.size < seen.add(line).size);
}

function quotingProblem(
  { start, message, quoted }: Quoting,
  { text, document }: Pick<Read, 'text' | 'document'>,
  place: Place,
): ConfigurationProblem {
  const key = /([\w.-]+):[ \t]+$/.exec(text.slice(text.lastIndexOf('\n', start - 1) + 1, start))?.[1] ?? '';
  // What should have been a reference is not to be shown on the board for it.
  const advice = `Put it in single quotes: ${isSecretKey(key) ? "'…'" : quoted}`;
  const anchors = /^'\*[\w-]+'$/.test(quoted) ? anchorsOf(document) : [];
  const orAlias = anchors.length === 0 ? '' : `. If you mean an alias: the file has the anchors ${anchors.join(', ')}`;
  return { ...place, path: '', message, advice: `${advice}${orAlias}` };
}

function anchorsOf(document: Document.Parsed): readonly string[] {
  const found: string[] = [];
  visit(document, {
    Node(_key, node) {
      if (!isAlias(node) && node.anchor !== undefined) found.push(`&${node.anchor}`);
    },
  });
  return found;
}

interface BadAlias {
  readonly offset: number;
  readonly source: string;
  /** It names no anchor; else it stands within what it names, which would be a value without end. */
  readonly isUnknown: boolean;
}

function badAliasesOf(document: Document.Parsed): readonly BadAlias[] {
  const found: BadAlias[] = [];
  visit(document, {
    Alias(_key, alias, ancestors) {
      const target = alias.resolve(document);
      if (target !== undefined && !ancestors.includes(target)) return;
      found.push({ offset: alias.range?.[0] ?? 0, source: alias.source, isUnknown: target === undefined });
    },
  });
  return found;
}

function aliasProblem({ source, isUnknown }: BadAlias, place: Place): ConfigurationProblem {
  const message = `*${source} ${isUnknown ? 'is the alias of nothing' : 'is an alias of what it is part of'}`;
  return { ...place, path: '', message, advice: 'Write out what is meant' };
}

function broken(message: string, advice: string): ParsedYaml {
  const start = { line: 1, column: 1 };
  return {
    value: undefined,
    isGuess: false,
    problems: [{ ...start, path: '', message, advice }],
    locate: () => start,
    written: () => null,
  };
}

function problemOf(error: YAMLError, text: string, place: Place): ConfigurationProblem {
  return { ...place, path: '', ...sayingOf(error, text) };
}

function sayingOf(error: YAMLError, text: string): { message: string; advice: string } {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return { message: `${wordAt(text, error.pos[0])} is a duplicate key`, advice: 'Keep one of the two' };
    case 'TAB_AS_INDENT':
      return { message: 'the line is indented with a tab', advice: 'Indent with spaces' };
    case 'MULTIPLE_DOCS':
      return { message: 'a second document begins here', advice: 'Use a single document, without the line `---`' };
    case 'TAG_RESOLVE_FAILED':
      return { message: `this YAML is not supported: ${error.message}`, advice: 'Remove the tag' };
    default:
      return {
        message: `invalid YAML: ${error.message}`,
        advice: 'Check the indentation, colons and quotes of this line and the lines around it',
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
  return nodeAt(document, path).offset;
}

/** What is found at a path, and where it begins: the nearest around it, where it is not there. */
function nodeAt(document: Document.Parsed, path: Path): { offset: number; value: unknown; isThere: boolean } {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const part of path) {
    const inner = entryOf(isAlias(node) ? node.resolve(document) : node, part);
    if (inner === null) return { offset, value: node, isThere: false };
    offset = inner.offset ?? offset;
    node = inner.value;
  }
  return { offset, value: node, isThere: true };
}

function writtenAt(document: Document.Parsed, text: string, path: Path): string | null {
  const { offset, value, isThere } = nodeAt(document, path);
  if (!isThere || (isScalar(value) && value.type?.startsWith('QUOTE'))) return null;
  const [start, end] = isNode(value) && value.range ? value.range : [offset, offset];
  const written = text.slice(start, end).trim();
  const anchor = isNode(value) && !isAlias(value) && value.anchor !== undefined ? `&${value.anchor}` : '';
  if (written !== '' || anchor !== '') return [anchor, written].filter((part) => part !== '').join(' ');
  // Nothing but a comment, after the dash or the key.
  return /^(?:[\w.-]+:)?[ \t]*(#\S.*?)[ \t]*$/.exec(text.slice(offset).split(/\r?\n/, 1)[0] ?? '')?.[1] ?? '';
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
