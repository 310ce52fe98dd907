import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ownershipOf, placeOwner } from '../../../test/fixtures/ownership.js';
import {
  firstName,
  longAgo,
  noFolder,
  scratchFolder,
  secondName,
  snapshotOf,
  tree,
  wholeSnapshot,
} from './engine.fixture.js';
import { checkPlace, makeSnapshot, measureTrees } from './engine.js';

let scratch = noFolder;
let live = '';
let elsewhere = '';
beforeEach(() => {
  scratch = scratchFolder();
  live = join(scratch.path, 'live');
  elsewhere = join(scratch.path, 'elsewhere');
  mkdirSync(live);
  write('letter', 'Dear Sir');
});
afterEach(() => scratch.remove());

function write(name: string, content: string): void {
  const path = join(live, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  utimesSync(path, longAgo, longAgo);
}

const backup = (root: string, name: string, about = {}) => snapshotOf(root, live, { name, ...about });
const storedIn = (place: string) =>
  readdirSync(join(place, 'files', 'records'), { recursive: true })
    .map(String)
    .sort();

describe('a source that holds backups', () => {
  it('F22: of several jobs does not grow by them, however often they run in turn', async () => {
    const sizes: number[] = [];
    for (const [round, name] of [firstName, secondName, '2026-11-24T02-00-00Z'].entries()) {
      for (const job of ['j', 'k']) {
        const made = await wholeSnapshotOf(join(live, `backups-${job}`), job, name);
        sizes.push(made);
        expect({ round, made }).toEqual({ round, made: 1 });
      }
    }
    expect(sizes).toEqual([1, 1, 1, 1, 1, 1]);
  });

  async function wholeSnapshotOf(root: string, job: string, name: string): Promise<number> {
    return (await wholeSnapshot(backup(root, name, { job }))).files;
  }

  it('F22 kind: leaves out a snapshot that was moved or copied to anywhere in it, and names it', async () => {
    const { place } = await wholeSnapshot(backup(elsewhere, firstName));
    cpSync(place, join(live, 'deep', 'down', 'old backup'), { recursive: true });
    const options = backup(elsewhere, secondName);
    const second = await wholeSnapshot(options);
    expect(storedIn(second.place)).toEqual(['deep', 'deep/down', 'letter']);
    expect(options.notices).toEqual([
      expect.objectContaining({
        level: 'info',
        place: join(live, 'deep', 'down', 'old backup'),
        text: expect.stringContaining('is skipped: it is a snapshot of Wardround'),
      }),
    ]);
  });

  it('F22 kind: leaves out what another computer is about to write, or has left unfinished', async () => {
    await makeSnapshot(backup(join(live, 'of another'), firstName));
    const half = join(live, 'half', `${firstName}.partial`, 'files');
    mkdirSync(half, { recursive: true });
    writeFileSync(join(half, 'x'), 'x');
    const { place } = await wholeSnapshot(backup(elsewhere, secondName));
    expect(storedIn(place)).toEqual(['half', 'letter', 'of another', 'of another/nightly']);
  });

  it('F22 kind: leaves out the marked folder of a job with all that is in it', async () => {
    const owner = placeOwner(ownershipOf({ site: 'main', server: 'other', job: 'nightly' }));
    await checkPlace({ root: join(live, 'usb'), job: 'nightly', owner });
    writeFileSync(join(live, 'usb', 'nightly', '.copy-anew'), '');
    const { place } = await wholeSnapshot(backup(elsewhere, secondName));
    expect(storedIn(place)).toEqual(['letter', 'usb']);
  });

  it('names twenty of them, and counts the others', async () => {
    const { place } = await wholeSnapshot(backup(elsewhere, firstName));
    for (let index = 0; index < 23; index += 1) cpSync(place, join(live, `copy-${index}`), { recursive: true });
    const options = backup(elsewhere, secondName);
    await wholeSnapshot(options);
    expect(options.notices).toHaveLength(21);
    expect(options.notices.at(-1)?.text).toBe(`${live} holds 3 more backups of Wardround, which are skipped too`);
  });

  it('keeps what only has the names of such files', async () => {
    write('project/snapshot.json', '{"name":"my snapshot"}');
    write('project/.wardround.json', '{"theme":"dark"}');
    write('project/files/a', 'a');
    write('project/manifest.jsonl', '');
    write('documentation/snapshot.json', '{"format":"wardround-snapshot"}');
    const { place } = await wholeSnapshot(backup(elsewhere, firstName));
    expect(storedIn(place)).toEqual(
      expect.arrayContaining(['project/files/a', 'project/.wardround.json', 'documentation/snapshot.json']),
    );
  });
});

describe('a source that is a backup itself', () => {
  it.each([
    ['is a snapshot', ''],
    ['lies in one', 'files/records'],
    ['is a file in one', 'files/records/letter'],
  ])('F22 kind: that %s is refused, with the reason', async (_what, within) => {
    const { place } = await wholeSnapshot(backup(elsewhere, firstName));
    const path = join(place, within);
    const refused = {
      code: 'unreadable',
      message: expect.stringMatching(
        /a snapshot of Wardround, and backups are not backed up again: specify the folder/,
      ),
    };
    await expect(measureTrees([tree(path)])).rejects.toMatchObject(refused);
    await expect(makeSnapshot(snapshotOf(join(scratch.path, 'third'), path))).rejects.toMatchObject(refused);
  });

  it('F22 kind: is seen through a link on the way to it', async () => {
    const { place } = await wholeSnapshot(backup(elsewhere, firstName));
    symlinkSync(place, join(scratch.path, 'link'));
    await expect(measureTrees([tree(join(scratch.path, 'link', 'files', 'records'))])).rejects.toMatchObject({
      code: 'unreadable',
    });
  });

  it('is none where a source made it ready in its own folder job', async () => {
    const owner = placeOwner(ownershipOf({ site: 'main', server: 'reception', job: 'nightly' }));
    const { folder } = await checkPlace({ root: elsewhere, job: 'nightly', owner });
    const ready = join(folder, '.scratch', 'records', 'dump');
    mkdirSync(ready, { recursive: true });
    writeFileSync(join(ready, 'dump.sql'), 'select 1');
    await expect(measureTrees([tree(ready)])).resolves.toEqual({ files: 1, bytes: 8 });
    expect(existsSync(ready)).toBe(true);
  });
});
