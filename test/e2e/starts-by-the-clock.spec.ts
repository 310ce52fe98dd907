import { describe, expect, it, jest } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../fixtures/temp-folder.js';
import { SetClock, texts, until, Ward } from '../fixtures/ward.js';

jest.setTimeout(180_000);

const dayMs = 86_400_000;

/** A job at 02:00 UTC every day. */
function nightly() {
  const folder = tempFolder();
  const source = join(folder, 'records');
  mkdirSync(source);
  writeFileSync(join(source, 'record.txt'), 'x');
  const job = (at: string) => ({
    ...{ name: 'records', at, timeZone: 'UTC', localCopy: { path: join(folder, 'local') } },
    sources: [{ name: 'files', plugin: 'folder', parameters: { paths: [source] } }],
  });
  return { folder: join(folder, 'ward'), configuration: { backups: [job('0 2 * * *')] }, job };
}

/** The newest 02:00 UTC that is over. */
function lastPlannedBefore(now: number): string {
  const start = new Date(now - 2 * 3_600_000);
  start.setUTCHours(2, 0, 0, 0);
  return start.toISOString();
}

async function settledRuns(ward: Ward, count: number) {
  return until(
    () => ward.runs(),
    (runs) => runs.length >= count && runs.every(({ outcome }) => outcome !== 'running'),
  );
}

describe('a job with a timetable', () => {
  it('that has never succeeded runs at once, and one that missed its time runs at the next start and says so', async () => {
    const { folder, configuration } = nightly();
    const twoDaysAgo = new SetClock(Date.now() - 2 * dayMs);
    const first = await Ward.openForTest({ configuration, folder, clock: twoDaysAgo });
    const [atOnce] = await settledRuns(first, 1);
    expect(atOnce).toMatchObject({ trigger: 'never-succeeded', outcome: 'succeeded' });
    expect(atOnce && texts(atOnce)[0]).toBe('start: Started at once: the job has never succeeded');
    await first.close();

    // Two nights without Wardround.
    const before = Date.now();
    const second = await Ward.openForTest({ configuration, folder });
    const [late, ...older] = await settledRuns(second, 2);
    const planned = [lastPlannedBefore(before), lastPlannedBefore(Date.now())];
    expect(late).toMatchObject({ trigger: 'missed-start', outcome: 'succeeded' });
    expect(planned).toContain(late?.plannedFor);
    expect(late && texts(late)[0]).toBe(
      `start: Started late: Wardround was not running at the planned time, planned for ${late?.plannedFor}`,
    );
    expect(older).toHaveLength(1);
    await second.close();

    // What was made up for is made up for.
    const third = await Ward.openForTest({ configuration, folder });
    expect(await third.runs()).toHaveLength(2);
  });

  it('that is given another one while Wardround runs has missed nothing', async () => {
    const { folder, configuration, job } = nightly();
    const before = await Ward.openForTest({ configuration, folder, clock: new SetClock(Date.now() - 2 * dayMs) });
    await settledRuns(before, 1);
    await before.close();
    const ward = await Ward.openForTest({ configuration, folder });
    const runs = await settledRuns(ward, 2);
    // A time that has just been.
    const { minute, hour } = { minute: new Date().getUTCMinutes(), hour: new Date().getUTCHours() };
    ward.configure({ backups: [job(`${minute} ${hour} * * *`)] });
    expect(await ward.post('/api/v1/configuration/apply')).toMatchObject({ status: 200, body: { outcome: 'applied' } });
    expect(await ward.runs()).toHaveLength(runs.length);
  });
});
