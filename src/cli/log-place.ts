import { resolve } from 'node:path';
import { UsageError } from './errors-text.js';

/** Which log is meant on a command line. Paths are absolute. */
export type LogPlace =
  | { readonly kind: 'sqlite'; readonly file: string }
  /** The one that a configuration file states; null where it may be on either engine. */
  | { readonly kind: 'configured'; readonly configFile: string; readonly engine: 'kafka' | null };

/**
 * `sqlite:data/events.db`, or any path that ends in .db; `kafka`: the Kafka log of the configuration; a path that ends in
 * .yaml, .yml or .json: the log of that configuration.
 * @param configFile the configuration of the command, absolute
 * @throws UsageError
 */
export function logPlace(text: string, configFile: string): LogPlace {
  if (text === 'kafka') return { kind: 'configured', configFile, engine: 'kafka' };
  const [, path] = /^sqlite:(.+)$/s.exec(text) ?? [];
  if (path !== undefined) return { kind: 'sqlite', file: resolve(path) };
  if (text.endsWith('.db')) return { kind: 'sqlite', file: resolve(text) };
  if (/\.(?:ya?ml|json)$/.test(text)) return { kind: 'configured', configFile: resolve(text), engine: null };
  throw new UsageError(
    `"${text}" is not an event log.\n  Write sqlite:<path of events.db>, kafka for the one in the configuration, or the path of another configuration (.yaml)`,
  );
}
