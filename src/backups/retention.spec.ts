import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { outlived } from './retention.js';

const day = 86_400_000;
const now = Date.parse('2026-11-22T02:00:00Z');
const aged = (...days: number[]) => days.map((age) => ({ name: `${age} days old`, takenAt: now - age * day }));

describe('what is no longer kept', () => {
  it.each([
    [aged(0, 1, 2), { days: 30, atLeast: 3 }, []],
    [aged(0, 1, 31), { days: 30, atLeast: 1 }, ['31 days old']],
    [aged(40, 0, 35, 31), { days: 30, atLeast: 2 }, ['40 days old', '35 days old']],
    [aged(100, 200, 300), { days: 30, atLeast: 3 }, []],
    [aged(30), { days: 30, atLeast: 1 }, []],
  ])('of %j with %j is %j', (snapshots, keep, names) => {
    expect(outlived(snapshots, keep, now).map(({ name }) => name)).toEqual(names);
  });

  it('is never the newest, never a young one, and never one too many', () => {
    const snapshots = fc.array(
      fc.record({ name: fc.string(), takenAt: fc.integer({ min: now - 400 * day, max: now + day }) }),
    );
    const keep = fc.record({ days: fc.integer({ min: 1, max: 100 }), atLeast: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(snapshots, keep, (all, kept) => {
        const gone = outlived(all, kept, now);
        const left = all.filter((snapshot) => !gone.includes(snapshot));
        expect(gone.every(({ takenAt }) => now - takenAt > kept.days * day)).toBe(true);
        expect(left.length).toBeGreaterThanOrEqual(Math.min(all.length, kept.atLeast));
        const newestGone = Math.max(...gone.map(({ takenAt }) => takenAt));
        expect(left.filter(({ takenAt }) => takenAt >= newestGone).length).toBeGreaterThanOrEqual(
          Math.min(all.length, gone.length > 0 ? kept.atLeast : 0),
        );
      }),
    );
  });
});
