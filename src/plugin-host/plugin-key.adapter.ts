import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compiledFile, packageRoot } from '../shared/package.adapter.js';

/** A plugin with more than this is looked at at each start: to read it all would take as long. */
const mostFiles = 500;
const mostBytes = 16 * 1024 * 1024;

/** What looks at plugins, beside the SDK: another version of it may say something else of the same plugin. */
const lookingFiles = [
  'plugin-inspector.worker.js',
  'plugin-definition.js',
  'kind-folders.js',
  'references.js',
  'results.js',
];

/**
 * Hashes that mean what a plugin says of itself: over all of its files, the SDK's, what looks at it here, Wardround's
 * `package.json` and the version of Node.
 */
export class PluginKeys {
  private readonly surroundings: Promise<string | null>;

  constructor(private readonly pluginsFolder: string) {
    this.surroundings = hashOfSurroundings();
  }

  /** Null: it cannot be told, as where a link leads elsewhere. */
  async keyOf(folder: string): Promise<string | null> {
    const [around, own] = await Promise.all([this.surroundings, hashOfFolder(join(this.pluginsFolder, folder))]);
    return around === null || own === null ? null : hashOf([around, folder, own]);
  }
}

async function hashOfSurroundings(): Promise<string | null> {
  const inspector = compiledFile(import.meta.url, './plugin-inspector.worker.js');
  const sdk = dirname(compiledFile(import.meta.url, '../../plugins/sdk/index.js'));
  const files = [...lookingFiles.map((name) => join(dirname(inspector), name)), join(packageRoot, 'package.json')];
  const [ofSdk, ...ofFiles] = await Promise.all([hashOfFolder(sdk), ...files.map(hashOfFile)]);
  const hashes = [ofSdk, ...ofFiles].filter((hash) => hash !== null);
  return hashes.length === files.length + 1 ? hashOf([process.version, process.platform, ...hashes]) : null;
}

/** Null if there is too much in it, or anything but files and folders. */
async function hashOfFolder(folder: string): Promise<string | null> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    const files = entries.filter((entry) => !entry.isDirectory());
    if (files.length > mostFiles || files.some((entry) => !entry.isFile())) return null;
    const paths = files.map(pathOf).sort();
    const contents = await Promise.all(paths.map((path) => readFile(path)));
    if (contents.reduce((sum, { length }) => sum + length, 0) > mostBytes) return null;
    return hashOf(paths.flatMap((path, at) => [path.slice(folder.length), hashOf([contents[at] ?? ''])]));
  } catch {
    return null; // What cannot be read is looked at by the inspector, which says what is wrong.
  }
}

function pathOf({ parentPath, name }: Dirent): string {
  return join(parentPath, name);
}

async function hashOfFile(path: string): Promise<string | null> {
  return readFile(path).then(
    (content) => hashOf([content]),
    () => null,
  );
}

function hashOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  // Its length before each part: so no two lists of parts read the same.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex');
}
