import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../fixtures/temp-folder.js';
import { whyNoSmallDisk } from '../fixtures/small-disk.js';
import { until } from '../fixtures/ward.js';
import { dayMs, jobs, partsOf, World, type JobName } from './world.js';

jest.setTimeout(240_000);

const reason = whyNoSmallDisk();
if (reason !== null) process.stderr.write(`skipped: a world from which things are taken: ${reason}\n`);

/**
 * Whatever a backup stands on is taken away or falsified in turn, for each job on the board. Three things hold every time:
 * the board and `wardround status` are not well, no snapshot that was good is lost, and when the thing is back, all is
 * well again without anybody's help.
 */
(reason === null ? describe : describe.skip)('a world from which things are taken', () => {
  let world: World;

  beforeEach(async () => {
    world = await World.open();
  });
  afterEach(() => world.close());

  /** All jobs have been good for two nights. */
  async function twoGoodNights(): Promise<void> {
    for (const night of [1, 2]) {
      for (const job of jobs) await world.goodNight(job);
      if (night === 1) world.clock.advance(dayMs);
    }
    await until(
      () => world.look(),
      ({ board }) => board === 'green',
    );
  }

  /** So many nights in a row, and what became of each. */
  async function nights(job: JobName, count: number): Promise<readonly string[]> {
    const outcomes: string[] = [];
    for (let night = 0; night < count; night++) {
      world.clock.advance(dayMs);
      outcomes.push((await world.run(job)).outcome);
    }
    return outcomes;
  }

  async function expectAllWellAgain(job: JobName): Promise<void> {
    world.clock.advance(dayMs);
    for (const each of jobs) await world.goodNight(each);
    await until(
      () => world.look(),
      ({ board }) => board === 'green',
    );
    const { files } = await world.ward.restore(job, { to: join(tempFolder(), 'restored') });
    expect(files).toBeGreaterThan(0);
  }

  const jobsWithSource = jobs.filter((job) => partsOf[job].source !== null);

  it.each(jobsWithSource)('the disk that %s reads from is not mounted for five nights', async (job) => {
    await twoGoodNights();
    const before = world.snapshotFolders();
    const { source } = partsOf[job];
    if (source !== null) world.disks[source].disconnect();
    expect(await nights(job, 5)).not.toContain('succeeded');
    await world.expectNotWell();
    expect(before.filter((folder) => !existsSync(folder))).toEqual([]);
    if (source !== null) world.disks[source].connect();
    await expectAllWellAgain(job);
  });

  it('the folder that documents reads from is emptied', async () => {
    await twoGoodNights();
    const before = world.snapshotFolders();
    rmSync(join(world.folder, 'documents', 'letters'), { recursive: true });
    expect(await nights('documents', 5)).not.toContain('succeeded');
    await world.expectNotWell();
    expect(before.filter((folder) => !existsSync(folder))).toEqual([]);
  });

  const jobsAndPlaces = jobs.flatMap((job) => partsOf[job].places.map((place) => ({ job, place })));

  it.each(jobsAndPlaces)(
    'the disk $place, which $job writes to, is not mounted for three nights',
    async ({ job, place }) => {
      await twoGoodNights();
      const before = world.snapshotFolders().filter((folder) => folder.startsWith(join(world.folder, place)));
      world.disks[place].disconnect();
      expect(await nights(job, 3)).not.toContain('succeeded');
      await world.expectNotWell();
      // Nothing was written to the disk below the mount point.
      expect(readdirSync(join(world.folder, place))).toEqual([]);
      world.disks[place].connect();
      expect(before.filter((folder) => !existsSync(folder))).toEqual([]);
      await expectAllWellAgain(job);
    },
  );

  it.each(jobsAndPlaces)('the disk $place, which $job writes to, is full', async ({ job, place }) => {
    await twoGoodNights();
    const before = world.snapshotFolders();
    world.disks[place].fill();
    expect(await nights(job, 2)).not.toContain('succeeded');
    await world.expectNotWell();
    expect(before.filter((folder) => !existsSync(folder))).toEqual([]);
    world.disks[place].makeRoom();
    await expectAllWellAgain(job);
  });

  it.each(jobs)('the clock is sixty days ahead for two runs of %s, and right again', async (job) => {
    await twoGoodNights();
    const before = world.snapshotFolders();
    world.clock.advance(60 * dayMs);
    await world.run(job);
    world.clock.advance(60_000);
    await world.run(job);
    expect(before.filter((folder) => !existsSync(folder))).toEqual([]);
    world.clock.advance(-60 * dayMs);
    // The runs from the future are no reason to be at ease: nothing good has happened since.
    world.clock.advance(3 * dayMs);
    await world.expectNotWell();
    expect(before.filter((folder) => !existsSync(folder))).toEqual([]);
    await expectAllWellAgain(job);
  });

  it.each(jobs)('the clock is two years behind for a run of %s, and right again', async (job) => {
    await twoGoodNights();
    const before = world.snapshotFolders();
    world.clock.advance(-730 * dayMs);
    await world.run(job);
    expect(before.filter((folder) => !existsSync(folder))).toEqual([]);
    world.clock.advance(730 * dayMs);
    await expectAllWellAgain(job);
  });

  it.each(jobs)(
    '%s fails while the mail server refuses everything, and people see that they were not told',
    async (job) => {
      await twoGoodNights();
      world.smtp.refuse({ at: 'recipient', code: 550, text: 'no such mailbox' });
      const [place] = partsOf[job].places;
      if (place !== undefined) world.disks[place].disconnect();
      await nights(job, 1);
      await until(
        () => world.ward.messages(),
        (messages) => messages.some(({ state }) => state === 'failed'),
      );
      if (place !== undefined) world.disks[place].connect();
      world.clock.advance(dayMs);
      for (const each of jobs) await world.goodNight(each);
      // The backups are good again, and still: somebody was to hear of it and did not.
      await world.expectNotWell();
      const { status } = await world.look();
      expect(status).toContain('it');
    },
  );

  it('no job runs for three days: the board does not stay green on what was good once', async () => {
    await twoGoodNights();
    const { board } = await world.look();
    expect(board).toBe('green');
    // The timetable would start them: each finds its disk gone.
    for (const disk of Object.values(world.disks)) disk.disconnect();
    world.clock.advance(3 * dayMs);
    await world.expectNotWell();
    for (const disk of Object.values(world.disks)) disk.connect();
  });
});
