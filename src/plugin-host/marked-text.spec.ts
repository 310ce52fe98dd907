import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MarkedText } from './marked-text.js';

const marker = '\u0000end\u0000';

function read(chunks: readonly string[]) {
  let text = '';
  const marked = new MarkedText(marker, (part) => (text += part));
  const behind = chunks.map((chunk) => marked.push(chunk)).join('');
  const isComplete = marked.isComplete;
  marked.end();
  return { text, behind, isComplete };
}

describe('a text with a marker', () => {
  it.each([
    [['all of it'], 'all of it', '', false],
    [['before\u0000end\u0000'], 'before', '', true],
    [['before\u0000', 'en', 'd\u0000behind'], 'before', 'behind', true],
    [['half \u0000en'], 'half \u0000en', '', false],
    [['\u0000\u0000', 'end\u0000'], '\u0000', '', true],
  ])('%j gives %j, and %j behind it', (chunks, text, behind, isComplete) => {
    expect(read(chunks)).toEqual({ text, behind, isComplete });
  });

  it('is the same in whatever chunks it comes', () => {
    const piece = fc.constantFrom('a', '\u0000', 'end', '\u0000e', '\u0000end\u0000');
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(4)), (pieces, cuts) => {
        const whole = pieces.join('');
        const chunks: string[] = [];
        let at = 0;
        for (const cut of cuts) chunks.push(whole.slice(at, (at += cut)));
        expect(read([...chunks, whole.slice(at)])).toEqual(read([whole]));
      }),
    );
  });
});
