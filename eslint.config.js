import { readdirSync } from 'node:fs';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { queriesOfPrincipals } from './test/tools/queries-of-principals.mjs';
import { orderedByTheLog, statedTimes } from './test/tools/stated-times.mjs';

/**
 * Who may import what (docs/architecture.md). Core files are those without a suffix, and `*.events.ts` and `*.fold.ts`:
 * types and pure functions. Everything else is shell.
 */
const shellSuffixes = [
  'adapter',
  'worker',
  'service',
  'module',
  'controller',
  'entity',
  'view',
  'queries',
  'decider',
  'rows',
  'contribution',
  'spec',
];
const shellFiles = shellSuffixes.map((suffix) => `**/*.${suffix}.ts`);

/** Packages that a core file may import: they compute, and touch nothing outside. */
const corePackages = ['zod', 're2js', 'uuid', 'yaml'];

/** What every capability stands on. */
const below = ['access', 'event-log', 'store', 'folding', 'definitions'];

/** What a folder may import of others; `shared` and the events of others are always allowed. */
const mayImport = {
  'event-log': [],
  timetable: [],
  'plugin-host': [],
  process: ['plugin-host'],
  access: [],
  store: ['access', 'event-log'],
  folding: ['access', 'event-log', 'store'],
  definitions: ['access', 'event-log', 'store', 'folding'],
  checkups: [...below, 'plugin-host', 'timetable'],
  backups: [...below, 'plugin-host', 'timetable', 'clock'],
  clock: below,
  rules: below,
  notifications: [...below, 'plugin-host', 'timetable', 'backups', 'checkups', 'rules', 'servers'],
  servers: below,
  ward: [...below, 'timetable', 'servers', 'backups', 'checkups', 'rules', 'notifications', 'clock'],
  configuration: [...below, 'plugin-host', 'timetable'],
  system: [...below, 'notifications', 'clock'],
};
/** What a part of `event-log` may import of its other parts, besides the port: an engine knows of no other. */
const partsOfEventLog = {
  subscription: [],
  archive: ['subscription'],
  sqlite: ['subscription'],
  kafka: ['subscription', 'archive'],
};
/** Nobody imports these three. */
const outermost = ['api', 'dashboard', 'cli'];

const spreadIntoMath = {
  selector: "CallExpression[callee.object.name='Math'] > SpreadElement",
  message: 'there may be more than fits on the stack: fold it, as shared/extremes.ts does',
};

const folders = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

function capability(folder) {
  if (folder === 'shared')
    return forbid(['src/shared/**/*.ts'], others('shared', []), 'src/shared is imported by all and imports none');
  const allowed = outermost.includes(folder)
    ? folders.filter((name) => !outermost.includes(name))
    : (mayImport[folder] ?? []);
  return forbid(
    [`src/${folder}/**/*.ts`],
    others(folder, allowed),
    `src/${folder} may import ${allowed.join(', ') || 'no other folder'}, and events`,
  );
}

function partOfEventLog([part, allowed]) {
  const forbidden = Object.keys(partsOfEventLog).filter((name) => name !== part && !allowed.includes(name));
  return forbid(
    [`src/event-log/${part}/**/*.ts`],
    [...others('event-log', []), ...forbidden.map((name) => `../${name}/*`)],
    `src/event-log/${part} may import the port, ${allowed.join(', ') || 'no other part'}, and events`,
  );
}

/** Patterns for imports of the folders that are not allowed; their events are. */
function others(folder, allowed) {
  return folders
    .filter((name) => name !== folder && name !== 'shared' && !allowed.includes(name))
    .flatMap((name) => [`**/${name}/**`, `!**/${name}/*.events.js`]);
}

function forbid(files, group, message) {
  return {
    files,
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] },
  };
}

const core = {
  files: ['src/**/*.ts'],
  ignores: [...shellFiles, 'src/main.ts', 'src/capabilities.ts', 'src/cli/**', '**/*.spec.ts'],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(?!\\.|(?:${corePackages.join('|')})$)`,
            allowTypeImports: true,
            message: `core files compute and touch nothing outside: of packages they import ${corePackages.join(', ')} only`,
          },
          {
            regex: `\\.(?:${shellSuffixes.join('|')})\\.js$`,
            allowTypeImports: true,
            message: 'core files know nothing of the shell',
          },
        ],
      },
    ],
    'no-restricted-globals': [
      'error',
      { name: 'process', message: 'core files get what they need as arguments' },
      { name: 'fetch', message: 'core files touch nothing outside' },
      { name: 'setTimeout', message: 'core files do not wait' },
      { name: 'setInterval', message: 'core files do not wait' },
    ],
    'no-restricted-properties': [
      'error',
      { object: 'Date', property: 'now', message: 'time is data: take it as an argument' },
      { object: 'Math', property: 'random', message: 'chance is data: take it as an argument' },
    ],
  },
};

export default defineConfig(
  globalIgnores([
    'dist',
    'data',
    'coverage',
    '.cache',
    'bench',
    '**/*.js',
    '**/*.mjs',
    '**/*.cjs',
    '**/*.d.cts',
    '!eslint.config.js',
    'templates/assets',
  ]),
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines-per-function': ['warn', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      eqeqeq: 'error',
      // Ports are asynchronous: an implementation that need not wait is asynchronous all the same.
      '@typescript-eslint/require-await': 'off',
      // Our ports are objects of functions that do not use `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['src/**/*.ts', 'plugins/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', spreadIntoMath] },
  },
  {
    files: orderedByTheLog,
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', spreadIntoMath, ...statedTimes] },
  },
  {
    files: ['src/**/*.queries.ts'],
    rules: {
      'no-restricted-syntax': ['error', spreadIntoMath, ...queriesOfPrincipals],
    },
  },
  folders.map(capability),
  Object.entries(partsOfEventLog).map(partOfEventLog),
  core,
  {
    files: ['plugins/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          // Upwards leads to the SDK alone, or to another file of the plugin.
          patterns: [
            {
              regex: '^(?:\\.\\./)+(?!\\.\\./|sdk/|[^/]+$)',
              message: 'a plugin imports plugins/sdk and its own packages',
            },
          ],
        },
      ],
    },
  },
  forbid(['plugins/sdk/**/*.ts'], ['**/src/**'], 'the SDK depends on nothing of ours'),
  forbid(['migrations/**/*.ts'], ['**/src/**', '**/*.entity.js'], 'migrations import TypeORM only'),
  { files: ['**/*.spec.ts', 'test/**/*.ts'], rules: { 'max-lines-per-function': 'off', 'no-console': 'off' } },
  { files: ['src/cli/**', 'src/main.ts', '**/*.worker.ts'], rules: { 'no-console': 'off' } },
  { files: ['eslint.config.js'], extends: [tseslint.configs.disableTypeChecked] },
);
