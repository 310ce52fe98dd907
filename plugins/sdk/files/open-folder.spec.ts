import { spawnSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromText } from './bytes.js';
import { noFolder, scratchFolder } from './engine.fixture.js';
import { OpenFolder, usingFolder } from './open-folder.js';

const other = 4242;
const asRoot = process.getuid?.() === 0 ? it : it.skip;
const onLinux = process.platform === 'linux' ? it : it.skip;

describe('an open folder', () => {
  let scratch = noFolder;
  const at = (...names: string[]): string => join(scratch.path, ...names);
  const open = (...names: string[]): OpenFolder => OpenFolder.open(fromText(at(...names)));
  beforeEach(() => {
    scratch = scratchFolder();
    mkdirSync(at('here'));
    mkdirSync(at('outside'));
    writeFileSync(at('outside', 'secret'), 'secret');
  });
  afterEach(() => scratch.remove());

  it('is not opened if it is a link, and the error says so', () => {
    symlinkSync('outside', at('link'));
    expect(() => open('link')).toThrow(`${at('link')} is a symbolic link, and links are not followed`);
    usingFolder(open(), (folder) => {
      expect(() => folder.child('link')).toThrow(expect.objectContaining({ code: 'unsafe', place: at('link') }));
      expect(() => folder.descend('link/secret')).toThrow('is a symbolic link');
    });
  });

  onLinux('stays the folder that was opened, whatever takes its place (Linux)', () => {
    usingFolder(open('here'), (folder) => {
      renameSync(at('here'), at('moved'));
      symlinkSync('outside', at('here'));
      const fd = folder.createFile('new');
      writeSync(fd, 'ours');
      closeSync(fd);
      expect(folder.names()).toEqual(['new']);
      expect(readFileSync(at('moved', 'new'), 'utf8')).toBe('ours');
      expect(() => lstatSync(at('outside', 'new'))).toThrow('ENOENT');
    });
  });

  it('is opened by another thread only if it is still the same', () => {
    const { ref } = usingFolder(open('here'), (folder) => folder);
    usingFolder(OpenFolder.again(ref), (folder) => expect(folder.identity).toBe(ref.identity));
    renameSync(at('here'), at('moved'));
    mkdirSync(at('here'));
    expect(() => OpenFolder.again(ref)).toThrow('was replaced by another folder');
  });

  it('makes folders and files for the owner only, and never over what is there', () => {
    symlinkSync(at('outside'), at('here', 'planted'));
    symlinkSync(at('outside', 'new'), at('here', 'dangling'));
    usingFolder(open('here'), (folder) => {
      folder.makeChild('child').close();
      closeSync(folder.createFile('file'));
      expect(lstatSync(at('here', 'child')).mode & 0o777).toBe(0o700);
      expect(lstatSync(at('here', 'file')).mode & 0o777).toBe(0o600);
      for (const name of ['planted', 'dangling', 'child']) {
        expect(() => folder.makeChild(name)).toThrow('EEXIST');
        expect(() => folder.createFile(name)).toThrow('EEXIST');
      }
      expect(() => folder.openFile('planted')).toThrow('ELOOP');
    });
  });

  it('does not wait for a FIFO, and takes no path for a name', () => {
    spawnSync('mkfifo', [at('here', 'pipe')]);
    usingFolder(open('here'), (folder) => {
      closeSync(folder.openFile('pipe'));
      for (const name of ['', '.', '..', 'a/b', '../outside']) {
        expect(() => folder.lstat(name)).toThrow('is not a file name');
      }
    });
  });

  it('is of no use after it was closed', () => {
    const folder = open('here');
    folder.close();
    folder.close();
    expect(() => folder.names()).toThrow('is used after it was closed');
  });

  asRoot("knows its owner from someone else's (needs root)", () => {
    chownSync(at('here'), other, other);
    usingFolder(open('here'), (folder) => expect(folder.belongsToUs()).toBe(false));
    usingFolder(open('outside'), (folder) => expect(folder.belongsToUs()).toBe(true));
  });
});
