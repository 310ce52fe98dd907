import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compilePattern } from './pattern.js';
import { faultsOfRule } from './rule-faults.js';

const rule = (when: unknown) => ({ name: 'r', title: 'T', severity: 'critical', advice: '', when });
const faultsOf = (protocolLine: string) => faultsOfRule(rule({ protocolLine }));

function matches(source: string, text: string): boolean {
  const pattern = compilePattern(source);
  if (pattern.kind === 'faulty') throw new Error(pattern.message);
  return pattern.matches(text);
}

describe('a pattern', () => {
  it.each([
    ['cannot read', 'local-copy: cannot read /srv/x', true],
    ['cannot read', 'Cannot read /srv/x', false],
    ['(?i)CANNOT', 'cannot', true],
    ['^done$', 'done', true],
    ['^done$', 'done and more', false],
    ['code (1|2)\\d', 'code 27', true],
    ['größe', 'die größe', true],
  ])('%s on "%s" says %s', (source, text, expected) => {
    expect(matches(source, text)).toBe(expected);
  });

  it('is compiled once', () => {
    expect(compilePattern('a+b')).toBe(compilePattern('a+b'));
  });

  it('that would take a backtracking engine forever answers over a long line', () => {
    expect(matches('(x+x+)+y', 'x'.repeat(100_000))).toBe(false);
  });

  it('looks at the first 10,000 characters of a line', () => {
    expect(matches('end', `${'x'.repeat(9_997)}end`)).toBe(true);
    expect(matches('end', `${'x'.repeat(10_000)}end`)).toBe(false);
  });
});

describe('the faults of a rule', () => {
  it.each([
    ['(abc', 1, 'missing closing )'],
    ['ab)c(d)', 3, 'unexpected )'],
    ['[(]x(y', 5, 'missing closing )'],
    ['\\(a(b', 4, 'missing closing )'],
    ['x[z-a]', 3, 'invalid character class range'],
    ['x[abc', 2, 'missing closing ]'],
    ['a\\*\\*b**', 7, 'invalid nested repetition operator'],
    ['*a', 1, 'missing argument to repetition operator'],
    ['ok a{1001}', 5, 'invalid repeat count'],
    ['tail\\', 5, 'trailing backslash'],
    ['ab(?=c)', 3, 'RE2 has no look-ahead'],
    ['ab(?<=c)', 3, 'RE2 has no look-behind'],
    ['(a)\\1', 4, 'RE2 has no backreferences'],
  ])('name the character of %s', (source, character, problem) => {
    const faults = faultsOf(source);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ path: ['when', 'protocolLine'] });
    expect(faults[0]?.message).toContain(`at character ${character}:`);
    expect(faults[0]?.message).toContain(problem);
  });

  it('refuse a pattern whose program is large enough to hold up the others', () => {
    expect(faultsOf('a{1000}'.repeat(9))[0]?.message).toContain('is too large');
  });

  it('say what is wrong with the condition that was meant', () => {
    expect(faultsOfRule(rule({ checkup: 'disk-space', metric: 'free', blow: 10 }))).toEqual([
      { path: ['when'], message: expect.stringContaining('blow') },
      { path: ['when'], message: 'needs either `below` or `above`, and not both' },
    ]);
    expect(faultsOfRule(rule({ noSuccessOf: 'records', within: '26 hours' }))).toEqual([
      { path: ['when', 'within'], message: expect.stringContaining('such as 5m or 26h') },
    ]);
    expect(faultsOfRule(rule({ protocolLine: 'x', level: 'fatal' }))[0]?.path).toEqual(['when', 'level']);
  });

  it('cover the rest of the definition as well', () => {
    const faults = faultsOfRule({ name: 'Not A Name', title: '', severity: 'critical', when: { protocolLine: 'x' } });
    expect(faults.map(({ path }) => path)).toEqual([['name'], ['title']]);
  });

  it('are none for a right rule of each kind', () => {
    expect(faultsOfRule(rule({ checkup: 'disk-space', metric: 'free', below: 10, for: '5m' }))).toEqual([]);
    expect(faultsOf('cannot read')).toEqual([]);
    expect(faultsOfRule(rule({ noSuccessOf: 'records', within: '26h' }))).toEqual([]);
  });

  it('never throw, whatever someone wrote', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 60 }), fc.stringMatching(/^[()[\]{}*+?\\|^$.a1,-]{0,20}$/)),
        (text) => {
          for (const fault of faultsOf(text)) expect(fault.message.length).toBeGreaterThan(10);
        },
      ),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(
        fc.anything(),
        (value) => Array.isArray(faultsOfRule(value)) && Array.isArray(faultsOfRule(rule(value))),
      ),
    );
  });
});
