import {
  addressText,
  matches,
  isAt,
  parsePattern,
  parseServerPattern,
  serverText,
  shortestServerText,
  shortestText,
  type Address,
  type ServerAddress,
} from './address.js';
import { WardroundError } from './errors.js';

/** A text calls several things where one is meant. */
export class AmbiguousAddress extends WardroundError {
  constructor(
    text: string,
    /** Their whole addresses. */
    readonly candidates: readonly string[],
  ) {
    super('conflict', `"${text}" is ambiguous: ${someOf(candidates)}`, 'Give the whole address');
  }
}

/**
 * The one thing that a text calls, such as a job on the command line.
 * @param what the kind of thing, for people: `backup job`
 * @throws WardroundError `not-found`, AmbiguousAddress
 */
export function oneNamed<Thing extends Address>(text: string, things: readonly Thing[], what: string): Thing {
  const pattern = parsePattern(text);
  const found = pattern === null ? [] : things.filter((thing) => matches(pattern, thing));
  const known = things.map((thing) => shortestText(thing, things));
  return onlyOne(text, found, addressText, () => unknownText(text, known, what));
}

/** The one server that a text calls. @throws as {@link oneNamed} */
export function oneServerNamed<Server extends ServerAddress>(text: string, servers: readonly Server[]): Server {
  const pattern = parseServerPattern(text);
  const found = pattern === null ? [] : servers.filter((server) => isAt(pattern, server));
  const known = servers.map((server) => shortestServerText(server, servers));
  return onlyOne(text, found, serverText, () => unknownText(text, known, 'server'));
}

function onlyOne<Thing>(
  text: string,
  found: readonly Thing[],
  textOf: (thing: Thing) => string,
  unknown: () => string,
): Thing {
  const [first, ...others] = found;
  if (first === undefined) throw new WardroundError('not-found', unknown());
  if (others.length > 0) throw new AmbiguousAddress(text, found.map(textOf));
  return first;
}

/** `unknown backup job "x"; known: nightly, reception/records` */
export function unknownText(text: string, known: readonly string[], what: string): string {
  return `unknown ${what} "${text}"; ${known.length === 0 ? 'none is defined' : `known: ${someOf(known)}`}`;
}

const mostShown = 10;

/** As many as people read, and how many more there are. */
export function someOf(texts: readonly string[]): string {
  const more = texts.length - mostShown;
  return `${texts.slice(0, mostShown).join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}
