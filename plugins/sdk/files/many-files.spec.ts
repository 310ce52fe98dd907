import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { noFolder, scratchFolder } from './engine.fixture.js';

jest.setTimeout(600_000);

const files = 40_000;
const filesOfFolder = 1000;
/** In MiB. What was held of each file, before manifests were streams, filled it. */
const heapMb = 40;

let scratch = noFolder;
beforeEach(() => {
  scratch = scratchFolder();
});
afterEach(() => scratch.remove());

describe('a source of many files', () => {
  it('is backed up, copied, read back, restored and removed with no more memory than a source of few', () => {
    const live = join(scratch.path, 'live');
    const work = join(scratch.path, 'work');
    mkdirSync(work);
    for (let index = 0; index < files; index++) {
      const folder = join(live, `folder-${Math.floor(index / filesOfFolder)}`);
      if (index % filesOfFolder === 0) mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `file-${index}`), '');
    }
    const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
    const child = join(root, 'test/fixtures/many-files.child.mjs');
    const ended = spawnSync(process.execPath, [`--max-old-space-size=${heapMb}`, child, live, work], {
      encoding: 'utf8',
    });
    expect(ended.stderr).toBe('');
    expect(ended.stdout).toBe(String(files));
  });
});
