import type { Fault } from '../problems.js';

// How CloudEvents 1.0 come over HTTP: its HTTP binding (https://github.com/cloudevents/spec, http-protocol-binding.md 1.0.2)
// with the JSON format. Here they are only read; what is taken of them is said in `outside-events.ts`.

/** The media type of each content mode. In the binary mode it is that of the data, which is always JSON here. */
export const eventMediaTypes = {
  structured: 'application/cloudevents+json',
  batch: 'application/cloudevents-batch+json',
  binary: 'application/json',
} as const;

export type ContentMode = keyof typeof eventMediaTypes;

/** An event as someone sent it. Nothing has been checked, but what could not be read at all. */
export interface SentEvent {
  readonly mode: ContentMode;
  /** Context attributes by their names, extensions among them. Those that are null in JSON are not set. */
  readonly attributes: ReadonlyMap<string, unknown>;
  /** Undefined if there is none. */
  readonly data: unknown;
  /** With names of attributes as paths; empty for the event as a whole. */
  readonly unreadable: readonly Fault[];
}

/** The content mode that a `Content-Type` says; null if it is none of them, or the charset is not UTF-8. */
export function contentModeOf(contentType: string): ContentMode | null {
  const [mediaType, ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && charset.replaceAll('"', '') !== 'utf-8') return null;
  switch (mediaType) {
    case eventMediaTypes.structured:
      return 'structured';
    case eventMediaTypes.batch:
      return 'batch';
    case eventMediaTypes.binary:
      return 'binary';
    default:
      return null;
  }
}

/** An event in the JSON format: the body in the structured mode, an item of it in the batched one. */
export function readJsonEvent(mode: 'structured' | 'batch', value: unknown): SentEvent {
  const attributes = new Map<string, unknown>();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { mode, attributes, data: undefined, unreadable: [{ path: '', message: 'is no JSON object' }] };
  }
  const unreadable: Fault[] = [];
  let data: unknown;
  for (const [name, given] of Object.entries(value)) {
    if (name === 'data') data = given;
    else if (given === null || given === undefined) continue;
    else if (name === 'data_base64') unreadable.push({ path: name, message: 'is not supported: data must be JSON' });
    else if (!isAttributeName(name)) unreadable.push(noName(name));
    else attributes.set(name, given);
  }
  return { mode, attributes, data, unreadable };
}

/**
 * An event in the binary mode: its data is the body, its attributes are headers.
 * @param rawHeaders names and values in turn, as they came: a header that comes twice has no one value
 */
export function readBinaryEvent(rawHeaders: readonly string[], body: unknown): SentEvent {
  const attributes = new Map<string, unknown>();
  const unreadable: Fault[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = (rawHeaders[index] ?? '').toLowerCase();
    if (!header.startsWith('ce-')) continue;
    const name = header.slice('ce-'.length);
    const value = headerText(rawHeaders[index + 1] ?? '');
    const message = faultOfHeader(name, value, attributes);
    if (message === null) attributes.set(name, value);
    else unreadable.push({ path: `ce-${name}`, message });
  }
  // By Content-Type it is known to be JSON.
  attributes.set('datacontenttype', eventMediaTypes.binary);
  return { mode: 'binary', attributes, data: body, unreadable };
}

function faultOfHeader(name: string, value: string | null, known: ReadonlyMap<string, unknown>): string | null {
  if (!isAttributeName(name)) return noName(name).message;
  if (name === 'datacontenttype') return 'is set by Content-Type, not by a separate header';
  if (name === 'data') return 'is the body, not a header';
  if (known.has(name)) return 'is given more than once';
  return value === null ? 'is not percent-encoded UTF-8 in printable ASCII: write % as %25, a space as %20' : null;
}

/**
 * The text in a header: quoted strings without their quotes, then percent-decoded once.
 * @returns null if it is no such text
 */
function headerText(value: string): string | null {
  if (!/^[\x20-\x7e]*$/.test(value)) return null;
  const unquoted = value.startsWith('"') ? withoutQuotes(value) : value;
  if (unquoted === null) return null;
  try {
    return decodeURIComponent(unquoted);
  } catch {
    return null; // a % that is not an escape, or bytes that are no UTF-8: the caller says so
  }
}

function withoutQuotes(value: string): string | null {
  const inside = /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1];
  return inside === undefined ? null : inside.replaceAll(/\\(.)/g, '$1');
}

/** As the specification has it: lower-case letters and digits. */
function isAttributeName(name: string): boolean {
  return /^[a-z0-9]+$/.test(name);
}

function noName(name: string): Fault {
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name;
  return { path: shown, message: 'is not a valid attribute name: use lower-case letters and digits' };
}
