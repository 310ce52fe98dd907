/** A text as it reads in another form: its characters, and where in the text each of them begins and ends. */
export interface TextView {
  readonly characters: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

class ViewBuilder implements TextView {
  readonly characters: number[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  add(character: number, start: number, end: number): void {
    this.characters.push(character);
    this.starts.push(start);
    this.ends.push(end);
  }
}

export function plainView(text: string): TextView {
  const view = new ViewBuilder();
  for (let at = 0; at < text.length; at++) view.add(text.charCodeAt(at), at, at + 1);
  return view;
}

const [lineFeed, carriageReturn, space, tab, slash] = [10, 13, 32, 9, 47];

/**
 * Without the breaks of lines, and what is indented behind them; ` / ` is how several lines become one in an error's text.
 */
export function joinedView(view: TextView): TextView {
  const { characters, starts, ends } = view;
  const joined = new ViewBuilder();
  let atStart = true;
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? 0;
    const isBreak = character === lineFeed || character === carriageReturn;
    if (isBreak || (atStart && (character === space || character === tab))) {
      atStart = true;
    } else if (character === space && characters[at + 1] === slash && characters[at + 2] === space) {
      at += 2;
      atStart = true;
    } else {
      joined.add(character, starts[at] ?? 0, ends[at] ?? 0);
      atStart = false;
    }
  }
  return joined;
}

const percent = '%'.charCodeAt(0);
const backslash = '\\'.charCodeAt(0);
const ampersand = '&'.charCodeAt(0);
const equals = '='.charCodeAt(0);
const escapes = new Set([percent, backslash, ampersand, equals]);

/** Whether {@link decodedView} of it could be another one. */
export function hasEscapes({ characters }: TextView): boolean {
  return characters.some((character) => escapes.has(character));
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
const shortEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
const longestEntity = 10;

/**
 * With what programs escape as it was: in URLs (`%2f`), mails (`=2F`), JSON and other source text (`\/`, `\u002f`, `\x2f`)
 * and HTML (`&#47;`, `&amp;`).
 */
export function decodedView(view: TextView): TextView {
  const { characters, starts, ends } = view;
  const text = textOf(characters);
  const decoded = new ViewBuilder();
  for (let at = 0; at < characters.length;) {
    const found = escapes.has(characters[at] ?? 0) ? escapeAt(text, at) : null;
    const length = found?.length ?? 1;
    const start = starts[at] ?? 0;
    const end = ends[at + length - 1] ?? 0;
    if (!found) decoded.add(characters[at] ?? 0, start, end);
    else for (let each = 0; each < found.means.length; each++) decoded.add(found.means.charCodeAt(each), start, end);
    at += length;
  }
  return decoded;
}

interface Escape {
  readonly length: number;
  readonly means: string;
}

function escapeAt(text: string, at: number): Escape | null {
  switch (text.charCodeAt(at)) {
    case percent:
    case equals:
      return bytesAt(text, at, text.charAt(at));
    case backslash:
      return backslashAt(text, at);
    default:
      return entityAt(text, at);
  }
}

/** One character in UTF-8, of which each byte is escaped. */
function bytesAt(text: string, at: number, sign: string): Escape | null {
  const bytes: number[] = [];
  for (let from = at; bytes.length < 4 && text.charAt(from) === sign; from += 3) {
    const byte = hexAt(text, from + 1, 2);
    if (byte === null) break;
    bytes.push(byte);
  }
  const [first] = bytes;
  if (first === undefined) return null;
  const count = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const character = utf8Text(bytes.slice(0, count));
  // What is no UTF-8 may be Latin-1, byte by byte.
  return character === null
    ? { length: 3, means: String.fromCharCode(first) }
    : { length: 3 * count, means: character };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8Text(bytes: readonly number[]): string | null {
  try {
    return utf8.decode(Uint8Array.from(bytes));
  } catch {
    return null;
  }
}

function backslashAt(text: string, at: number): Escape | null {
  const sign = text.charAt(at + 1);
  if (sign === 'u' || sign === 'x') {
    const digits = sign === 'u' ? 4 : 2;
    const code = hexAt(text, at + 2, digits);
    if (code !== null) return { length: 2 + digits, means: String.fromCharCode(code) };
  }
  return sign === '' ? null : { length: 2, means: shortEscapes[sign] ?? sign };
}

function entityAt(text: string, at: number): Escape | null {
  const end = text.slice(at + 1, at + 1 + longestEntity).indexOf(';');
  if (end < 1) return null;
  const name = text.slice(at + 1, at + 1 + end);
  const digits = /^#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
  const code = digits ? Number.parseInt(digits[1] ?? digits[2] ?? '', digits[1] === undefined ? 10 : 16) : null;
  const means =
    code === null ? entities[name.toLowerCase()] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
  return means === undefined ? null : { length: end + 2, means };
}

function hexAt(text: string, at: number, digits: number): number | null {
  const part = text.slice(at, at + digits);
  return part.length === digits && /^[0-9a-fA-F]+$/.test(part) ? Number.parseInt(part, 16) : null;
}

/** As base64 reads: the alphabet for URLs as the usual one, and no white space. */
export function base64View(view: TextView): TextView {
  return picked(view, base64Character);
}

/** Null: it does not count. */
export function base64Character(character: number): number | null {
  if (character === minus) return plus;
  if (character === underscore) return slash;
  return isWhite(character) ? null : character;
}

const [minus, plus, underscore] = [45, 43, 95];

/** As hexadecimal digits read: in lower case, without what is between them. */
export function hexView(view: TextView): TextView {
  const { characters } = view;
  return picked(view, (character, at) => {
    const isPrefix = (index: number) => characters[index] === 48 && ((characters[index + 1] ?? 0) | 32) === 120;
    return isPrefix(at) || isPrefix(at - 1) ? null : hexCharacter(character);
  });
}

/** Null: it does not count. */
export function hexCharacter(character: number): number | null {
  if (isWhite(character)) return null;
  // : - , .
  if (character === 58 || character === minus || character === 44 || character === 46) return null;
  return character >= 65 && character <= 70 ? character + 32 : character;
}

/**
 * Whether a text reads in all views as it is, but for its indentation and what {@link base64Character} and
 * {@link hexCharacter} leave out.
 */
export function isPlainThroughout(text: string): boolean {
  return !/[\r\n…]| \/ |[%=][0-9a-f]{2}|\\|&[#a-z0-9]{1,9};|0x/i.test(text);
}

function isWhite(character: number): boolean {
  return character === space || character === tab || character === lineFeed || character === carriageReturn;
}

function picked({ characters, starts, ends }: TextView, pick: (character: number, at: number) => number | null) {
  const view = new ViewBuilder();
  for (let at = 0; at < characters.length; at++) {
    const character = pick(characters[at] ?? 0, at);
    if (character !== null) view.add(character, starts[at] ?? 0, ends[at] ?? 0);
  }
  return view;
}

/** The text that a view reads as. */
export function textOf(characters: readonly number[]): string {
  let text = '';
  for (let at = 0; at < characters.length; at += 4096) text += String.fromCharCode(...characters.slice(at, at + 4096));
  return text;
}
