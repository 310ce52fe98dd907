import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode } from './failures.js';
import { kindFolders } from './kind-folders.js';
import type { PluginCache } from './plugin-cache.adapter.js';
import type { PluginDescription, PluginProblem } from './plugin-host.js';
import type { PluginInspector } from './plugin-inspector.adapter.js';
import type { PluginKeys } from './plugin-key.adapter.js';
import type { Description } from './protocol.js';

export interface FoundPlugin {
  readonly folder: string;
  readonly file: string;
  /** Stands for its files and all that its answers follow from; null if that cannot be told. */
  readonly key: string | null;
  readonly description: PluginDescription;
}

export interface Discovery {
  readonly found: readonly FoundPlugin[];
  readonly problems: readonly PluginProblem[];
}

interface Candidate {
  readonly folder: string;
  readonly file: string;
}

/** Folders beside the plugins that hold none. */
const noPlugins = new Set(['sdk']);

/** What plugins are asked with, and where what they said before is kept. */
export interface DiscoveryMeans {
  readonly inspector: PluginInspector;
  readonly cache: PluginCache;
  readonly keys: PluginKeys;
}

/**
 * Finds out what every plugin of a folder says of itself. None is loaded here: one that throws, exits or hangs while it is
 * loaded, or later, does so in the inspector's process, and becomes a problem in the list. Where nothing has changed, no process
 * is asked.
 */
export async function discoverPlugins(pluginsFolder: string, means: DiscoveryMeans): Promise<Discovery> {
  const { candidates, empty } = await candidatesIn(pluginsFolder);
  const found: FoundPlugin[] = [];
  const problems = [...empty];
  const keys = await Promise.all(candidates.map(({ folder }) => means.keys.keyOf(folder)));
  for (const [at, { folder, file }] of candidates.entries()) {
    const key = keys[at] ?? null;
    const described = await describe({ folder, file }, key, means);
    const message = typeof described === 'string' ? described : doubled(described, found);
    if (message !== null) {
      problems.push({ folder, message: `the plugin in ${join(pluginsFolder, folder)} is not usable: ${message}` });
    } else if (typeof described !== 'string') found.push({ folder, file, key, description: described });
  }
  return { found, problems };
}

/** What a plugin says of itself, or why it cannot be used. */
async function describe(
  candidate: Candidate,
  key: string | null,
  { inspector, cache, keys }: DiscoveryMeans,
): Promise<PluginDescription | string> {
  const known = key === null ? null : cache.description(key);
  if (known) return withSchema(known);
  const replied = await inspector.ask({ type: 'describe', ...candidate });
  if ('failure' in replied) return replied.failure;
  const { answer } = replied;
  if (answer.type === 'unusable') return answer.problem;
  if (answer.type !== 'described') return 'it did not describe itself';
  // Its files may have been replaced while it was asked.
  if (key !== null && (await keys.keyOf(candidate.folder)) === key) cache.keepDescription(key, answer.description);
  return withSchema(answer.description);
}

const jsonObject = z.record(z.string(), z.unknown());

function withSchema({ kind, name, summary, jsonSchema, destination }: Description): PluginDescription | string {
  try {
    return { kind, name, summary, jsonSchema: jsonObject.parse(JSON.parse(jsonSchema)), destination };
  } catch {
    return 'its parameter schema is not JSON';
  }
}

function doubled({ kind, name }: PluginDescription, found: readonly FoundPlugin[]): string | null {
  const other = found.find(({ description }) => description.kind === kind && description.name === name);
  return other ? `the ${kind} "${name}" is already in the folder ${other.folder}` : null;
}

/** Those in the folders of the kinds, then those that are beside them. */
async function candidatesIn(
  pluginsFolder: string,
): Promise<{ readonly candidates: readonly Candidate[]; readonly empty: readonly PluginProblem[] }> {
  const candidates: Candidate[] = [];
  const empty: PluginProblem[] = [];
  for (const folder of await foldersOfPlugins(pluginsFolder)) {
    const file = join(pluginsFolder, folder, 'plugin.js');
    if (await isFile(file)) candidates.push({ folder, file });
    else empty.push({ folder, message: `${join(pluginsFolder, folder)} has no plugin.js` });
  }
  return { candidates, empty };
}

async function foldersOfPlugins(pluginsFolder: string): Promise<readonly string[]> {
  const beside = await foldersIn(pluginsFolder);
  const kinds = Object.values(kindFolders).filter((name) => beside.includes(name));
  const byKind = await Promise.all(
    kinds.map(async (kind) => (await foldersIn(join(pluginsFolder, kind))).map((name) => `${kind}/${name}`)),
  );
  return [...byKind.flat(), ...beside.filter((name) => !kinds.includes(name) && !noPlugins.has(name))];
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
