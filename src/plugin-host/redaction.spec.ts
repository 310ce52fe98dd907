import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { longestForm, redactor, redactWithin } from './redaction.js';

describe('redaction', () => {
  it.each([
    ['anywhere in a text', ['hunter2'], 'user=me;password=hunter2;x', 'user=me;password=•••;x'],
    ['as it stands in a URL', ['p@ss/word'], 'https://me:p%40ss%2Fword@host', 'https://me:•••@host'],
    ['as it stands in JSON', ['a"b\\c'], '{"p":"a\\"b\\\\c"}', '{"p":"•••"}'],
    ['without the line feed at the end of its file', ['hunter2\n'], 'got hunter2.', 'got •••.'],
    ['line by line', ['-----BEGIN-----\nMIIEvQIBADANBg\n'], 'line MIIEvQIBADANBg', 'line •••'],
    ['the longer of two first', ['secret', 'secret-and-more'], 'secret-and-more', '•••'],
    ['a short one where it stands alone', ['25'], 'port 25 of 1250 (25)', 'port ••• of 1250 (•••)'],
    ['with characters that mean something in a pattern', ['a.*+?^${}()|[]\\/-'], 'x a.*+?^${}()|[]\\/- x', 'x ••• x'],
  ])('hides a secret %s', (_, secrets, text, expected) => {
    expect(redactor(secrets)(text)).toBe(expected);
  });

  it('leaves a text alone when there is nothing to hide', () => {
    expect(redactor(['', '  '])('all   of it')).toBe('all   of it');
  });

  it('never lets a secret of four characters or more through', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, unit: 'grapheme' }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(secret.trim().length >= 4 && !'•••'.includes(secret.trim()));
        expect(redactor([secret])(`${before}${secret}${after}`)).not.toContain(secret);
      }),
    );
  });

  it('reaches every string within a value, and keeps the rest', () => {
    const value = { summary: 'hunter2', metrics: [{ value: 2, name: 'x hunter2' }], none: null };
    expect(redactWithin(value, redactor(['hunter2']))).toEqual({
      summary: '•••',
      metrics: [{ value: 2, name: 'x •••' }],
      none: null,
    });
  });

  it('knows the longest form of its secrets', () => {
    expect(longestForm([])).toBe(0);
    expect(longestForm(['abc', 'a/b/c'])).toBe('a%2Fb%2Fc'.length);
  });
});
