import {
  isAt,
  parseServerPattern,
  serverText,
  shortestServerText,
  type Address,
  type ServerAddress,
} from '../../shared/address.js';
import { someOf } from '../../shared/named-thing.js';
import type { Fault, Path } from './problem.js';
import { unknownName } from './checks.js';

/** What a file states, as it names it; null for what it does not say. */
export interface StatedName {
  readonly name: string;
  readonly site: string | null;
  readonly server: string | null;
}

/** The servers among what a file states. @param site of the file: of each server that names no other */
export function serversAmong(stated: readonly StatedName[], site: string): readonly ServerAddress[] {
  return stated.map((server) => ({ site: server.site ?? site, server: server.name }));
}

/** The server that a text in the file calls; where nothing is said, the first one. Undefined if there is none. */
export function serverCalled(text: string | null, servers: readonly ServerAddress[]): ServerAddress | undefined {
  return text === null ? servers[0] : serversCalled(text, servers)[0];
}

/** The same as text, to compare: what calls none is as good as its own. */
export function textOfCalled(text: string | null, servers: readonly ServerAddress[]): string {
  const server = serverCalled(text, servers);
  return server === undefined ? (text ?? '') : serverText(server);
}

function serversCalled(text: string, servers: readonly ServerAddress[]): readonly ServerAddress[] {
  const pattern = parseServerPattern(text);
  return pattern === null ? [] : servers.filter((server) => isAt(pattern, server));
}

/** Where each of the things that a file states is. One whose server is not stated is where the text says. */
export function addressesAmong(stated: readonly StatedName[], servers: readonly ServerAddress[]): readonly Address[] {
  return stated.map(({ name, server }) => {
    const known = serverCalled(server, servers);
    const [part = '', site = ''] = (server ?? '').split('/').reverse();
    return { site: known?.site ?? site, server: known?.server ?? part, name };
  });
}

/** A text that is to call one server. */
export function serverFaults(text: string | null, servers: readonly ServerAddress[], path: Path): readonly Fault[] {
  if (text === null) return [];
  const found = serversCalled(text, servers);
  if (found.length > 1) {
    const message = `"${text}" is ambiguous: ${someOf(found.map(serverText))}`;
    return [{ path, message, advice: 'Give the site too, as <site>/<server>' }];
  }
  const known = servers.map((server) => (text.includes('/') ? serverText(server) : server.server));
  return found.length === 1 ? [] : unknownName(text, [...new Set(known)], path, 'server');
}

/** Things of one kind with the same address. */
export function repeatedAddresses(
  things: readonly { readonly name: string | null; readonly server: string | null }[],
  servers: readonly ServerAddress[],
  path: Path,
  what: string,
): readonly Fault[] {
  const seen = new Set<string>();
  return things.flatMap(({ name, server }, index) => {
    const at = serverCalled(server, servers);
    const key = `${at === undefined ? server : serverText(at)}/${name}`;
    if (name === null || !seen.has(key)) {
      seen.add(key);
      return [];
    }
    const where = at === undefined || servers.length < 2 ? '' : ` on "${shortestServerText(at, servers)}"`;
    const message = `there is already a ${what} "${name}"${where}`;
    return [{ path: [...path, index, 'name'], message, advice: 'Use a different name for each' }];
  });
}
