import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatChecksumLine, parseChecksumLine } from './checksums.js';

const sum = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('a line of SHA256SUMS', () => {
  it.each([
    ['files/a b', `${sum}  files/a b\n`],
    ['files/a\nb', `\\${sum}  files/a\\nb\n`],
    ['files/a\\b', `\\${sum}  files/a\\\\b\n`],
    ['files/a\rb', `\\${sum}  files/a\\rb\n`],
    ['files/\xff', `${sum}  files/\xff\n`],
  ])('for %j is as sha256sum writes it', (path, line) => {
    expect(formatChecksumLine(sum, path)).toBe(line);
  });

  it('is one line, and gives the name back, whatever bytes it has', () => {
    const path = fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .map((bytes) => Buffer.from(bytes).toString('latin1').replaceAll('\0', 'n'));
    fc.assert(
      fc.property(fc.oneof(path, fc.stringMatching(/^[\\nr\r\n]{1,10}$/)), (name) => {
        const line = formatChecksumLine(sum, name);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(parseChecksumLine(line.slice(0, -1))).toEqual({ sha256: sum, path: name });
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['', 'x', `${sum} a`, `${sum.toUpperCase()}  a`, `\\${sum}  a\\x`])('%j is none', (line) => {
    expect(parseChecksumLine(line)).toBeNull();
  });
});
