import { chmodSync, lchownSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SmallDisk, whyNoSmallDisk } from '../../../test/fixtures/small-disk.js';
import { fromText } from './bytes.js';
import { noFolder, scratchFolder } from './engine.fixture.js';
import { OpenFolder, usingFolder } from './open-folder.js';
import { reachFolder, reachOrMakeFolder } from './reach-folder.js';

const reason = whyNoSmallDisk();
if (reason !== null) process.stderr.write(`skipped: folders on a disk that can only be read: ${reason}\n`);

const other = 4242;
const asRoot = process.getuid?.() === 0 ? it : it.skip;

describe('a folder that is reached by the path that a person gave', () => {
  let scratch = noFolder;
  const at = (...names: string[]): string => join(scratch.path, ...names);
  beforeEach(() => {
    scratch = scratchFolder();
    mkdirSync(at('here'));
    mkdirSync(at('outside'));
  });
  afterEach(() => scratch.remove());

  it('may be behind our own links, and is known by that path', () => {
    mkdirSync(at('here', 'deep'));
    symlinkSync('here/../here', at('relative'));
    symlinkSync(at('relative'), at('absolute'));
    usingFolder(reachFolder(at('absolute', 'deep')), (folder) => {
      expect(folder.path).toBe(fromText(at('absolute', 'deep')));
      usingFolder(OpenFolder.open(fromText(at('here', 'deep'))), ({ identity }) =>
        expect(folder.identity).toBe(identity),
      );
    });
  });

  it('is made for the owner only, with what is missing above it', () => {
    reachOrMakeFolder(at('new', 'deep')).close();
    expect(lstatSync(at('new')).mode & 0o777).toBe(0o700);
    expect(lstatSync(at('new', 'deep')).mode & 0o777).toBe(0o700);
    expect(() => reachFolder(at('missing', 'deep'))).toThrow('ENOENT');
  });

  it('is not followed round in a circle', () => {
    symlinkSync(at('round'), at('round'));
    expect(() => reachFolder(at('round'))).toThrow('is a loop of symbolic links');
  });

  asRoot("is refused where a part of it is someone else's link (needs root)", () => {
    symlinkSync(at('outside'), at('here', 'theirs'));
    lchownSync(at('here', 'theirs'), other, other);
    expect(() => reachOrMakeFolder(at('here', 'theirs', 'new'))).toThrow(
      `${at('here', 'theirs')} is a symbolic link of user ${other}, and is not followed`,
    );
    expect(() => lstatSync(at('outside', 'new'))).toThrow('ENOENT');
  });

  asRoot('is refused where others could have moved our link to (needs root)', () => {
    symlinkSync(at('outside'), at('here', 'moved'));
    chmodSync(at('here'), 0o777);
    expect(() => reachFolder(at('here', 'moved'))).toThrow('in a folder that others can write to');
    chmodSync(at('here'), 0o1777);
    reachFolder(at('here', 'moved')).close();
  });

  it('is not made where a file is in its way', () => {
    writeFileSync(at('file'), '');
    expect(() => reachOrMakeFolder(at('file'))).toThrow('ENOTDIR');
    expect(() => reachOrMakeFolder(at('file', 'below'))).toThrow(/ENOTDIR|ENOENT/);
  });

  (reason === null ? it : it.skip)('is not made on a disk that can only be read, which is what the error says', () => {
    const disk = SmallDisk.mount(1);
    disk.readOnly();
    expect(() => reachOrMakeFolder(join(disk.folder, 'a', 'b'))).toThrow('EROFS');
  });
});
