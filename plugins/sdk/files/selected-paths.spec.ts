import { describe, expect, it } from '@jest/globals';
import { fromText } from './bytes.js';
import { selectPaths } from './selected-paths.js';

const file = (path: string) => ({ path: fromText(path), type: 'file' as const });
const folder = (path: string) => ({ path: fromText(path), type: 'directory' as const });

describe('the paths that are restored', () => {
  it('are a file, or a folder with all that it holds, with the folders above them', () => {
    const selection = selectPaths(['records/ä/', 'list']);
    expect([folder('records'), folder('records/ä'), file('records/ä/x'), file('list')].every(selection.has)).toBe(true);
    expect([file('records/b'), folder('records-old'), file('records/ä-x'), file('lists')].some(selection.has)).toBe(
      false,
    );
    expect(selection.unmatched()).toEqual([]);
  });

  it('that nothing is at are named as they were stated', () => {
    const selection = selectPaths(['records/none', 'list']);
    selection.has(folder('records'));
    selection.has(file('list'));
    expect(selection.unmatched()).toEqual(['records/none']);
  });

  it.each(['', '/etc', '../x', 'a/../b', 'a//b'])('refuses "%s", which is none within a snapshot', (path) => {
    expect(() => selectPaths([path])).toThrow('is no path within a snapshot');
  });
});
