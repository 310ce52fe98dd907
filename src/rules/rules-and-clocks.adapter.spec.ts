import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { events, hour, midnight, minute, rule } from '../../test/fixtures/rule-events.js';
import { recordedAt, RulesBench } from '../../test/fixtures/rules-bench.js';
import { eachViewStore, storePatienceMs } from '../../test/fixtures/view-stores.js';
import type { ViewStore } from '../store/view-store.adapter.js';

const day = 24 * hour;
const leap = 730 * day;
const diskLow = rule('disk-low', { checkup: 'disk', metric: 'free', below: 10 });
const noBackup = rule('no-backup', { noSuccessOf: 'records', within: '26h' });

const older = z
  .object({
    rows: z.array(z.object({ key: z.string(), state: z.unknown(), wakeAt: z.string().nullable() })),
    said: z.array(z.object({ alarmId: z.string(), rule: z.string() })),
  })
  .parse(JSON.parse(readFileSync(new URL('../../test/fixtures/rules-before-subjects.json', import.meta.url), 'utf8')));

const succeeded = (id: string, at: number) => events.completed(id, at, 'a', 'records', id);
const failed = (id: string, at: number) => events.completed(id, at, 'a', 'records', id, 'failed');
const free = (id: string, at: number, percent: number) => events.diskFree(id, at, 'a', percent);

describe.each(eachViewStore)('the rules on $name', ({ open }) => {
  let store: ViewStore;
  let bench: RulesBench;

  beforeAll(async () => {
    store = await open();
  }, storePatienceMs);
  afterAll(() => store.close());
  beforeEach(async () => {
    bench = await RulesBench.open(store);
  });

  describe('R1 kind: what an older version remembered', () => {
    const later = midnight + 30 * hour;
    const line = (id: string, job: string, text: string) => events.logged(id, later, 'a', job, `run-${id}`, [text]);
    const idOf = (name: string) => older.said.find((alarm) => alarm.rule === name)?.alarmId;

    beforeEach(async () => {
      bench = await RulesBench.open(store, 20);
      await bench.remember(older.rows);
    });

    it('is not raised again for what was told, while a job that fails now has its own alarm', async () => {
      expect(await bench.take(free('f', later, 5))).toEqual(['raised disk-slow checkup/disk']);
      expect(await bench.take(line('1', 'records', 'cannot read x'), line('2', 'images', 'cannot read y'))).toEqual([]);
      expect(await bench.take(line('3', 'letters', 'cannot read z'))).toEqual(['raised unreadable job/letters']);
    });

    it('ends in its turn, each alarm under its own id', async () => {
      expect(await bench.take(free('f', later, 50))).toEqual(['cleared disk-low checkup/disk']);
      expect(await bench.take(events.completed('i', later, 'a', 'images', 'i2'))).toEqual([
        'cleared only-one job/images',
      ]);
      expect(await bench.take(succeeded('s', later))).toEqual([
        ...['cleared of-records job/records', 'cleared unreadable server/a', 'cleared no-backup job/records'],
      ]);
      const ids = ['disk-low', 'only-one', 'of-records', 'unreadable', 'no-backup'].map(idOf);
      expect(bench.said.map(({ data }) => data.alarmId)).toEqual(ids);
    });

    it('is said once more under the same ids where it had not reached the log', async () => {
      expect(await bench.wake(later)).toEqual(['raised disk-low checkup/disk', 'raised only-one job/images']);
      expect(bench.said.map(({ data }) => data.alarmId)).toEqual(['disk-low', 'only-one'].map(idOf));
      expect(bench.said.map(({ dataschema }) => dataschema)).toEqual(
        ['', ''].map(() => 'urn:wardround:event:alarm.raised:v2'),
      );
      expect(await bench.wake(later + 2 * minute)).toEqual([]);
    });

    it('ends only the alarms of a job that is retired', async () => {
      expect(await bench.take(events.jobRetired('x', later, 'a', 'images'))).toEqual(['cleared only-one job/images']);
      expect(await bench.take(events.jobRetired('y', later, 'a', 'records'))).toEqual([
        ...['cleared of-records job/records', 'cleared no-backup job/records', 'cleared unreadable server/a'],
      ]);
    });
  });

  describe('a result that comes late', () => {
    beforeEach(() => bench.take(events.ruleDefined('r', midnight, diskLow)));
    const noon = midnight + 12 * hour;

    it('F9: clears no alarm', async () => {
      expect(await bench.take(free('low', noon, 5))).toEqual(['raised disk-low checkup/disk']);
      expect(await bench.take(recordedAt(free('late', noon - hour, 50), noon + minute))).toEqual([]);
      expect(await bench.take(free('fine', noon + 2 * minute, 50))).toEqual(['cleared disk-low checkup/disk']);
    });

    it('F9 kind: raises no alarm either', async () => {
      await bench.take(free('fine', noon, 50));
      expect(await bench.take(recordedAt(free('late', noon - hour, 5), noon + minute))).toEqual([]);
    });

    it('F9 kind: is judged where the one before was stated by a clock that ran ahead', async () => {
      await bench.take(recordedAt(free('ahead', noon + leap, 5), noon));
      expect(await bench.take(free('fine', noon + minute, 50))).toEqual(['cleared disk-low checkup/disk']);
      const [raised, cleared] = bench.said;
      expect(raised?.time).toBe('2026-11-22T12:00:00.000Z');
      expect(cleared?.time).toBe('2026-11-22T12:01:00.000Z');
    });

    it('F9 kind: is judged after our own clock was put back, and nothing is cleared before it was raised', async () => {
      await bench.take(free('ahead', noon + leap, 5));
      expect(await bench.take(free('fine', noon, 50))).toEqual(['cleared disk-low checkup/disk']);
      const [raised, cleared] = bench.said;
      expect(cleared?.time).toBe(raised?.time);
      expect(await bench.take(free('low', noon + minute, 5))).toEqual(['raised disk-low checkup/disk']);
    });

    it('F9 kind: does not stop the wait of a condition that must hold for some time, nor does a clock ahead', async () => {
      const slow = rule('slow', { checkup: 'disk', metric: 'free', below: 10, for: '10m' });
      await bench.take(events.ruleRetired('x', midnight, 'disk-low'), events.ruleDefined('r2', midnight, slow));
      await bench.take(free('1', noon, 5), recordedAt(free('late', noon - hour, 50), noon + 2 * minute));
      expect(await bench.take(free('2', noon + 10 * minute, 5))).toEqual(['raised slow checkup/disk']);
      await bench.take(free('3', noon + 11 * minute, 50));
      await bench.take(free('ahead', noon + leap, 5));
      expect(await bench.take(free('4', noon + hour, 5), free('5', noon + hour + 10 * minute, 5))).toEqual([
        'raised slow checkup/disk',
      ]);
    });
  });

  describe('the time without success', () => {
    const defined = midnight;

    beforeEach(() =>
      bench.take(events.ruleDefined('r', defined, noBackup), events.jobDefined('d', defined, 'a', 'records')),
    );

    it('F6: counts from the last success that is not dated after now', async () => {
      await bench.take(succeeded('s1', defined + 2 * hour), succeeded('ahead', defined + 26 * hour + leap));
      await bench.take(failed('f1', defined + 26 * hour + minute));
      expect(await bench.wake(defined + 28 * hour - 1)).toEqual([]);
      expect(await bench.wake(defined + 28 * hour)).toEqual(['raised no-backup job/records']);
      expect(bench.said[0]?.data).toMatchObject({
        summary: expect.stringContaining('last succeeded at 2026-11-22 02:00'),
      });
      expect(await bench.take(failed('f2', defined + 50 * hour))).toEqual([]);
      expect(await bench.take(succeeded('s2', defined + 74 * hour))).toEqual(['cleared no-backup job/records']);
    });

    it('F6: counts from the definition where the only success is dated after now', async () => {
      await bench.take(
        succeeded('ahead', defined + leap),
        failed('f1', defined + hour),
        failed('f2', defined + 25 * hour),
      );
      expect(await bench.wake(defined + 26 * hour)).toEqual(['raised no-backup job/records']);
      expect(bench.said[0]?.data).toMatchObject({ summary: expect.stringContaining('has not succeeded since') });
    });

    it('F6 kind: is not ended by the clock when the time comes that a wrong clock had named', async () => {
      await bench.take(succeeded('ahead', defined + leap), failed('f1', defined + 27 * hour));
      expect(await bench.wake(defined + 27 * hour)).toEqual(['raised no-backup job/records']);
      await bench.take(failed('f2', defined + leap));
      expect(await bench.wake(defined + leap + hour)).toEqual([]);
      expect(bench.said).toHaveLength(1);
    });

    it('F6 kind: counts on after many successes by a clock that ran ahead', async () => {
      const nights = Array.from({ length: 30 }, (_, night) => succeeded(`a${night}`, defined + leap + night * day));
      await bench.take(succeeded('s1', defined + 2 * hour), ...nights, failed('f1', defined + 3 * hour));
      expect(await bench.wake(defined + 28 * hour)).toEqual(['raised no-backup job/records']);
    });

    it('F6 kind: takes a success as of now that a clock of another time zone dated an hour ahead', async () => {
      await bench.take(succeeded('s', defined + 3 * hour), free('f', defined + 2 * hour, 50));
      expect(await bench.wake(defined + 28 * hour - 1)).toEqual([]);
      expect(await bench.wake(defined + 28 * hour)).toEqual(['raised no-backup job/records']);
    });

    it('F6 kind: of a job that was defined by a clock that ran ahead counts from the next event', async () => {
      await bench.take(events.jobRetired('x', defined, 'a', 'records'));
      await bench.take(events.jobDefined('d2', defined + leap, 'a', 'records'), failed('f', defined + hour));
      expect(await bench.wake(defined + 27 * hour - 1)).toEqual([]);
      expect(await bench.wake(defined + 27 * hour)).toEqual(['raised no-backup job/records']);
    });

    it('F6 kind: is not stopped by a success that is told long after it happened', async () => {
      await bench.take(succeeded('s1', defined + 2 * hour));
      expect(await bench.wake(defined + 28 * hour)).toEqual(['raised no-backup job/records']);
      expect(await bench.take(recordedAt(succeeded('old', defined + hour), defined + 29 * hour))).toEqual([]);
    });
  });
});
