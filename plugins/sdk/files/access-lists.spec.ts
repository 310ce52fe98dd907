import { spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { askLs, findAccessLists, modeWithoutList, parseLists } from './access-lists.js';
import { fromText } from './bytes.js';
import { firstName, noFolder, scratchFolder, secondName, snapshotOf, wholeSnapshot } from './engine.fixture.js';
import { restoreSnapshot } from './engine.js';

const reason = whyNoLists();
if (reason !== null) process.stderr.write(`skipped: files with access lists: ${reason}\n`);

function whyNoLists(): string | null {
  if (process.platform !== 'linux') return 'only tried on Linux';
  const { path, remove } = scratchFolder();
  const tried = spawnSync('setfacl', ['-m', 'u:1000:r', path]);
  remove();
  return tried.status === 0 ? null : 'setfacl (package acl) is missing, or this file system keeps no access lists';
}

let scratch = noFolder;
const at = (...names: string[]): string => join(scratch.path, ...names);
beforeEach(() => {
  scratch = scratchFolder();
  mkdirSync(at('live'));
});
afterEach(() => scratch.remove());

function listed(name: string, mode: number, ...entries: string[]): string {
  const path = at('live', name);
  writeFileSync(path, name);
  chmodSync(path, mode);
  expect(spawnSync('setfacl', ['-m', entries.join(','), path]).status).toBe(0);
  return path;
}

const modeOf = (...names: string[]): number => lstatSync(at(...names)).mode & 0o7777;

(reason === null ? describe : describe.skip)('a file with an access list (needs setfacl)', () => {
  it("F18: gives the group no more than the group's own entry, in the snapshot and restored, and one warning says so", async () => {
    listed('f', 0o600, 'u:1000:rw');
    listed('second', 0o600, 'u:1000:rw');
    expect(modeOf('live', 'f')).toBe(0o660);
    const options = snapshotOf(at('backups'), at('live'));
    const made = await wholeSnapshot(options);
    expect(made.warnings).toBe(1);
    expect(options.notices.map(({ text }) => text)).toEqual([
      expect.stringContaining('2 access control lists are not kept'),
    ]);
    expect(modeOf('backups', 'nightly', firstName, 'files', 'records', 'f')).toBe(0o600);
    await restoreSnapshot({ root: at('backups'), job: 'nightly', name: firstName, to: at('to') });
    expect(modeOf('to', 'records', 'f')).toBe(0o600);
  });

  it('F18 kind: is unchanged for the next snapshot', async () => {
    const path = listed('f', 0o640, 'u:1000:rw');
    spawnSync('touch', ['-d', '2001-09-09', path]);
    await wholeSnapshot(snapshotOf(at('backups'), at('live')));
    const made = await wholeSnapshot(snapshotOf(at('backups'), at('live'), { name: secondName }));
    expect(made).toMatchObject({ files: 1, linkedFiles: 1 });
  });

  it('F18 kind: who was kept out by name does not come in as one of all others', async () => {
    const path = listed('deny', 0o644, 'u:1000:---', 'g:1000:---');
    await expect(modeWithoutList(path, 0o644)).resolves.toBe(0o600);
  });

  it('F18 kind: folders, and names of every kind, are looked at too', async () => {
    const names = ['a b', 'back\\slash', 'new\nline', 'ä=x', '# file: x'];
    const items = names.map((name) => ({ path: fromText(listed(name, 0o600, 'u:1000:rw')), mode: 0o660 }));
    mkdirSync(at('live', 'folder'), { mode: 0o700 });
    spawnSync('setfacl', ['-m', 'u:1000:rwx', at('live', 'folder')]);
    const found = await findAccessLists([...items, { path: fromText(at('live', 'folder')), mode: 0o770 }]);
    expect(found.size).toBe(6);
    for (const bits of found.values()) expect(bits & 0o070).toBe(0);
  });

  it('F18 kind: where getfacl is missing, it is seen by ls', () => {
    const path = fromText(listed('f', 0o600, 'u:1000:rw'));
    writeFileSync(at('live', 'plain'), '');
    chmodSync(at('live', 'plain'), 0o660);
    const plain = fromText(at('live', 'plain'));
    const items = [path, plain].map((each) => ({ path: each, mode: 0o660 }));
    expect([...askLs(items)]).toEqual([[path, 0o7707]]);
  });
});

describe('what getfacl says', () => {
  it("is taken as the group's own rights within the mask", () => {
    const text = '# file: /a\\040b\\\\c\n# owner: 0\nuser::rwx\nuser:1000:rwx\ngroup::r-x\nmask::rw-\nother::---\n\n';
    expect([...parseLists(text)]).toEqual([['/a b\\c', 0o7700 | 0o40 | 0o6]]);
  });
});
