import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Redactor } from './redaction.js';
import { isCommonWord } from './secret-patterns.js';

const redact = (secrets: readonly string[], text: string): string => new Redactor(secrets).redact(text);
const base64 = (text: string, encoding: BufferEncoding = 'utf8') => Buffer.from(text, encoding).toString('base64');
const hex = (text: string) => Buffer.from(text).toString('hex');

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
    expect(redact(secrets, text)).toBe(expected);
  });

  const secret = 'p@ss/wörd&"1';
  it.each([
    ['percent-encoded in upper case', encodeURIComponent(secret)],
    ['percent-encoded in lower case', encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
    ['percent-encoded in Latin-1', 'p%40ss%2fw%f6rd%26%221'],
    ['percent-encoded as a whole', Buffer.from(secret).toString('hex').replace(/../g, '%$&')],
    ['percent-encoded twice', encodeURIComponent(encodeURIComponent(secret))],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in JSON as PHP writes it', 'p@ss\\/w\\u00f6rd&\\"1'],
    ['in JSON within JSON', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ['in source text', 'p@ss\\x2fwörd\\x26\\"1'],
    ['in HTML', 'p@ss/wörd&amp;&quot;1'],
    ['in HTML with numbers', 'p&#64;ss&#x2F;w&#246;rd&#38;&#34;1'],
    ['in a mail (quoted-printable)', 'p@ss/w=C3=B6rd=26"1'],
    ['in base64', base64(secret)],
    ['in base64 for URLs', Buffer.from(secret).toString('base64url')],
    ['in base64 within a URL', encodeURIComponent(base64(secret))],
    ['in base64 of UTF-16', base64(secret, 'utf16le')],
    ['in base64 of Latin-1', base64(secret, 'latin1')],
    ['in hexadecimal', hex(secret)],
    ['in hexadecimal, upper case', hex(secret).toUpperCase()],
    ['as a dump', hex(secret).replace(/..(?=.)/g, '$& ')],
    ['as bytes with colons', hex(secret).replace(/..(?=.)/g, '$&:')],
    ['as bytes with 0x', hex(secret).replace(/../g, '0x$&, ')],
    ['broken by a line', 'p@ss/w\n   örd&"1'],
    ['broken by lines joined in an error', 'p@ss/w / örd&"1'],
  ])('S12: hides a secret %s', (_, form) => {
    expect(redact([secret], `before ${form} after`)).toMatch(/^before (0x)?•••,? {1,2}after$/);
    expect(redact([secret], `[${form}]`)).toMatch(/^\[(0x)?•••(, )?\]$/);
  });

  it.each(['', 'u', 'us', 'user:', '\0user\0', 'a long name of a user:'])(
    'S12: hides a secret in base64 behind %j, as in Basic and PLAIN authentication',
    (before) => {
      for (const after of ['', '!', ':x', ' and more of it']) {
        const line = `535 5.7.8 AUTH PLAIN ${base64(`${before}hunter2-of-mail${after}`)} refused`;
        const shown = redact(['hunter2-of-mail'], line);
        const parts = shown
          .split('•••')
          .map((part) => Buffer.from(part.replace(/^.* |[= ].*$/g, ''), 'base64').toString());
        expect(shown).toContain('•••');
        expect(parts.join('')).not.toMatch(/hun|ter2|of-|mail/);
        expect(shown).toMatch(/^535 5\.7\.8 AUTH PLAIN .* refused$/);
      }
    },
  );

  it('S12 kind: hides the beginning of a secret before a cut', () => {
    expect(redact(['hunter2'], 'output: hunt…')).toBe('output: •••…');
    expect(redact(['hunter2'], `output: ${base64('hunter2').slice(0, 6)}…: more`)).toBe('output: •••…: more');
    expect(redact(['hunter2'], 'the hu…')).toBe('the hu…');
  });

  it('S12 kind: leaves words and short ones within others alone', () => {
    const log = 'The backup of backups: backup-job "backups" 2500, test 25';
    expect(redact(['backup', '25', 'test'], log)).toBe('The ••• of backups: •••-job "backups" 2500, ••• •••');
    expect(redact(['a', '', ' ', '\n'], 'a cat\nand a hat')).toBe('••• cat\nand ••• hat');
    const prose = 'It was the best of times, it was the worst of times. '.repeat(200);
    expect(redact(['root', 'abcd', '1234', 'best2', 'wörst'], prose)).toBe(prose);
  });

  it('S12 kind: costs as much as the text is long, whatever the text and the secret', () => {
    const secrets = ['\\'.repeat(40) + 'x', 'a'.repeat(200), '%25'.repeat(30), '&amp;'.repeat(20), 'hunter2'];
    const redactor = new Redactor(secrets);
    // A cost that grew with the square of these texts would take minutes.
    for (const part of ['\\', 'a', '%25', '&amp;', '=3D', 'Zm9v', 'a\n']) {
      const text = part.repeat(200_000 / part.length);
      expect(redactor.redact(`${text}hunter2`).endsWith('•••')).toBe(true);
    }
  });

  it('leaves a text alone when there is nothing to hide', () => {
    expect(redact(['', '  '], 'all   of it')).toBe('all   of it');
  });

  it('never lets a secret of four characters or more through', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, unit: 'grapheme' }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(secret.trim().length >= 4 && !'•••'.includes(secret.trim()) && !isCommonWord(secret.trim()));
        expect(redact([secret], `${before}${secret}${after}`)).not.toContain(secret);
      }),
    );
  });

  it('S12 kind: never lets the base64, hexadecimal or percent-encoded form of one through', () => {
    const part = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(fc.string({ minLength: 6, maxLength: 40 }), part, part, (secret, before, after) => {
        fc.pre(secret.trim() === secret);
        const redactor = new Redactor([secret]);
        const percent = Buffer.from(`${before}${secret}${after}`).toString('hex').replace(/../g, '%$&');
        for (const form of [base64(before + secret + after), hex(before + secret + after), percent]) {
          expect(redactor.redact(form)).toContain('•••');
        }
      }),
    );
  });

  it('reaches every string within a value, and keeps the rest', () => {
    const value = { summary: 'hun\u001b[1mter2', metrics: [{ value: 2, name: 'x hunter2' }], none: null };
    expect(new Redactor(['hunter2']).redactWithin(value)).toEqual({
      summary: '•••',
      metrics: [{ value: 2, name: 'x •••' }],
      none: null,
    });
  });
});
