import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { withinBudget } from './line-budget.js';

interface Line {
  readonly number: number;
  readonly important: boolean;
}
const size = () => 10;
const isImportant = (line: Line) => line.important;
const lines = (count: number, important: readonly number[] = []): Line[] =>
  Array.from({ length: count }, (_, index) => ({ number: index, important: important.includes(index) }));

describe('a protocol with a budget', () => {
  it('is whole if there is room', () => {
    const all = lines(500);
    expect(withinBudget(all, 5000, size, isImportant)).toEqual(all.map((line) => ({ kind: 'line', line })));
  });

  it('keeps its end, then what matters, then its beginning, and says how much is missing', () => {
    const kept = withinBudget(lines(1000, [500]), 1050, size, isImportant);
    expect(kept.filter(({ kind }) => kind === 'gap')).toEqual([
      { kind: 'gap', lines: 496 },
      { kind: 'gap', lines: 399 },
    ]);
    const numbers = kept.flatMap((entry) => (entry.kind === 'line' ? [entry.line.number] : []));
    expect(numbers.slice(0, 5)).toEqual([0, 1, 2, 3, 500]);
    expect(numbers.slice(5)).toEqual(Array.from({ length: 100 }, (_, index) => 900 + index));
  });

  it('never loses count of a line, and never exceeds the budget', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 400 }), fc.integer({ min: 0, max: 5000 }), (flags, budget) => {
        const all = flags.map((important, number) => ({ number, important }));
        const kept = withinBudget(all, budget, size, isImportant);
        const shown = kept.filter(({ kind }) => kind === 'line').length;
        const missing = kept.reduce((sum, entry) => sum + (entry.kind === 'gap' ? entry.lines : 0), 0);
        return shown + missing === all.length && shown * 10 <= budget;
      }),
    );
  });
});
