import { isUtf8 } from 'node:buffer';

/**
 * A path as the file system has it: bytes, which need not be UTF-8. Held as a string with one character (U+0000 to U+00FF)
 * a byte, so that it can be joined, compared, sorted bytewise and used as a key. Separator: `/`.
 */
export type ByteString = string;

/** What the functions of `node:fs` take. */
export function toBuffer(bytes: ByteString): Buffer {
  return Buffer.from(bytes, 'latin1');
}

export function fromBuffer(buffer: Buffer): ByteString {
  return buffer.toString('latin1');
}

/** The UTF-8 bytes of a text. */
export function fromText(text: string): ByteString {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** For people: bytes that are no UTF-8 become U+FFFD. */
export function toText(bytes: ByteString): string {
  return isAscii(bytes) ? bytes : toBuffer(bytes).toString('utf8');
}

/** The text whose UTF-8 these bytes are, or null if they are no UTF-8. */
export function asUtf8(bytes: ByteString): string | null {
  if (isAscii(bytes)) return bytes;
  const buffer = toBuffer(bytes);
  return isUtf8(buffer) ? buffer.toString('utf8') : null;
}

/** Most names are: they are the same in every form, and no buffer need be made of them. */
function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

export function joinBytes(folder: ByteString, name: ByteString): ByteString {
  if (name === '') return folder;
  if (folder === '') return name;
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

/** The path without its last segment; empty if it has only one. */
export function parentOf(path: ByteString): ByteString {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** The order of `LC_ALL=C sort`. A folder comes before what it holds. */
export function compareBytes(a: ByteString, b: ByteString): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
