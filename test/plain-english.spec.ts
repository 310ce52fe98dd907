import { describe, expect, it } from '@jest/globals';
import { dialectIn } from './tools/plain-english.mjs';

const word = ['no', 'body'].join('');

describe('the lint for plain English', () => {
  it('refuses a word in a guide, with its place and what to write instead', () => {
    expect(dialectIn('docs/board.md', `A line.\nRead by ${word}.`)).toEqual([
      `docs/board.md:2: "${word}": write "no one", or what is missing: "no recent result"`,
    ]);
  });

  it.each([
    ['a comment', `// Read by ${word}.`],
    ['a comment behind code', `const x = 1; // read by ${word}`],
    ['a doc comment', ` * Read by ${word}.`],
    ['a quoted text', `throw new Error('read by ${word}');`],
  ])('refuses it in %s', (_where, line) => {
    expect(dialectIn('src/shared/x.ts', line)).toHaveLength(1);
  });

  it('leaves names in code alone, and texts in tests', () => {
    expect(dialectIn('src/shared/x.ts', `const ${word} = read();`)).toEqual([]);
    expect(dialectIn('src/shared/x.spec.ts', `expect(user).toBe('${word}');`)).toEqual([]);
  });
});
