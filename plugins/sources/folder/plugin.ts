import { constants, type Stats } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { definePlugin, exclusionBelow, measureTrees, z, type SourceTree } from '../../sdk/index.js';
import { exclusionFault } from './exclusion-faults.js';
import { storedAs } from './stored-as.js';

const fields = z.strictObject({
  paths: z.array(z.string().min(1)).min(1).describe('Folders or files to back up, such as /srv/records or C:\\Data'),
  recursive: z.boolean().default(true).describe('Include subfolders'),
  exclude: z
    .array(z.string().min(1))
    .default([])
    .describe('What to exclude, such as *.tmp, cache/ or reports/**/draft-*: see the README of sources/folder'),
});

const parameters = fields.superRefine(({ paths, exclude }, context) => {
  const isWindows = process.platform === 'win32';
  for (const [index, pattern] of exclude.entries()) {
    const fault = exclusionFault(pattern, { paths, isWindows });
    if (fault !== null)
      context.addIssue({ code: 'custom', path: ['exclude', index], message: `"${pattern}" ${fault}` });
  }
});

export default definePlugin({
  kind: 'source',
  name: 'folder',
  summary: 'Folders and files of this computer, with or without subfolders.',
  parameters,

  async check(context) {
    const estimate = await measureTrees(await treesOf(context.parameters));
    return { estimatedBytes: estimate?.bytes ?? null };
  },

  async prepare(context) {
    return { trees: await treesOf(context.parameters, (place, text) => context.log(text, { place })) };
  },
});

/** @throws Error for people, if one of the paths is missing or cannot be read. */
async function treesOf(
  { paths, recursive, exclude }: z.output<typeof parameters>,
  tell: (place: string, text: string) => void = () => undefined,
): Promise<SourceTree[]> {
  const trees: SourceTree[] = [];
  for (const given of new Set(paths.map((each) => path.resolve(each)))) {
    const stats = await look(given);
    if (!stats.isDirectory() && !stats.isFile()) throw new Error(`${given} is neither a folder nor a file`);
    await mayRead(given, stats.isDirectory());
    // Links within a folder are kept as links. Who names one as the thing to back up means what it leads to.
    const real = await realpath(given);
    if (real !== given) tell(given, `${given} leads to ${real}, which is backed up`);
    const excluded = exclude.flatMap((pattern) => exclusionIn(pattern, { given, real, paths }));
    trees.push({ path: real, as: storedAs(given, path), recursive, exclude: excluded, owned: false });
  }
  return trees;
}

/** The exclusion as it counts in one of the trees: none, if it begins with the path of another. */
function exclusionIn(
  pattern: string,
  { given, real, paths }: { readonly given: string; readonly real: string; readonly paths: readonly string[] },
): readonly string[] {
  const below = exclusionBelow(pattern, given);
  if (below !== null) return [real === given ? pattern : `${real.replaceAll('\\', '/')}${below}`];
  return paths.some((other) => exclusionBelow(pattern, path.resolve(other)) !== null) ? [] : [pattern];
}

async function look(given: string): Promise<Stats> {
  try {
    return await stat(given);
  } catch (error) {
    throw new Error(`the folder ${given} ${isMissing(error) ? 'does not exist' : `cannot be read: ${String(error)}`}`, {
      cause: error,
    });
  }
}

async function mayRead(given: string, isFolder: boolean): Promise<void> {
  try {
    await access(given, isFolder ? constants.R_OK | constants.X_OK : constants.R_OK);
  } catch (error) {
    throw new Error(`${given} cannot be read: permission denied for the user that runs Wardround`, { cause: error });
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
