import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ownershipOf, placeOwner, signerOf } from '../../../test/fixtures/ownership.js';
import type { Ownership } from '../../../src/backups/ownership.js';
import type { PlaceOwner } from '../plugin.js';
import {
  firstName,
  longAgo,
  mountTmpfs,
  noFolder,
  scratchFolder,
  secondName,
  snapshotOf,
  thirdName,
  whyNoMount,
} from './engine.fixture.js';
import { FileEngineError, type MakeSnapshot, type MadeSnapshot, type Notice, type Signer } from './engine-types.js';
import {
  checkPlace,
  copySnapshot,
  listSnapshots,
  makeSnapshot,
  readSnapshotInfo,
  removeSnapshot,
  restoreSnapshot,
  sweepPartials,
  verifySnapshot,
} from './engine.js';

let scratch = noFolder;
let live = '';
let root = '';
beforeEach(() => {
  scratch = scratchFolder();
  live = join(scratch.path, 'live');
  root = join(scratch.path, 'backups');
  mkdirSync(live);
  write('same', 'same');
});
afterEach(() => scratch.remove());

/** Takes half a second and more to copy or to verify, so that a disk can go in the middle of it. */
function makeLargeFile(): void {
  const path = join(live, 'large');
  writeFileSync(path, '');
  truncateSync(path, 512 * 2 ** 20);
}

function write(name: string, content: string, folder = live): string {
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, content);
  utimesSync(path, longAgo, longAgo);
  return path;
}

/** An installation whose server and job have the names of every other one here. */
class Computer {
  readonly ownership: Ownership;
  private known: PlaceOwner['known'] = [];

  constructor(about: { readonly server?: string; readonly signer?: Signer } = {}) {
    const { server = 'reception', signer = signerOf('main') } = about;
    this.ownership = ownershipOf({ site: 'main', server, job: 'nightly' }, signer);
  }

  owner(about: Partial<PlaceOwner> = {}): PlaceOwner {
    return placeOwner(this.ownership, { known: this.known, ...about });
  }

  place(at = root) {
    return { root: at, job: 'nightly', owner: this.owner() };
  }

  /** Where its snapshots are, once there is one. */
  folder(): string {
    return dirname(this.known[0]?.place ?? '');
  }

  options(name: string, about: Partial<MakeSnapshot> = {}): MakeSnapshot & { notices: Notice[] } {
    const origin = { server: this.ownership.origin.server, runId: 'run-1', signer: this.ownership.signer };
    return snapshotOf(root, live, { name, origin, owner: this.owner(), ...about });
  }

  /** As a run does it. */
  async backUp(name: string, about: Partial<MakeSnapshot> = {}): Promise<MadeSnapshot & { notices: Notice[] }> {
    await checkPlace({ root, job: 'nightly', owner: this.owner() });
    const options = this.options(name, about);
    const made = await makeSnapshot(options);
    const { place, manifestSha256 } = await verifySnapshot({ ...this.place(), name });
    this.knows(name, place, manifestSha256);
    return { ...made, notices: options.notices };
  }

  knows(name: string, place: string, manifestSha256: string): void {
    this.known = [{ name, place, manifestSha256 }, ...this.known];
  }

  forget(): void {
    this.known = [];
  }
}

function markOf(folder: string): Record<string, unknown> {
  const value: unknown = JSON.parse(readFileSync(join(folder, '.wardround.json'), 'utf8'));
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

const contentOf = (place: string, name: string) => readFileSync(join(place, 'files', 'records', name), 'utf8');

describe('the folder of a job at a place', () => {
  it('is marked at its first use, for the owner only, and is the same afterwards', async () => {
    const computer = new Computer();
    const { folder } = await checkPlace(computer.place());
    const mark = markOf(folder);
    expect(folder).toBe(join(root, 'nightly'));
    expect(mark).toMatchObject({
      format: 'wardround-place',
      version: 1,
      computer: 'PC',
      origin: computer.ownership.origin,
    });
    expect(statSync(join(folder, '.wardround.json')).mode & 0o777).toBe(0o600);
    await checkPlace(computer.place());
    expect(markOf(folder)).toEqual(mark);
  });

  it('H13: of two computers with the same names never holds, or shares, a file of the other', async () => {
    const [a, b] = [new Computer(), new Computer()];
    write('same', 'of A!');
    const ofA = await a.backUp(firstName);
    write('same', 'of B!');
    const ofB = await b.backUp(secondName);
    expect(ofB.linkedFiles).toBe(0);
    expect([contentOf(ofA.place, 'same'), contentOf(ofB.place, 'same')]).toEqual(['of A!', 'of B!']);
    const apart = `nightly@main.reception.${b.ownership.origin.installation.slice(0, 8)}`;
    expect(readdirSync(root).sort()).toEqual(['nightly', apart]);
    await expect(listSnapshots(a.place())).resolves.toEqual([firstName]);
    await expect(listSnapshots(b.place())).resolves.toEqual([secondName]);
    await expect(b.backUp(thirdName)).resolves.toMatchObject({ linkedFiles: 1 });
  });

  it('H13 kind: of two servers of one installation never shares a file of the other', async () => {
    const signer = signerOf('main');
    const [a, b] = [new Computer({ signer }), new Computer({ signer, server: 'x-ray' })];
    write('same', 'of A!');
    await a.backUp(firstName);
    write('same', 'of B!');
    const ofB = await b.backUp(secondName);
    expect({ linked: ofB.linkedFiles, content: contentOf(ofB.place, 'same') }).toEqual({ linked: 0, content: 'of B!' });
    const apart = `nightly@main.x-ray.${signer.installation.slice(0, 8)}`;
    expect(readdirSync(root).sort()).toEqual(['nightly', apart]);
  });

  it('H13 kind: in which the newest snapshot is one that the other computer made shares with its own before it', async () => {
    const [a, b] = [new Computer(), new Computer()];
    write('same', 'of B!');
    await b.backUp(firstName);
    write('same', 'of A!');
    write('other', 'of A!');
    const { place } = await a.backUp(secondName);
    cpSync(place, join(root, 'nightly', secondName), { recursive: true, preserveTimestamps: true });
    write('same', 'of B!');
    write('other', 'of B!');
    const ofB = await b.backUp(thirdName);
    expect(ofB.linkedFiles).toBe(1);
    expect(['same', 'other'].map((name) => contentOf(ofB.place, name))).toEqual(['of B!', 'of B!']);
  });

  it('H13 kind: at a further place takes its copy from no file of the other', async () => {
    const [a, b] = [new Computer(), new Computer()];
    const second = join(scratch.path, 'second');
    for (const [computer, name, text] of [
      [a, firstName, 'of A!'],
      [b, secondName, 'of B!'],
    ] as const) {
      write('same', text);
      const { place: from } = await computer.backUp(name);
      const copy = { ...computer.place(second), name };
      await checkPlace(copy);
      await copySnapshot({ ...copy, from });
      const { place } = await verifySnapshot(copy);
      expect(contentOf(place, 'same')).toBe(text);
    }
    await expect(listSnapshots(a.place(second))).resolves.toEqual([firstName]);
    await expect(listSnapshots(b.place(second))).resolves.toEqual([secondName]);
  });

  it('H14: keeps two computers apart that are at work at once', async () => {
    const [a, b] = [new Computer(), new Computer()];
    await Promise.all([a.backUp(firstName), b.backUp(firstName)]);
    await expect(Promise.all([a.backUp(secondName), b.backUp(secondName)])).resolves.toMatchObject([
      { linkedFiles: 1 },
      { linkedFiles: 1 },
    ]);
  });

  it('H14 kind: of another is not swept while he writes', async () => {
    const [a, b] = [new Computer(), new Computer()];
    await checkPlace(a.place());
    await makeSnapshot(a.options(firstName));
    await b.backUp(secondName);
    await expect(sweepPartials(b.place())).resolves.toEqual([]);
    await expect(verifySnapshot({ ...a.place(), name: firstName })).resolves.toMatchObject({ files: 1 });
  });

  it('H14 kind: of several at once hold only their own, also where one removes and another verifies', async () => {
    const computers = [new Computer(), new Computer(), new Computer()];
    await Promise.all(computers.map((computer) => computer.backUp(firstName)));
    const [a, b, c] = computers;
    if (!a || !b || !c) throw new TypeError('there are three');
    await Promise.all([
      removeSnapshot({ ...a.place(), name: firstName }),
      verifySnapshot({ ...b.place(), name: firstName }),
      c.backUp(secondName),
    ]);
    const listed = await Promise.all(computers.map((computer) => listSnapshots(computer.place())));
    expect(listed).toEqual([[], [firstName], [firstName, secondName]]);
  });

  it('R6: of another is not removed from, whatever is asked for', async () => {
    const [a, b] = [new Computer(), new Computer()];
    await a.backUp(firstName);
    await b.backUp(secondName);
    await expect(removeSnapshot({ ...b.place(), name: firstName })).rejects.toMatchObject({ code: 'not-found' });
    await expect(listSnapshots(a.place())).resolves.toEqual([firstName]);
  });

  it('R6 kind: holds a snapshot that someone has put there: it is not counted, shared with or removed', async () => {
    const [a, b] = [new Computer(), new Computer()];
    await a.backUp(firstName);
    const { place } = await b.backUp(secondName);
    cpSync(place, join(root, 'nightly', secondName), { recursive: true, preserveTimestamps: true });
    const notices: Notice[] = [];
    const listed = await listSnapshots({ ...a.place(), onNotice: (notice) => notices.push(notice) });
    expect(listed).toEqual([firstName]);
    expect(notices).toEqual([expect.objectContaining({ level: 'warning', place: join(root, 'nightly', secondName) })]);
    await expect(removeSnapshot({ ...a.place(), name: secondName })).rejects.toMatchObject({ code: 'foreign' });
    await expect(a.backUp(thirdName)).resolves.toMatchObject({ linkedFiles: 1 });
  });

  it('R6 kind: of another server of one installation is not removed from', async () => {
    const signer = signerOf('main');
    const [a, b] = [new Computer({ signer }), new Computer({ signer, server: 'x-ray' })];
    const { place } = await a.backUp(firstName);
    await b.backUp(secondName);
    await expect(removeSnapshot({ ...b.place(), name: firstName })).rejects.toMatchObject({ code: 'not-found' });
    cpSync(place, join(b.folder(), firstName), { recursive: true, preserveTimestamps: true });
    await expect(removeSnapshot({ ...b.place(), name: firstName })).rejects.toMatchObject({ code: 'foreign' });
    await expect(listSnapshots(b.place())).resolves.toEqual([secondName]);
  });

  it('R6 kind: from before there were marks, in which both have snapshots, loses none of those of the other', async () => {
    const [a, b] = [new Computer(), new Computer()];
    for (const [computer, name] of [
      [a, firstName],
      [b, secondName],
    ] as const) {
      const old = snapshotOf(root, live, { name });
      await makeSnapshot(old);
      const { manifestSha256, place } = await verifySnapshot(old);
      computer.knows(name, place, manifestSha256);
    }
    await a.backUp(thirdName);
    await expect(listSnapshots(a.place())).resolves.toEqual([firstName, thirdName]);
    await expect(removeSnapshot({ ...a.place(), name: secondName })).rejects.toMatchObject({ code: 'foreign' });
    await removeSnapshot({ ...a.place(), name: firstName });
    expect(readdirSync(join(root, 'nightly'))).toEqual(expect.arrayContaining([secondName, thirdName]));
  });

  it('from before there were marks is claimed by whose log knows its snapshots, and by no one else', async () => {
    const [ours, other] = [new Computer(), new Computer()];
    const old = snapshotOf(root, live);
    await makeSnapshot(old);
    const { manifestSha256, place } = await verifySnapshot(old);
    ours.knows(firstName, place, manifestSha256);

    await expect(other.backUp(secondName)).resolves.toMatchObject({ linkedFiles: 0 });
    await expect(ours.backUp(secondName)).resolves.toMatchObject({ linkedFiles: 1 });
    await expect(listSnapshots(ours.place())).resolves.toEqual([firstName, secondName]);
    expect(markOf(join(root, 'nightly'))).toMatchObject({ origin: ours.ownership.origin });
  });

  it('that two computers shared before: the second restores from it what it had there', async () => {
    const [a, b] = [new Computer(), new Computer()];
    for (const [computer, name] of [
      [a, firstName],
      [b, secondName],
    ] as const) {
      const old = snapshotOf(root, live, { name });
      await makeSnapshot(old);
      const { manifestSha256, place } = await verifySnapshot(old);
      computer.knows(name, place, manifestSha256);
    }
    const [known] = b.owner().known;
    await checkPlace(a.place());
    await checkPlace({ ...b.place(), owner: b.owner({ newPlace: true }) });
    const to = join(scratch.path, 'restored');
    const wanted = { ...b.place(), name: secondName, to };
    await expect(restoreSnapshot({ ...wanted, manifestSha256: known?.manifestSha256 })).resolves.toMatchObject({
      files: 1,
    });
  });

  it('whose mark cannot be read is left alone, and the error says what to do', async () => {
    const computer = new Computer();
    await checkPlace(computer.place());
    writeFileSync(join(root, 'nightly', '.wardround.json'), '{');
    await expect(checkPlace(computer.place())).rejects.toMatchObject({
      code: 'unsafe',
      message: expect.stringContaining('restore the file from a copy, or remove it'),
    });
  });
});

const noMount = whyNoMount();
const title = noMount === null ? 'a place that is not there' : `a place that is not there (skipped: ${noMount})`;
(noMount === null ? describe : describe.skip)(title, () => {
  let disk = { path: '', unmount: (): void => undefined };
  beforeEach(() => {
    disk = mountTmpfs('size=1g');
    root = join(disk.path, 'wardround');
  });
  afterEach(() => disk.unmount());

  it('F2: is not made on the system disk; the copy fails and says what to do', async () => {
    const computer = new Computer();
    await computer.backUp(firstName);
    spawnSync('umount', [disk.path]);
    await expect(checkPlace(computer.place())).rejects.toMatchObject({
      code: 'not-the-place',
      message: `${root} is not the same place as before: this job has 1 snapshot there, the newest of ${firstName}, but its marker is missing now; until it is back, they cannot be restored. Is the drive or share connected? If it was replaced, confirm this once: wardround backup run nightly --new-place usb`,
    });
    await expect(makeSnapshot(computer.options(secondName))).rejects.toMatchObject({ code: 'not-the-place' });
    await expect(listSnapshots(computer.place())).resolves.toEqual([]);
    expect(readdirSync(disk.path)).toEqual([]);
  });

  it('F2 kind: is not taken for another disk at its path, until a person says so; then each of the two is good', async () => {
    const computer = new Computer();
    await computer.backUp(firstName);
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk.path]);
    try {
      await expect(checkPlace(computer.place())).rejects.toMatchObject({ code: 'not-the-place' });
      await checkPlace({ ...computer.place(), owner: computer.owner({ newPlace: true }) });
      await computer.backUp(secondName);
      await expect(listSnapshots(computer.place())).resolves.toEqual([secondName]);
    } finally {
      spawnSync('umount', [disk.path]);
    }
    await computer.backUp(thirdName);
    await expect(listSnapshots(computer.place())).resolves.toEqual([firstName, thirdName]);
  });

  it('F2 kind: is not taken for what an unmarked folder of someone else at its path holds', async () => {
    const computer = new Computer();
    await computer.backUp(firstName);
    spawnSync('umount', [disk.path]);
    const strange = snapshotOf(root, live, { name: secondName });
    await makeSnapshot(strange);
    await verifySnapshot(strange);
    await expect(checkPlace(computer.place())).rejects.toMatchObject({ code: 'not-the-place' });
    expect(existsSync(join(root, 'nightly', '.wardround.json'))).toBe(false);
  });

  it('H2: unmounted while it is written to, nothing gets a name, and nothing is left on the system disk', async () => {
    const computer = new Computer();
    await computer.backUp(firstName);
    makeLargeFile();
    await makeSnapshot(computer.options(secondName));
    const verifying = verifySnapshot({ ...computer.place(), name: secondName, onProgress: () => undefined });
    spawnSync('umount', ['-l', disk.path]);
    await expect(verifying).rejects.toMatchObject({ code: 'not-the-place' });
    expect(readdirSync(disk.path)).toEqual([]);
  });

  it('H2 kind: unmounted while a whole snapshot is verified again, the drive is named and not the snapshot', async () => {
    const computer = new Computer();
    makeLargeFile();
    await computer.backUp(firstName);
    const verifying = verifySnapshot({ ...computer.place(), name: firstName, onProgress: () => undefined });
    spawnSync('umount', ['-l', disk.path]);
    await expect(verifying).rejects.toMatchObject({ code: 'not-the-place' });
  });

  it('H2 kind: covered by another disk between the copy and its verification', async () => {
    const computer = new Computer();
    await computer.backUp(firstName);
    await makeSnapshot(computer.options(secondName));
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk.path]);
    try {
      const verifying = verifySnapshot({ ...computer.place(), name: secondName });
      await expect(verifying).rejects.toMatchObject({ code: 'not-the-place' });
    } finally {
      spawnSync('umount', [disk.path]);
    }
  });

  it('H2 kind: unmounted while files are copied to it: the copy fails at its end at the latest', async () => {
    const computer = new Computer();
    await computer.backUp(firstName);
    makeLargeFile();
    const making = makeSnapshot(computer.options(secondName)).then(
      () => 'good',
      (error: unknown) => (error instanceof FileEngineError ? error.code : 'internal'),
    );
    while (!existsSync(join(root, 'nightly', `${secondName}.partial`))) await pause(1);
    spawnSync('umount', ['-l', disk.path]);
    expect(['not-the-place', 'unwritable', 'unsafe']).toContain(await making);
    expect(readdirSync(disk.path)).toEqual([]);
  });
});

describe('a snapshot', () => {
  it('is of format version 2, says whose it is, and a copy carries the signature on', async () => {
    const computer = new Computer();
    const { place } = await computer.backUp(firstName);
    const second = { ...computer.place(join(scratch.path, 'second')), name: firstName };
    await checkPlace(second);
    await copySnapshot({ ...second, from: place });
    await verifySnapshot(second);
    const info = await readSnapshotInfo({ ...computer.place(), name: firstName });
    const copied = await readSnapshotInfo(second);
    expect(info).toMatchObject({
      version: 2,
      origin: { ...computer.ownership.origin, runId: 'run-1' },
      server: 'reception',
    });
    expect(copied).toEqual({ ...info, finishedAt: expect.any(String) });
  });

  it('S4: with other content and its checksums made again is not restored', async () => {
    const computer = new Computer();
    const { place } = await computer.backUp(firstName);
    const [known] = computer.owner().known;
    alter(place);
    const to = join(scratch.path, 'to');
    const wanted = { ...computer.place(), name: firstName, to };
    await expect(restoreSnapshot({ ...wanted, manifestSha256: known?.manifestSha256 })).rejects.toMatchObject({
      code: 'foreign',
      message: `${place} is not the snapshot that was verified under this name: it was altered or replaced`,
    });
    expect(existsSync(to)).toBe(false);
  });

  it('S4: of another job, or another day, put in its place, is not restored', async () => {
    const computer = new Computer();
    const { place } = await computer.backUp(firstName);
    const { place: other } = await computer.backUp(secondName);
    rmSync(place, { recursive: true });
    cpSync(other, place, { recursive: true, preserveTimestamps: true });
    const wanted = { ...computer.place(), name: firstName, to: join(scratch.path, 'to') };
    await expect(restoreSnapshot(wanted)).rejects.toMatchObject({ code: 'not-a-snapshot' });
  });

  it('S4 kind: that was altered is neither shared with nor removed, and the one before it is shared with', async () => {
    const computer = new Computer();
    await computer.backUp(firstName);
    const { place } = await computer.backUp(secondName);
    alter(place);
    await expect(removeSnapshot({ ...computer.place(), name: secondName })).rejects.toMatchObject({ code: 'foreign' });
    const { notices, linkedFiles, place: third } = await computer.backUp(thirdName);
    expect(notices).toContainEqual(expect.objectContaining({ level: 'warning', place }));
    expect({ linkedFiles, content: contentOf(third, 'same') }).toEqual({ linkedFiles: 1, content: 'same' });
  });

  it('S4 kind: that the log does not know counts if this installation has signed it, and not if a line of it was changed', async () => {
    const computer = new Computer();
    const { place } = await computer.backUp(firstName);
    computer.forget();
    await expect(listSnapshots(computer.place())).resolves.toEqual([firstName]);
    const wanted = { ...computer.place(), name: firstName };
    await expect(restoreSnapshot({ ...wanted, to: join(scratch.path, 'good') })).resolves.toMatchObject({ files: 1 });
    const info = join(place, 'snapshot.json');
    chmodSync(info, 0o600);
    writeFileSync(info, readFileSync(info, 'utf8').replace('"files": 1', '"files": 0'));
    await expect(listSnapshots(computer.place())).resolves.toEqual([]);
  });

  it('S4 kind: that was exchanged between its verification and its copy to a further place is not copied', async () => {
    const computer = new Computer();
    const { place } = await computer.backUp(firstName);
    const [known] = computer.owner().known;
    alter(place);
    const second = { ...computer.place(join(scratch.path, 'second')), name: firstName };
    await checkPlace(second);
    await expect(copySnapshot({ ...second, from: place, manifestSha256: known?.manifestSha256 })).rejects.toMatchObject(
      { code: 'foreign' },
    );
  });
});

/** Changes a file, and all that says what it should be, as who can write there can. */
function alter(place: string): void {
  const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
  const before = sha256('same');
  const file = join(place, 'files', 'records', 'same');
  rmSync(file);
  writeFileSync(file, 'SAME');
  utimesSync(file, longAgo, longAgo);
  const rewrite = (name: string, change: (text: string) => string): string => {
    const path = join(place, name);
    const text = change(readFileSync(path, 'utf8'));
    writeFileSync(path, text);
    return sha256(text);
  };
  const manifest = rewrite('manifest.jsonl', (text) => text.replaceAll(before, sha256('SAME')));
  const info = rewrite('snapshot.json', (text) => text.replace(/("manifestSha256": ")\w+/, `$1${manifest}`));
  rewrite('SHA256SUMS', (text) =>
    text
      .replaceAll(before, sha256('SAME'))
      .replace(/^\w+( {2}manifest)/m, `${manifest}$1`)
      .replace(/^\w+( {2}snapshot)/m, `${info}$1`),
  );
}
