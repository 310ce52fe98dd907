import { decodedView, joinedView, plainView, textOf } from './text-views.js';

/** What to look for in the views of a text. */
export interface SecretPatterns {
  /** In the text as it is, joined, and decoded. */
  readonly plain: readonly string[];
  /** Only where they are alone. */
  readonly alone: readonly string[];
  readonly base64: readonly string[];
  readonly hex: readonly string[];
}

/** Below this a value is replaced only where it is alone: `25` for a port must not tear up every number. */
const shortestAnywhere = 4;
/** Of a secret of several lines, such as a key, a line of so many characters is a secret itself. */
const shortestLine = 8;
const shortestBase64 = 4;

/** Words that are in any log: as a password they hide nothing, and within other words they would tear up the text. */
const commonWords = new Set(
  (
    'admin administrator backup backups root test user users guest password passwort secret postgres postgresql mysql ' +
    'mariadb localhost wardround true false null none default file files name mail data info error warning server host'
  ).split(' '),
);

/** Whether it is replaced only where it is alone, though it is long enough. */
export function isCommonWord(text: string): boolean {
  return commonWords.has(text.toLowerCase());
}

export function patternsOf(secrets: readonly string[]): SecretPatterns {
  const pieces = distinct(secrets.flatMap(piecesOf));
  const isAnywhere = (piece: string) => piece.length >= shortestAnywhere && !isCommonWord(piece);
  const anywhere = pieces.filter(isAnywhere);
  const long = pieces.filter((piece) => piece.length >= shortestAnywhere);
  return {
    plain: distinct(anywhere.flatMap(plainForms)),
    alone: pieces.filter((piece) => !isAnywhere(piece)),
    base64: distinct(long.flatMap(encodings).flatMap(base64Forms)),
    hex: distinct(
      long.flatMap(encodings).map((bytes) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')),
    ),
  };
}

/** The secret, and the lines of one that has several, since output is handed over line by line. */
function piecesOf(secret: string): readonly string[] {
  const lines = secret.split(/\r\n|\n|\r/).map((line) => line.trim());
  const long = lines.length > 1 ? lines.filter((line) => line.length >= shortestLine) : [];
  return [secret.trim(), ...long].filter((piece) => piece !== '');
}

/** As the views of a text that holds it would show it. */
function plainForms(piece: string): readonly string[] {
  const joined = joinedView(plainView(piece));
  const once = decodedView(joined);
  const shown = [joined, once, decodedView(once)].map(({ characters }) => textOf(characters));
  return [piece, piece.replaceAll(' ', '+'), ...shown].filter((form) => form.length >= shortestAnywhere);
}

/** Bytes that it may be, as programs write text. */
function encodings(piece: string): readonly (readonly number[])[] {
  const units = [...Array(piece.length).keys()].map((at) => piece.charCodeAt(at));
  const utf8 = [...new TextEncoder().encode(piece)];
  const utf16 = units.flatMap((unit) => [unit & 0xff, unit >> 8]);
  const isLatin1 = units.every((unit) => unit <= 0xff) && units.some((unit) => unit > 0x7f);
  return isLatin1 ? [utf8, utf16, units] : [utf8, utf16];
}

const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * What base64 shows of these bytes wherever they stand within others, such as a password behind the user and a colon. There
 * are three ways, since three bytes become four characters; of those at the edges only a part is known.
 */
function base64Forms(bytes: readonly number[]): readonly string[] {
  return [0, 1, 2]
    .map((before) => {
      const bits = 8 * bytes.length;
      const first = before === 0 ? 0 : 6 - ((8 * before) % 6);
      let form = '';
      for (let bit = first; bit + 6 <= bits; bit += 6) form += base64Alphabet.charAt(sextetAt(bytes, bit));
      return form;
    })
    .filter((form) => form.length >= shortestBase64);
}

function sextetAt(bytes: readonly number[], bit: number): number {
  const at = bit >> 3;
  const two = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return (two >> (10 - (bit & 7))) & 63;
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
