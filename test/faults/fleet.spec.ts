import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { whyNoBrokers } from '../fixtures/kafka.js';
import { whyNoOwnPostgres } from '../fixtures/postgres.js';
import { runFleet } from './fleet/fleet-run.js';

/** `node test/faults/fleet/run.mjs --seed 7 --seconds 300` sets these; in `npm test` there are two short runs. */
const seeds = (process.env['WARDROUND_FLEET_SEEDS'] ?? '1,2').split(',').map(Number);
const seconds = Number(process.env['WARDROUND_FLEET_SECONDS'] ?? 25);
/** Starts, healing and the check take as long as the machine is busy. */
const patienceMs = seconds * 1000 + 15 * 60_000;

const print = (text: string) => process.stderr.write(`${text}\n`);

const why = whyNoBrokers() ?? whyNoOwnPostgres();
if (why !== null) it.skip(`a fleet under faults (${why})`, () => undefined);
else
  describe('three hubs that are killed, paused and cut off, like their brokers and their database', () => {
    const say = (levels: false | ('error' | 'warn' | 'fatal')[]) => void Logger.overrideLogger(levels);
    beforeAll(() => say(false));
    afterAll(() => say(['error', 'warn', 'fatal']));

    it.each(seeds)(
      'keep each acknowledged fact once, and decide once on each (seed %i)',
      async (seed) => {
        const { violations, report } = await runFleet({ seed, seconds, print });
        expect(violations).toEqual([]);
        expect(report.facts.acknowledged).toBeGreaterThan(0);
      },
      patienceMs,
    );
  });
