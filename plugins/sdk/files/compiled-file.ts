import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What a worker thread is started with. When the caller runs from its TypeScript source, as in tests, that is the file of
 * the last build, under `dist/` of the package.
 * @param importMetaUrl the caller's `import.meta.url`
 * @param file relative to the caller, e.g. `./copier.worker.js`
 */
export function compiledFile(importMetaUrl: string, file: string): string {
  const path = fileURLToPath(new URL(file, importMetaUrl));
  if (existsSync(path)) return path;
  const root = packageRoot(dirname(path));
  const compiled = join(root, 'dist', relative(root, path));
  if (existsSync(compiled)) return compiled;
  throw new Error(`${compiled} does not exist: build first (npm run build)`);
}

function packageRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('package.json was not found above the file engine');
  return packageRoot(parent);
}
