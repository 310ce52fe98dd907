import { z } from 'zod';

/**
 * A name that people give to servers, jobs, check-ups, rules and groups. It is in paths, ids and file names, so it is
 * kept to what every file system and URL takes unchanged.
 */
export const nameSchema = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'must be 1 to 63 lower-case letters, digits and hyphens, and must not start or end with a hyphen',
  );

/** The ordering key of every fact about one server: `/sites/<site>/servers/<server>`. */
export function serverKey(site: string, server: string): string {
  return `/sites/${site}/servers/${server}`;
}

/** The site and server in a key of {@link serverKey}, or null if the key is about no server. */
export function parseServerKey(key: string): { site: string; server: string } | null {
  const match = /^\/sites\/([^/]+)\/servers\/([^/]+)(?:\/|$)/.exec(key);
  return match?.[1] && match[2] ? { site: match[1], server: match[2] } : null;
}

/** The ordering key of definitions that hold for a whole installation: rules, recipient groups, channels. */
export const definitionsKey = '/definitions';
