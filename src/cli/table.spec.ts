import { describe, expect, it } from '@jest/globals';
import { colour } from './style.js';
import { tableLines } from './table.js';

describe('a table', () => {
  it('aligns its columns, numbers to the right, and ends no line in spaces', () => {
    const rows = [
      ['JOB', 'FILES', 'AT'],
      ['records', '12', 'second'],
      ['a', '20,000', ''],
    ];
    expect(tableLines(rows, [1])).toEqual(['JOB       FILES  AT', 'records      12  second', 'a        20,000']);
  });

  it('counts characters, not bytes, and no colours', () => {
    expect(
      tableLines([
        [colour('red', 'ä'), '1'],
        ['bb', '2'],
      ]),
    ).toEqual([`${colour('red', 'ä')}   1`, 'bb  2']);
  });

  it('of no rows is empty', () => {
    expect(tableLines([])).toEqual([]);
  });
});
