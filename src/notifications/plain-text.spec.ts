import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cutText, oneLine, subjectLine } from './plain-text.js';

describe('text from outside', () => {
  it('stays one line, and shows where it was several', () => {
    expect(oneLine('copied\r\n02:00:01  done  all is well\tnow')).toBe('copied ⏎ 02:00:01  done  all is well now');
  });

  it('cannot turn the direction of what follows, or move a cursor', () => {
    expect(oneLine('invoice\u202efdp.exe \u001b[2J')).toBe('invoice\ufffdfdp.exe \ufffd[2J');
  });

  it('is cut with a sign of it', () => {
    expect(oneLine('abcdef', 3)).toBe('abc…');
    expect(oneLine('abc', 3)).toBe('abc');
  });

  it('never holds a control character or half a surrogate pair, and subjects no runs of white space', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(oneLine(text, 100)).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e]/u);
        expect(subjectLine(text)).not.toMatch(/\s{2}/u);
        expect(oneLine(text, 100).length).toBeLessThanOrEqual(101 + 4 * 100);
      }),
    );
  });

  it('of several lines is cut to a length, and ends with a note', () => {
    expect(cutText('x'.repeat(100), 50, '(cut)')).toBe(`${'x'.repeat(43)}\n\n(cut)`);
    expect(cutText('short', 50, '(cut)')).toBe('short');
  });
});
