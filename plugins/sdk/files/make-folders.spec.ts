import { describe, expect, it } from '@jest/globals';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SmallDisk, whyNoSmallDisk } from '../../../test/fixtures/small-disk.js';
import { tempFolder } from '../../../test/fixtures/temp-folder.js';
import { makeFolders } from './make-folders.js';

const reason = whyNoSmallDisk();
if (reason !== null) process.stderr.write(`skipped: folders on a disk that can only be read: ${reason}\n`);

describe('folders are made', () => {
  it('with those above them, for the owner only, and stay as they are if they are there', () => {
    const folder = join(tempFolder(), 'a', 'b', 'c');
    makeFolders(folder);
    makeFolders(folder);
    expect(statSync(folder).isDirectory()).toBe(true);
    if (process.platform !== 'win32') expect(statSync(join(folder, '..')).mode & 0o777).toBe(0o700);
  });

  it('not where a file stands in their way', () => {
    const file = join(tempFolder(), 'file');
    writeFileSync(file, '');
    expect(() => makeFolders(file)).toThrow('EEXIST');
    expect(() => makeFolders(join(file, 'below'))).toThrow(/ENOTDIR|ENOENT/);
  });

  (reason === null ? it : it.skip)('not on a disk that can only be read, which is what the error says', () => {
    const disk = SmallDisk.mount(1);
    disk.readOnly();
    expect(() => makeFolders(join(disk.folder, 'a', 'b'))).toThrow('EROFS');
  });
});
