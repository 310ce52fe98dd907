import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from '../../plugins/sdk/plugin.js';
import { errorCode, failureOf } from './failures.js';
import { isPlugin, problemOf } from './plugin-definition.js';
import { forkPluginProcess, sendTo } from './plugin-process.adapter.js';
import { killTree } from './process-tree.adapter.js';
import { fromPluginSchema } from './protocol.js';

export interface PluginProblem {
  readonly folder: string;
  /** A sentence about what is wrong with it. */
  readonly message: string;
}

export interface FoundPlugin {
  readonly folder: string;
  readonly file: string;
  readonly plugin: Plugin;
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
const probeHeapMb = 256;

/**
 * Loads every plugin of a folder. Each is first loaded in a process that may die of it: a module that throws, exits or
 * hangs while it is loaded becomes a problem in the list. Only what passed is loaded here, for its schema.
 */
export async function discoverPlugins(pluginsFolder: string, loadTimeoutMs: number): Promise<Discovery> {
  const { candidates, empty } = await candidatesIn(pluginsFolder);
  const probed = await probeAll(candidates, loadTimeoutMs);
  const found: FoundPlugin[] = [];
  const problems = [...empty];
  for (const { folder, file } of candidates) {
    const problem = probed.get(folder) ?? null;
    const plugin = problem === null ? await load(folder, file) : problem;
    const message = typeof plugin === 'string' ? plugin : doubled(plugin, found);
    if (message !== null) {
      problems.push({ folder, message: `the plugin in ${join(pluginsFolder, folder)} is not usable: ${message}` });
    } else if (typeof plugin !== 'string') found.push({ folder, file, plugin });
  }
  return { found, problems };
}

function doubled({ kind, name }: Plugin, found: readonly FoundPlugin[]): string | null {
  const other = found.find(({ plugin }) => plugin.kind === kind && plugin.name === name);
  return other ? `the ${kind} "${name}" is already in the folder ${other.folder}` : null;
}

async function load(folder: string, file: string): Promise<Plugin | string> {
  try {
    const module: unknown = await import(pathToFileURL(file).href);
    const exported: unknown = Reflect.get(Object(module), 'default');
    return isPlugin(folder, exported) ? exported : (problemOf(folder, exported) ?? 'it is no plugin');
  } catch (error) {
    return `it cannot be loaded: ${failureOf(error).text}`;
  }
}

async function candidatesIn(
  pluginsFolder: string,
): Promise<{ readonly candidates: readonly Candidate[]; readonly empty: readonly PluginProblem[] }> {
  const entries = await readdir(pluginsFolder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && !noPlugins.has(entry.name)).map(({ name }) => name);
  const candidates: Candidate[] = [];
  const empty: PluginProblem[] = [];
  for (const folder of folders.sort()) {
    const file = join(pluginsFolder, folder, 'plugin.js');
    if (await isFile(file)) candidates.push({ folder, file });
    else empty.push({ folder, message: `${join(pluginsFolder, folder)} holds no plugin.js` });
  }
  return { candidates, empty };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** The problem of each plugin, null where there is none. A plugin that ends the probing process is left out of the next. */
async function probeAll(
  candidates: readonly Candidate[],
  loadTimeoutMs: number,
): Promise<ReadonlyMap<string, string | null>> {
  const known = new Map<string, string | null>();
  let rest = candidates;
  while (rest.length > 0) {
    const end = await probe(rest, loadTimeoutMs, (folder, problem) => known.set(folder, problem));
    rest = rest.filter(({ folder }) => !known.has(folder));
    const [culprit, ...others] = rest;
    if (culprit) known.set(culprit.folder, end);
    rest = others;
  }
  return known;
}

/** Resolves once the process has ended, with what that says about the plugin that was being loaded. */
function probe(
  plugins: readonly Candidate[],
  loadTimeoutMs: number,
  tell: (folder: string, problem: string | null) => void,
): Promise<string> {
  return new Promise((resolve) => {
    const child = forkPluginProcess(probeHeapMb);
    let end = 'it ended the process while it was loaded';
    const tooLong = () => {
      end = `it was not loaded after ${loadTimeoutMs} ms`;
      if (child.pid !== undefined) killTree(child.pid);
    };
    let timer = setTimeout(tooLong, loadTimeoutMs);
    child.stdout?.resume();
    child.stderr?.resume();
    child.on('message', (received) => {
      const message = fromPluginSchema.safeParse(received);
      if (!message.success || message.data.type !== 'probed') return;
      tell(message.data.folder, message.data.problem);
      clearTimeout(timer);
      timer = setTimeout(tooLong, loadTimeoutMs);
    });
    const over = () => {
      clearTimeout(timer);
      resolve(end);
    };
    child.once('error', (error) => {
      end = `no process could be started to load it: ${error.message}`;
      if (child.pid === undefined) over();
    });
    child.once('exit', over);
    sendTo(child, { type: 'probe', plugins: [...plugins] });
  });
}
