import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FoldersAbove } from './path-order.js';

/** Paths below each other, with names that sort before and behind a slash. */
const paths = fc
  .array(fc.array(fc.constantFrom('a', 'a-b', 'a.b', 'a0', 'b'), { minLength: 1, maxLength: 4 }), { maxLength: 30 })
  .map((lists) => {
    const all = lists.flatMap((names) => names.map((_, index) => names.slice(0, index + 1).join('/')));
    return [...new Set(all)].sort();
  });

describe('folders above paths in the order of their bytes', () => {
  it('are found for each path, and left once, after all that they hold and after those in them', () => {
    fc.assert(
      fc.property(paths, (sorted) => {
        const left: string[] = [];
        const above = new FoldersAbove<string>((folder) => left.push(folder));
        for (const path of sorted) {
          const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : undefined;
          expect(above.advance(path)).toBe(parent);
          expect(left.filter((folder) => path.startsWith(`${folder}/`))).toEqual([]);
          above.enter(path, path);
        }
        above.end();
        expect([...left].sort()).toEqual(sorted);
        for (const [index, folder] of left.entries()) {
          expect(left.slice(0, index).filter((before) => folder.startsWith(`${before}/`))).toEqual([]);
        }
      }),
    );
  });
});
