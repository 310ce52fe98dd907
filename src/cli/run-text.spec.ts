import { describe, expect, it } from '@jest/globals';
import type { Run } from './answers.js';
import { outcomeLines } from './run-text.js';
import { noColour } from './style.js';

const run: Run = {
  ...{ site: 'main', server: 'reception', runId: '1', job: 'records', outcome: 'succeeded', clockWrong: false },
  ...{ startedAt: '2026-11-22T02:00:00Z', completedAt: '2026-11-22T02:01:00Z', percent: 100, step: '' },
  ...{
    suspicions: [],
    error: null,
    copies: [],
    files: 1200,
    bytes: 3_400_000,
    totalFiles: 1200,
    totalBytes: 3_400_000,
  },
};

describe('what became of a run', () => {
  it.each<[string, Partial<Run>, string]>([
    ['with what it took', {}, '✓ ok  records: 1,200 files, 3.4 MB in 1 min'],
    [
      'F6 kind: without, where its clock ran ahead',
      { clockWrong: true, completedAt: '2028-11-21T02:01:00Z' },
      '✓ ok  records: 1,200 files, 3.4 MB',
    ],
    [
      'F6 kind: without, where the clock was put back meanwhile',
      { completedAt: '2026-11-22T01:00:00Z' },
      '✓ ok  records: 1,200 files, 3.4 MB',
    ],
    [
      'F6 kind: without, where one that failed ended before it began',
      { outcome: 'failed', completedAt: '2024-11-22T01:00:00Z' },
      '✗ failed  records',
    ],
    ['without, while it is in hand', { outcome: 'failed', completedAt: null }, '✗ failed  records'],
  ])('is said %s', (_what, about, line) => {
    expect(outcomeLines({ ...run, ...about }, noColour)).toEqual([line]);
  });
});
