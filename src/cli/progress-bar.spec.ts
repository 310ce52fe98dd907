import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { progressBar, rateOf, withMeasured, type Measured } from './progress-bar.js';

const half = { percent: 50, step: 'local-copy', files: 1234, bytes: 1_200_000_000, bytesPerSecond: 85_000_000 };

describe('the progress bar', () => {
  it('shows percent, step, files, bytes and rate', () => {
    expect(progressBar(half, 120)).toBe('████████████░░░░░░░░░░░░  50 %  local-copy  1,234 files  1.2 GB  85 MB/s');
  });

  it('leaves out what has no room, from the end', () => {
    expect(progressBar(half, 60)).toBe('████████████░░░░░░░░░░░░  50 %  local-copy  1,234 files');
    expect(progressBar(half, 35)).toBe('████████████░░░░░░░░░░░░  50 %');
  });

  it('says that it gets ready before the first step, and no rate before one is known', () => {
    const begun = { percent: 0, step: '', files: 0, bytes: 0, bytesPerSecond: null };
    expect(progressBar(begun, 120)).toBe('░░░░░░░░░░░░░░░░░░░░░░░░   0 %  getting ready  0 files  0 B');
  });

  it('never takes the whole width, so that no terminal breaks the line', () => {
    const percent = fc.double({ min: -10, max: 110, noNaN: true });
    fc.assert(
      fc.property(percent, fc.integer({ min: 11, max: 200 }), fc.string({ maxLength: 30 }), (value, columns, step) => {
        expect([...progressBar({ ...half, percent: value, step }, columns)].length).toBeLessThan(columns);
      }),
    );
  });
});

describe('the rate', () => {
  const measured = (all: readonly Measured[]) => all.reduce<readonly Measured[]>(withMeasured, []);

  it('is that of the last seconds', () => {
    const slowThenFast = Array.from({ length: 11 }, (_, second) => ({
      step: 'copy',
      at: second * 1000,
      bytes: second <= 5 ? second : 5 + (second - 5) * 1000,
    }));
    expect(rateOf(measured(slowThenFast))).toBe(1000);
  });

  it('begins again with each step, and when the count falls', () => {
    const first = { step: 'copy', at: 0, bytes: 5000 };
    expect(rateOf(measured([first, { step: 'verify', at: 1000, bytes: 6000 }]))).toBeNull();
    expect(
      rateOf(measured([first, { step: 'copy', at: 1000, bytes: 10 }, { step: 'copy', at: 2000, bytes: 20 }])),
    ).toBe(10);
  });
});
