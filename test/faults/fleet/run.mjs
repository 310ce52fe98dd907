// Breaks a fleet for as long as asked for, once for each seed, and looks whether every promise was kept.
//   node test/faults/fleet/run.mjs --seed 7 --seconds 300 [--runs 10]
// With --runs, as many seeds as that, one after the other, from the first on. Needs `npm run build` and `npm run test:prepare`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string', default: '1' },
  },
});
const root = fileURLToPath(new URL('../../..', import.meta.url));
const seeds = Array.from({ length: Number(values.runs) }, (_, at) => Number(values.seed) + at);
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
const { status } = spawnSync(process.execPath, [...jest, '--testPathPatterns', 'test/faults/fleet.spec.ts'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, WARDROUND_FLEET_SEEDS: seeds.join(','), WARDROUND_FLEET_SECONDS: values.seconds },
});
process.exitCode = status ?? 1;
