import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderLock, readProcessFile } from './folder-lock.adapter.js';

describe('the lock of a data folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wardround-lock-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is held by one at a time, names its holder, and is free again afterwards', () => {
    const first = FolderLock.take(folder);
    first.announce('http://127.0.0.1:8321', '2026-11-22T02:00:00.000Z');
    expect(() => FolderLock.take(folder)).toThrow(`by process ${process.pid}, whose board is at http://127.0.0.1:8321`);
    expect(readProcessFile(folder)).toMatchObject({ pid: process.pid, token: first.token });
    if (process.platform !== 'win32') expect(statSync(join(folder, 'process.json')).mode & 0o777).toBe(0o600);
    first.release();
    expect(readProcessFile(folder)).toBeNull();
    FolderLock.take(folder).release();
  });
});
