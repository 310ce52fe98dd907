import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backupJobDefinitionSchema } from './job.js';
import { percentAt, stepsOf } from './run-steps.js';

const job = backupJobDefinitionSchema.parse({
  name: 'records',
  sources: [{ name: 'files', plugin: 'folder' }],
  copies: [{ name: 'second' }, { name: 'third' }],
});

describe('the steps of a run', () => {
  const steps = stepsOf(job);

  it('are those of the job, each copy followed by its verification', () => {
    expect(steps.map(({ name }) => name)).toEqual([
      'prepare',
      ...['copy local-copy', 'verify local-copy', 'copy second', 'verify second', 'copy third', 'verify third'],
      'tidy up',
    ]);
  });

  it('take the bar from 0 to 100, and never back', () => {
    expect(percentAt(steps, 'prepare', 0)).toBe(0);
    expect(percentAt(steps, 'tidy up', 1)).toBe(100);
    const place = fc.tuple(fc.nat({ max: steps.length - 1 }), fc.double({ min: 0, max: 1, noNaN: true }));
    const percent = ([step, part]: [number, number]) => percentAt(steps, steps[step]?.name ?? '', part);
    fc.assert(
      fc.property(place, place, (one, other) => {
        const [earlier, later] = [one, other].sort(([a, x], [b, y]) => a - b || x - y);
        if (earlier && later) expect(percent(earlier)).toBeLessThanOrEqual(percent(later));
      }),
    );
  });

  it('keep within a step what is counted beyond its end, as when a file grows', () => {
    expect(percentAt(steps, 'copy second', 3)).toBe(percentAt(steps, 'copy second', 1));
    expect(percentAt(steps, 'copy second', -1)).toBe(percentAt(steps, 'copy second', 0));
  });
});
