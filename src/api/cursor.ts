import type { z } from 'zod';
import { decisionId } from '../shared/ids.js';
import { WardroundError } from '../shared/errors.js';

/**
 * What a cursor belongs to: the list and its filters. A cursor of another list, or of the same list under other filters,
 * is not taken.
 */
export function cursorScope(list: string, filters: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined);
  return JSON.stringify([list, ...given.sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** The form of a cursor: base64url without padding. What has another form is none of any list. */
export const cursorPattern = /^[A-Za-z0-9_-]+$/;

/** The cursor of a key within a scope: base64url, opaque to those who get it. It holds over restarts. */
export function encodeCursor(scope: string, key: unknown): string {
  const check = decisionId('cursor', scope, JSON.stringify(key)).slice(0, 8);
  return toBase64Url(JSON.stringify([check, key]));
}

/**
 * The key in a cursor.
 * @throws WardroundError `bad-request` if it is none of this scope: made up, altered, or of another list.
 */
export function decodeCursor<Key>(scope: string, cursor: string, schema: z.ZodType<Key>): Key {
  const read: unknown = fromBase64Url(cursor);
  const key = schema.safeParse(Array.isArray(read) ? read[1] : undefined);
  // The checksum covers scope and key, and comparing the text as a whole leaves no second spelling of a cursor.
  if (!key.success || encodeCursor(scope, key.data) !== cursor) {
    throw new WardroundError(
      'bad-request',
      'invalid cursor: it was altered, or belongs to another list or other filters',
      'Use `next` of the previous page with the same filters, or start without a cursor',
    );
  }
  return key.data;
}

function toBase64Url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The JSON value in it, or undefined if there is none. */
function fromBase64Url(text: string): unknown {
  try {
    const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const decoder = new TextDecoder('utf-8', { fatal: true });
    return JSON.parse(decoder.decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))));
  } catch {
    return undefined; // what cannot be read is not a cursor: the caller says so
  }
}
