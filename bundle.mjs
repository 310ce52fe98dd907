// Puts the program's own modules and the libraries into few files, in `dist/program/`.
// A thousand small modules, each found, opened and compiled by itself, took two thirds of a start. Threads and child
// processes go on with the modules as the compiler left them; so do programs that import from `dist/`.
import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const compiled = fileURLToPath(new URL('dist', import.meta.url));
const folder = fileURLToPath(new URL('dist/program', import.meta.url));

/**
 * Loaded when they are needed, from `node_modules`: the driver with a native part, and what only a fleet uses. Of `kafkajs` and
 * `pg` parts are found by path as well, and must be the same modules.
 */
const left = ['#sqlite', 'better-sqlite3', 'kafkajs', 'pg'];

/** Optional parts of libraries that are not installed stay what they are: asked for, and not found, when somebody uses them. */
const installedOnly = {
  name: 'installed-only',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, importer, pluginData }) => {
      if (kind === 'entry-point' || pluginData === installedOnly) return undefined;
      const found = await resolve(path, { kind, resolveDir, importer, pluginData: installedOnly });
      return found.errors.length > 0 ? { path, external: true } : found;
    });
  },
};

/** Each module of ours still says where the compiler put it: workers, templates and migrations are found from there. */
const ownPlaces = {
  name: 'own-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      if (relative(compiled, path).startsWith('..')) return undefined;
      const place = JSON.stringify(relative(folder, path).replaceAll('\\', '/'));
      const text = await readFile(path, 'utf8');
      return { contents: text.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`) };
    });
  },
};

await build({
  entryPoints: [fileURLToPath(new URL('dist/src/cli/wardround.js', import.meta.url))],
  outdir: folder,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: left,
  plugins: [installedOnly, ownPlaces],
  // The text of a program stays in memory. Names stay as well: Nest and TypeORM find classes and migrations by theirs.
  minifyWhitespace: true,
  minifySyntax: true,
  keepNames: true,
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
});
