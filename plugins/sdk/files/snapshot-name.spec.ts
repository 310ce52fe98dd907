import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatSnapshotName, isPartialName, parseSnapshotName, wholeSnapshots } from './snapshot-name.js';

describe("a snapshot's name", () => {
  it('is its second in UTC', () => {
    const instant = Date.parse('2026-11-22T02:00:00.999Z');
    expect(formatSnapshotName(instant)).toBe('2026-11-22T02-00-00Z');
    expect(parseSnapshotName('2026-11-22T02-00-00Z')).toBe(instant - 999);
  });

  it('gives its second back', () => {
    const seconds = fc.integer({ min: 0, max: 253_402_300_799 });
    fc.assert(
      fc.property(seconds, (second) => {
        expect(parseSnapshotName(formatSnapshotName(second * 1000))).toBe(second * 1000);
      }),
    );
  });

  it('sorts by time', () => {
    const instant = fc.integer({ min: 0, max: 253_402_300_799_000 });
    fc.assert(
      fc.property(fc.array(instant), (instants) => {
        const sorted = [...instants].sort((a, b) => a - b).map(formatSnapshotName);
        expect(wholeSnapshots(instants.map(formatSnapshotName))).toEqual(sorted);
      }),
    );
  });

  it.each([
    '2026-02-30T02-00-00Z',
    '2026-11-22T25-00-00Z',
    '2026-11-22T02:00:00Z',
    '2026-11-22T02-00-00Z.partial',
    '../2026-11-22T02-00-00Z',
    '',
  ])('is not %j', (name) => {
    expect(parseSnapshotName(name)).toBeNull();
  });

  it('tells whole ones from what a killed run has left, and from what is not ours', () => {
    expect(isPartialName('2026-11-22T02-00-00Z.partial')).toBe(true);
    expect(isPartialName('2026-11-22T02-00-00Z')).toBe(false);
    expect(isPartialName('letter.partial')).toBe(false);
    expect(wholeSnapshots(['lost+found', '2026-11-22T02-00-00Z.partial', '2026-11-22T02-00-00Z'])).toEqual([
      '2026-11-22T02-00-00Z',
    ]);
  });
});
