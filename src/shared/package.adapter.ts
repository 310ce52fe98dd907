import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the folder with Wardround's `package.json`, `templates/` and `dist/`. */
export const packageRoot = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

/** The version of this program. */
export function programVersion(): string {
  const description: unknown = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  return String(Reflect.get(Object(description), 'version'));
}

/**
 * Absolute path of a compiled file beside the caller: what a worker thread or child process is started with. When the
 * caller runs from its TypeScript source, as in tests, it is the file of the last build.
 * @param importMetaUrl the caller's `import.meta.url`
 * @param file relative to the caller, e.g. `./sqlite-log.worker.js`
 */
export function compiledFile(importMetaUrl: string, file: string): string {
  const path = fileURLToPath(new URL(file, importMetaUrl));
  const compiled = join(packageRoot, 'dist');
  const inBuild = relative(compiled, path);
  return inBuild.startsWith('..') ? join(compiled, relative(packageRoot, path)) : path;
}

function findPackageRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('package.json was not found above the program: the installation is incomplete');
  return findPackageRoot(parent);
}
