import {
  addressText,
  isAt,
  matches,
  parsePattern,
  parseServerPattern,
  serverText,
  shortestText,
  type Address,
} from '../../shared/address.js';
import { someOf } from '../../shared/named-thing.js';
import { unknownName } from './checks.js';
import type { CheckContext } from './knowledge.js';
import type { Fault, Path } from './problem.js';

/** What of a job or a check-up a rule or a subscription names. */
export interface NamedThing {
  /** As the file says it; null where it says nothing. */
  readonly text: string | null;
  /** The kind of definition: `backup-job`. */
  readonly kind: string;
  /** The same for people: `backup job`. */
  readonly what: string;
}

/** That nothing is called so is a fault; that several are is told: a bare name means all that have it. */
export function namedThingFaults(
  { text, kind, what }: NamedThing,
  path: Path,
  context: CheckContext,
): readonly Fault[] {
  const pattern = text === null ? null : parsePattern(text);
  if (text === null || pattern === null) return [];
  const known = context.addressesOf(kind);
  const found = known.filter((address) => matches(pattern, address));
  if (found.length === 0) return unknownName(text, endsLike(text, known), path, what);
  const [first, second] = found;
  if (!first || !second) return [];
  const all = `"${text}" means all ${found.length} ${what}s called so: ${someOf(found.map(addressText))}`;
  return [{ path, message: all, advice: `To mean one of them, write ${shortestText(first, known)}`, isNote: true }];
}

/** The known addresses, as much of each as the text says: a name beside a name. */
function endsLike(text: string, known: readonly Address[]): readonly string[] {
  const parts = text.split('/').length;
  return [...new Set(known.map((address) => addressText(address).split('/').slice(-parts).join('/')))];
}

/** The same of a server. */
export function namedServerFaults(text: string | null, path: Path, { servers }: CheckContext): readonly Fault[] {
  const pattern = text === null ? null : parseServerPattern(text);
  if (text === null || pattern === null) return [];
  const found = servers.filter((server) => isAt(pattern, server));
  const known = servers.map((server) => (pattern.site === null ? server.server : serverText(server)));
  if (found.length === 0) return unknownName(text, [...new Set(known)], path, 'server');
  const [first, second] = found;
  if (!first || !second) return [];
  const message = `"${text}" means all ${found.length} servers called so: ${someOf(found.map(serverText))}`;
  return [{ path, message, advice: `To mean one of them, write ${serverText(first)}`, isNote: true }];
}

export function siteFaults(site: string | null, path: Path, { servers }: CheckContext): readonly Fault[] {
  return unknownName(site, [...new Set(servers.map((server) => server.site))], path, 'site');
}
