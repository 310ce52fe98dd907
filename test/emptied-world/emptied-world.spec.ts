import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../fixtures/temp-folder.js';
import { whyNoSmallDisk } from '../fixtures/small-disk.js';
import { until } from '../fixtures/ward.js';
import { dayMs, jobs, partsOf, World, type JobName } from './world.js';

jest.setTimeout(180_000);

const reason = whyNoSmallDisk();
if (reason !== null) process.stderr.write(`skipped: a world from which things are taken: ${reason}\n`);

/**
 * Whatever a backup needs is taken away or falsified in turn, for each job on the board. Three things hold every time: the
 * board and `wardround status` are not well, no snapshot that was good is lost, and when the thing is back, all is well
 * again without anybody's help. The tests share one world, as the nights of a practice do, and each leaves it well.
 */
(reason === null ? describe : describe.skip)('a world from which things are taken', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.open();
    await world.goodNightForAll();
    world.clock.advance(dayMs);
    await world.goodNightForAll();
  });
  // A test that failed leaves no fault to the next.
  afterEach(() => world.giveBack());
  afterAll(() => world.close());

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
    await world.goodNightForAll();
    const { files } = await world.ward.restore(job, { to: join(tempFolder(), 'restored') });
    expect(files).toBeGreaterThan(0);
  }

  function gone(folders: readonly string[]): readonly string[] {
    return folders.filter((folder) => !existsSync(folder));
  }

  const jobsWithSource = jobs.filter((job) => partsOf[job].source !== null);

  it.each(jobsWithSource)('the disk that %s reads from is not mounted for three nights', async (job) => {
    const before = world.snapshotFolders(job);
    const { source } = partsOf[job];
    if (source !== null) world.disks[source].disconnect();
    expect(await nights(job, 3)).not.toContain('succeeded');
    await world.expectNotWell();
    expect(gone(before)).toEqual([]);
    if (source !== null) world.disks[source].connect();
    await expectAllWellAgain(job);
  });

  it('the folder that documents reads from is emptied for three nights', async () => {
    const before = world.snapshotFolders('documents');
    const letters = join(world.folder, 'documents', 'letters');
    cpSync(letters, join(world.folder, 'letters'), { recursive: true, preserveTimestamps: true });
    rmSync(letters, { recursive: true });
    expect(await nights('documents', 3)).not.toContain('succeeded');
    await world.expectNotWell();
    expect(gone(before)).toEqual([]);
    cpSync(join(world.folder, 'letters'), letters, { recursive: true, preserveTimestamps: true });
    await expectAllWellAgain('documents');
  });

  const jobsAndPlaces = jobs.flatMap((job) => partsOf[job].places.map((place) => ({ job, place })));

  it.each(jobsAndPlaces)('the disk $place, which $job writes to, is not mounted', async ({ job, place }) => {
    const before = world.snapshotFolders(job).filter((folder) => folder.startsWith(join(world.folder, place)));
    world.disks[place].disconnect();
    expect(await nights(job, 1)).not.toContain('succeeded');
    await world.expectNotWell();
    // Nothing was written to the disk below the mount point.
    expect(readdirSync(join(world.folder, place))).toEqual([]);
    world.disks[place].connect();
    expect(gone(before)).toEqual([]);
    await expectAllWellAgain(job);
  });

  it.each(jobsAndPlaces)('the disk $place, which $job writes to, is full', async ({ job, place }) => {
    const before = world.snapshotFolders(job).filter((folder) => folder.startsWith(join(world.folder, place)));
    world.disks[place].fill();
    expect(await nights(job, 1)).not.toContain('succeeded');
    await world.expectNotWell();
    expect(gone(before)).toEqual([]);
    world.disks[place].makeRoom();
    await expectAllWellAgain(job);
  });

  it.each(jobs)(
    '%s fails while the mail server refuses everything, and people see that they were not told',
    async (job) => {
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
      await Promise.all(jobs.map((each) => world.goodNight(each)));
      // The backups are good again, and still: someone was to hear of it and did not.
      await world.expectNotWell();
      world.smtp.refuse(null);
      const failed = (await world.ward.messages()).filter(({ state }) => state === 'failed');
      for (const { messageId } of failed) await world.ward.post(`/api/v1/messages/${messageId}/dismiss`);
      await expectAllWellAgain(job);
    },
  );

  it.each(jobs)('the clock is two years behind for a run of %s, and right again', async (job) => {
    const before = world.snapshotFolders(job);
    world.clock.advance(-730 * dayMs);
    await world.run(job);
    expect(gone(before)).toEqual([]);
    world.clock.advance(730 * dayMs);
    await expectAllWellAgain(job);
  });

  it.each(jobs)('the clock is sixty days ahead for two runs of %s, and right again', async (job) => {
    const before = world.snapshotFolders(job);
    world.clock.advance(60 * dayMs);
    await world.run(job);
    world.clock.advance(60_000);
    await world.run(job);
    expect(gone(before)).toEqual([]);
    world.clock.advance(-60 * dayMs);
    // The runs from the future are marked, and what was good before them is what counts.
    expect(await world.lastRunOf(job)).toMatchObject({ outcome: 'succeeded', clockWrong: true });
    expect(gone(before)).toEqual([]);
    await expectAllWellAgain(job);
  });
});
