import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { outlived, type AgedSnapshot } from './retention.js';

const day = 86_400_000;
const now = Date.parse('2026-11-22T02:00:00Z');
const never = Number.POSITIVE_INFINITY;
const aged = (...days: number[]) => days.map((age) => ({ name: `${age} days old`, takenAt: now - age * day }));
const doubted = (...days: number[]) => aged(...days).map((snapshot) => ({ ...snapshot, doubtful: true }));

describe('what is no longer kept', () => {
  it.each([
    [aged(0, 1, 2), { days: 30, atLeast: 3 }, []],
    [aged(0, 1, 31), { days: 30, atLeast: 1 }, ['31 days old']],
    [aged(40, 0, 35, 31), { days: 30, atLeast: 2 }, ['40 days old', '35 days old']],
    [aged(100, 200, 300), { days: 30, atLeast: 3 }, []],
    [aged(30), { days: 30, atLeast: 1 }, []],
  ])('of %j with %j is %j', (snapshots, keep, names) => {
    expect(outlived(snapshots, keep, now, never).map(({ name }) => name)).toEqual(names);
  });

  it('F4 kind: a suspicious snapshot stands in for no good one', () => {
    const keep = { days: 3, atLeast: 2 };
    const snapshots = [...aged(40, 39, 38), ...doubted(3, 2, 1, 0)];
    expect(outlived(snapshots, keep, now, never).map(({ name }) => name)).toEqual(['40 days old']);
    // Once it is old enough it goes like any other.
    expect(outlived([...doubted(9), ...aged(1, 0)], keep, now, never).map(({ name }) => name)).toEqual(['9 days old']);
  });

  it('F4 kind: where all are suspicious, nothing is removed', () => {
    expect(outlived(doubted(90, 60, 30), { days: 1, atLeast: 1 }, now, never)).toEqual([]);
  });

  it('F7: a leap of the clock makes six daily snapshots no older than one night more', () => {
    const daily = Array.from({ length: 30 }, (_, index) => ({ name: `${index}`, takenAt: now - (29 - index) * day }));
    const leapt = now + 730 * day;
    const all = [...daily, { name: 'leapt', takenAt: leapt }];
    // As after any night: the one that is thirty days old.
    expect(outlived(all, { days: 30, atLeast: 3 }, leapt, 1.25 * day).map(({ name }) => name)).toEqual(['0']);
    expect(outlived(daily.slice(-6), { days: 30, atLeast: 3 }, leapt, 1.25 * day)).toEqual([]);
  });

  it('F7 kind: what is dated in the future is neither removed nor counted among the newest', () => {
    const future = [60, 400, 800].map((days) => ({ name: `in ${days} days`, takenAt: now + days * day }));
    const all = [...aged(9, 8, 7), ...future];
    expect(outlived(all, { days: 1, atLeast: 3 }, now, never)).toEqual([]);
    expect(outlived(all, { days: 1, atLeast: 2 }, now, never).map(({ name }) => name)).toEqual(['9 days old']);
  });

  const instants = fc.integer({ min: now - 4000 * day, max: now + 4000 * day });
  const histories = fc.array(fc.record({ name: fc.string(), takenAt: instants, doubtful: fc.boolean() }));
  const keeps = fc.record({ days: fc.integer({ min: 1, max: 100 }), atLeast: fc.integer({ min: 1, max: 20 }) });
  const gaps = fc.integer({ min: day / 24, max: 40 * day });

  it('H4 kind: for all histories and clocks, is never young, never one of the newest good ones, never from the future', () => {
    fc.assert(
      fc.property(histories, keeps, gaps, instants, (all, kept, usualMs, clock) => {
        const gone = new Set<AgedSnapshot>(outlived(all, kept, clock, usualMs));
        const past = all.filter(({ takenAt }) => takenAt <= clock + 5 * 60_000);
        const good = past.filter(({ doubtful }) => !doubtful).sort((a, b) => b.takenAt - a.takenAt);
        for (const snapshot of gone) {
          expect(clock - snapshot.takenAt).toBeGreaterThan(kept.days * day);
          expect(past).toContain(snapshot);
        }
        const left = good.filter((snapshot) => !gone.has(snapshot));
        expect(left.length).toBeGreaterThanOrEqual(Math.min(good.length, kept.atLeast));
        const newest = good.slice(0, kept.atLeast).map(({ takenAt }) => takenAt);
        expect(left.slice(0, kept.atLeast).map(({ takenAt }) => takenAt)).toEqual(newest);
        if (good.length === 0) expect(gone.size).toBe(0);
      }),
    );
  });

  it('H4: wherever the clock leaps to, no more is removed than one usual night later', () => {
    const leaps = fc.integer({ min: 0, max: 4000 * day });
    fc.assert(
      fc.property(histories, keeps, gaps, leaps, (all, kept, usualMs, leap) => {
        const past = all.filter(({ takenAt }) => takenAt <= now);
        const namesGone = (clock: number) => new Set<AgedSnapshot>(outlived(past, kept, clock, usualMs));
        const newest = Math.max(...past.map(({ takenAt }) => takenAt));
        const aNightLater = namesGone(newest + usualMs);
        for (const snapshot of namesGone(newest + leap)) expect(aNightLater.has(snapshot)).toBe(true);
      }),
    );
  });
});
