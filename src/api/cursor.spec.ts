import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { cursorScope, decodeCursor, encodeCursor } from './cursor.js';

const key = z.object({ time: z.string(), id: z.string() });
const scope = cursorScope('listRuns', { job: 'records' });
const sample = { time: '2026-11-22T02:00:00.000Z', id: 'run-1' };

describe('a cursor', () => {
  it('gives back the key it was made of, whatever that is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), (time, id) => {
        const cursor = encodeCursor(scope, { time, id });
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeCursor(scope, cursor, key)).toEqual({ time, id });
      }),
    );
  });

  it('is the same in every process', () => {
    expect(encodeCursor(scope, sample)).toBe(encodeCursor(scope, { ...sample }));
  });

  it.each([
    ['made up', 'bm9uc2Vuc2U'],
    ['no base64', '%%%'],
    ['of another list', encodeCursor(cursorScope('listAlarms', { job: 'records' }), sample)],
    ['of other filters', encodeCursor(cursorScope('listRuns', { job: 'images' }), sample)],
    ['of no filters', encodeCursor(cursorScope('listRuns', {}), sample)],
    ['of another kind of key', encodeCursor(scope, [[0, 12]])],
    ['padded', `${encodeCursor(scope, sample)}=`],
    ['with a key that somebody wrote', Buffer.from(JSON.stringify(['00000000', sample])).toString('base64url')],
  ])('that is %s is refused, saying so', (_how, cursor) => {
    expect(() => decodeCursor(scope, cursor, key)).toThrow('invalid cursor');
  });

  it('is refused when any one character of it was altered', () => {
    const cursor = encodeCursor(scope, sample);
    for (let index = 0; index < cursor.length; index++) {
      const other = cursor[index] === 'A' ? 'B' : 'A';
      const altered = cursor.slice(0, index) + other + cursor.slice(index + 1);
      expect(() => decodeCursor(scope, altered, key)).toThrow('invalid cursor');
    }
  });

  it('takes filters in any order, and those not given for absent', () => {
    expect(cursorScope('listRuns', { outcome: undefined, job: 'records' })).toBe(scope);
    expect(cursorScope('a', { x: 1, y: 2 })).toBe(cursorScope('a', { y: 2, x: 1 }));
  });
});
