// NestJS 12 is ESM, so Jest runs with --experimental-vm-modules, and SWC compiles with the decorators' metadata that Nest's injection reads.
const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
      },
      module: { type: 'es6' },
    },
  ],
};

const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform,
  // One Kafka and one PostgreSQL for all spec files of a run, started when the first of them asks.
  globalSetup: '<rootDir>/test/tools/shared-servers.mjs',
  globalTeardown: '<rootDir>/test/tools/shared-servers-end.mjs',
};

/** A spec is named after its file. Where that has no suffix it is core: types and pure functions, quickly tested. */
const ofCore = '/src/(?:[a-z0-9-]+/)+[a-z0-9-]+\\.spec\\.ts$';

export default {
  projects: [
    { ...common, displayName: 'core', roots: ['<rootDir>/src'], testRegex: ofCore },
    {
      ...common,
      displayName: 'shell',
      roots: ['<rootDir>/src', '<rootDir>/plugins', '<rootDir>/migrations'],
      testMatch: ['**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', ofCore],
    },
    { ...common, displayName: 'whole', roots: ['<rootDir>/test'], testMatch: ['**/*.spec.ts'] },
  ],
  testTimeout: 30_000,
  // Most of the longer specs wait for a server or a clock; Jest would leave one processor idle.
  maxWorkers: '100%',
};
