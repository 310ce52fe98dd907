import { CST, Lexer } from 'yaml';

/** A piece of a YAML text that needs single quotes, or that has double quotes and must not have them. */
export interface Quoting {
  /** Where the piece begins and ends in the text. */
  readonly start: number;
  readonly end: number;
  /** What YAML makes of it as it is. */
  readonly message: string;
  /** What is to be written in its place. */
  readonly quoted: string;
}

/** What YAML does with a sign at the beginning of a value. */
const meanings: Readonly<Record<string, string>> = {
  '*': 'reads as an alias',
  '&': 'reads as an anchor',
  '!': 'reads as a tag',
  '@': 'reserves',
  '`': 'reserves',
  '%': 'reads as a directive',
  '|': 'reads as a text of several lines',
  '>': 'reads as a text of several lines',
  '#': 'reads as a comment',
  ',': 'reads as the end of an item',
  ']': 'reads as the end of a list',
  '}': 'reads as the end of a group',
  '[': 'reads as a list',
  '{': 'reads as a group of keys',
  '?': 'reads as a key',
  ':': 'reads as the end of a key',
};

/** The first of them decide; a text of nothing but faults takes no longer than another. */
const faultsLookedAt = 20;

/** In single quotes, as YAML writes them. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The first piece that is to be in single quotes, at or after a place. Only what is certain to be meant as text is found:
 * where YAML sees a fault, and where double quotes change a Windows path or a pattern without a word.
 * @param allFaults where the YAML reader found something wrong, in any order
 */
export function missingQuotes(text: string, allFaults: readonly number[], from: number): Quoting | null {
  const pieces = new Pieces(text);
  const ahead = allFaults.filter((fault) => fault >= from).sort((a, b) => a - b);
  const faults = ahead.slice(0, faultsLookedAt);
  const found = [
    ...pieces.doubleQuotings(faults),
    ...(faults.length === 0 ? [] : pieces.commentsInBrackets()),
    ...faults.flatMap((fault) => pieces.around(fault) ?? []),
  ];
  return found.filter(({ start }) => start >= from).sort((a, b) => a.start - b.start)[0] ?? null;
}

interface Token {
  readonly type: CST.TokenType | null;
  readonly start: number;
  readonly source: string;
  /** How many brackets are open before it. */
  readonly depth: number;
}

class Pieces {
  private readonly tokens: readonly Token[];

  constructor(private readonly text: string) {
    this.tokens = tokensOf(text);
  }

  /** Texts in double quotes, in which a backslash begins an escape sequence, that hold backslashes of another meaning. */
  doubleQuotings(faults: readonly number[]): readonly Quoting[] {
    return this.tokens
      .filter(({ type }) => type === 'double-quoted-scalar')
      .flatMap(({ start, source }) => {
        const isFaulty = faults.some((fault) => fault > start && fault < start + source.length);
        return doubleQuoting(start, source, isFaulty) ?? [];
      });
  }

  /** `[.git, #recycle]`: the comment swallows the bracket. */
  commentsInBrackets(): readonly Quoting[] {
    return this.tokens
      .filter(({ type, depth, source }) => type === 'comment' && depth > 0 && /^#\S.*[\]}]/.test(source))
      .map(({ start }) => this.piece(start, this.endInBrackets(start)));
  }

  /** What stands around a fault, if quotes would fix it. */
  around(fault: number): Quoting | null {
    const token = this.tokens.findLast(({ start }) => start <= fault);
    if ((token?.depth ?? 0) > 0) {
      const isText = beginsWithSign(this.text.slice(fault, fault + 2));
      return isText ? this.piece(fault, this.endInBrackets(fault)) : null;
    }
    const lineStart = this.text.lastIndexOf('\n', fault - 1) + 1;
    const line = this.text.slice(lineStart).split(/\r?\n/, 1)[0] ?? '';
    const [, lead = '', value = ''] = /^(\s*(?:-[ \t]+)*(?:[\w.-]+:[ \t]+)?)(.*?)(?:\s+#.*)?\s*$/.exec(line) ?? [];
    const isKey = /^\s*$/.test(lead) && /^[^\s'"[{]\S*:(?:\s|$)/.test(value);
    const whole = isKey ? (/^(\S*?):(?:\s|$)/.exec(value)?.[1] ?? value) : value;
    const start = lineStart + lead.length;
    if (whole === '' || fault < start || fault > start + value.length) return null;
    return needsQuotes(whole) ? this.piece(start, start + whole.length) : null;
  }

  /** Up to the comma or bracket that ends an item, without the spaces before. */
  private endInBrackets(start: number): number {
    const [item = ''] = /^.(?:[^,\]}\n{]|\{[^}\n]*\})*/.exec(this.text.slice(start, start + 1000)) ?? [];
    return start + item.replace(/\s+#.*$/, '').trimEnd().length;
  }

  private piece(start: number, end: number): Quoting {
    const written = this.text.slice(start, end);
    return { start, end, message: meaningOf(written), quoted: singleQuoted(withoutQuotes(written)) };
  }
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let start = 0;
  let depth = 0;
  for (const source of new Lexer().lex(text)) {
    const type = CST.tokenType(source);
    // The lexer also gives signs of its own, which are no part of the text.
    if (type !== 'byte-order-mark' && !text.startsWith(source, start)) continue;
    tokens.push({ type, start, source, depth });
    start += source.length;
    if (type === 'flow-map-start' || type === 'flow-seq-start') depth++;
    if (type === 'flow-map-end' || type === 'flow-seq-end') depth = Math.max(0, depth - 1);
  }
  return tokens;
}

/** Whether a value in which YAML found a fault is text that only lacks its quotes. */
function needsQuotes(value: string): boolean {
  const first = value[0] ?? '';
  if (first === '[' || first === '{') return /^(?:\[.*\]|\{.*\})[ \t]*[^\s#]/.test(value);
  if (first === '"' || first === "'") return value.length > 1 && value.slice(1).includes(first);
  return beginsWithSign(value) || /:(?:\s|$)/.test(value);
}

/** Whether it begins with a sign that YAML has another use for. Two exclamation marks are a tag that is meant as one. */
function beginsWithSign(value: string): boolean {
  return Object.hasOwn(meanings, value[0] ?? '') && !value.startsWith('!!');
}

/** Why YAML does not read a value as the text that it is. */
export function meaningOf(written: string): string {
  const first = written[0] ?? '';
  const meaning = meanings[first];
  if (meaning !== undefined) return `this begins with "${first}", which YAML ${meaning}`;
  if (first === '"' || first === "'") return `the quote ${first} ends this text too early`;
  return 'YAML reads the colon within this text as the end of a key';
}

/** `"say "hi""` without the outer quotes; `"a" b` as it is, since there the quotes are part of the text. */
function withoutQuotes(written: string): string {
  const first = written[0];
  const isWrapped = (first === '"' || first === "'") && written.length > 1 && written.endsWith(first);
  return isWrapped ? written.slice(1, -1) : written;
}

/**
 * A text in double quotes whose backslashes are not meant as escape sequences: a Windows path, a pattern.
 * @param isFaulty whether YAML found a fault in it
 */
function doubleQuoting(start: number, source: string, isFaulty: boolean): Quoting | null {
  const line = source.split(/\r?\n/, 1)[0] ?? '';
  // The quote after the last backslash of "D:\" is not an end of the text for YAML, which reads on.
  const swallowed = /^"(?:[A-Za-z]:|\\\\)[^"]*\\"(?=\s*(?:$|[,\]}#]))/.exec(line)?.[0];
  const isWhole = line === source && source.length > 1 && source.endsWith('"');
  const written = swallowed !== undefined && swallowed !== source ? swallowed : isWhole ? source : (swallowed ?? '');
  if (written === '') return null;
  const inner = written.slice(1, -1);
  const single = inner.replaceAll('\\\\', '').match(/\\./)?.[0] ?? (inner.endsWith('\\') ? '\\"' : '');
  const isPath = /^[A-Za-z]:\\/.test(inner) || /^\\\\[^\\]/.test(inner);
  const isMeant = !isFaulty && !/\\[abefv0]/.test(inner.replaceAll('\\\\', ''));
  if (single === '' || (!isPath && isMeant)) return null;
  return {
    start,
    end: start + written.length,
    message: `the backslash of ${single} begins an escape sequence in double quotes`,
    quoted: singleQuoted(/^[A-Za-z]:/.test(inner) ? inner.replaceAll('\\\\', '\\') : inner),
  };
}
