import { z } from 'zod';

// How jobs, check-ups and servers are named everywhere: in the configuration file, in rules and subscriptions, in the API and on
// the command line. Two sites may each have a server `reception` with a job `nightly`: only the whole address tells them apart.

/** A watched server. As text: `<site>/<server>`. */
export interface ServerAddress {
  readonly site: string;
  readonly server: string;
}

/** A backup job or a check-up, by its whole address. As text: `<site>/<server>/<name>`. */
export interface Address extends ServerAddress {
  readonly name: string;
}

/** A reference to a server; without a site, it matches any site. */
export interface ServerPattern {
  readonly site: string | null;
  readonly server: string;
}

/** A reference to a job or check-up; without a site or server it matches any: a bare name means all with that name. */
export interface AddressPattern {
  readonly site: string | null;
  readonly server: string | null;
  readonly name: string;
}

const nameText = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

/** As the configuration file and the API take it. */
export const addressPatternSchema = z
  .string()
  .regex(
    new RegExp(`^(?:(?:${nameText}/)?${nameText}/)?${nameText}$`),
    'must be a name, or <server>/<name>, or <site>/<server>/<name>, of lower-case letters, digits and hyphens',
  );
export const serverPatternSchema = z
  .string()
  .regex(
    new RegExp(`^(?:${nameText}/)?${nameText}$`),
    'must be a name, or <site>/<server>, of lower-case letters, digits and hyphens',
  );

/** Null if the text is none. */
export function parsePattern(text: string): AddressPattern | null {
  if (!addressPatternSchema.safeParse(text).success) return null;
  const [name = '', server = null, site = null] = text.split('/').reverse();
  return { site, server, name };
}

/** The name in a pattern: `nightly` in `reception/nightly`. */
export function nameIn(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1);
}

/** Null if the text is none. */
export function parseServerPattern(text: string): ServerPattern | null {
  if (!serverPatternSchema.safeParse(text).success) return null;
  const [server = '', site = null] = text.split('/').reverse();
  return { site, server };
}

export function matches({ site, server, name }: AddressPattern, address: Address): boolean {
  return name === address.name && isAt({ site, server }, address);
}

/** Whether a server, of which site or name may be left out, is this one. */
export function isAt(
  { site, server }: { readonly site: string | null; readonly server: string | null },
  address: ServerAddress,
): boolean {
  return (site === null || site === address.site) && (server === null || server === address.server);
}

/** Whether any of these texts calls a thing by its address. */
export function isNamedBy(texts: readonly string[], address: Address): boolean {
  return texts.some((text) => {
    const pattern = parsePattern(text);
    return pattern !== null && matches(pattern, address);
  });
}

/** The whole address, for programs, and for people where nothing shorter is clear. */
export function addressText({ site, server, name }: Address): string {
  return `${site}/${server}/${name}`;
}

export function serverText({ site, server }: ServerAddress): string {
  return `${site}/${server}`;
}

/** The shortest text that calls this one and no other of those that there are: `nightly`, `reception/nightly`. */
export function shortestText(address: Address, among: Iterable<Address>): string {
  return shortestOf(addressText(address), [...among].map(addressText));
}

/** The same for a server: `reception`, `north/reception`. */
export function shortestServerText(address: ServerAddress, among: Iterable<ServerAddress>): string {
  return shortestOf(serverText(address), [...among].map(serverText));
}

/** A pattern is the end of the whole text, cut at a slash. */
function shortestOf(whole: string, among: readonly string[]): string {
  const others = among.filter((other) => other !== whole);
  const parts = whole.split('/');
  const ends = parts.map((_, index) => parts.slice(-(index + 1)).join('/'));
  return ends.find((end) => !others.some((other) => other.endsWith(`/${end}`))) ?? whole;
}

/**
 * A title that tells a server from the others with the same one, by its site: `Reception (north)`.
 * @param own the title of this one
 */
export function titleApart<Server extends ServerAddress>(
  address: ServerAddress,
  among: readonly Server[],
  titleOf: (server: Server) => string,
  own: string,
): string {
  const same = among.filter(
    (one) => titleOf(one) === own && (one.site !== address.site || one.server !== address.server),
  );
  if (same.length === 0) return own;
  return same.some(({ site }) => site === address.site)
    ? `${own} (${serverText(address)})`
    : `${own} (${address.site})`;
}
