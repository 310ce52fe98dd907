import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromText } from './bytes.js';
import { compileExclusions } from './glob.js';

function excludes(pattern: string, path: string, isDirectory = false): boolean {
  return compileExclusions([pattern])(fromText(path), isDirectory);
}

describe('an exclusion', () => {
  it.each([
    // pattern           path                      excluded
    ['*.tmp', 'a.tmp', true],
    ['*.tmp', 'deep/down/a.tmp', true],
    ['*.tmp', 'a.tmp/b', false],
    ['*.tmp', 'a.tmpx', false],
    ['cache', 'x/cache', true],
    ['cache', 'x/cached', false],
    ['/cache', 'cache', true],
    ['/cache', 'x/cache', false],
    ['a/b', 'a/b', true],
    ['a/b', 'x/a/b', false],
    ['a/*', 'a/b', true],
    ['a/*', 'a/b/c', false],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', false],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**/z', 'a/bz', false],
    ['**/z', 'z', true],
    ['**/z', 'a/b/z', true],
    ['**/a/**/z', 'x/a/y/a/y/z', true],
    ['?.txt', 'a.txt', true],
    ['?.txt', 'ä.txt', true],
    ['?.txt', '€.txt', true],
    ['?.txt', 'ab.txt', false],
    ['a?b', 'a/b', false],
    ['(a+)+$', '(a+)+$', true],
    ['[ab].txt', 'a.txt', false],
    ['a.b', 'axb', false],
    ['*', '.hidden', true],
    ['a**b', 'axyb', true],
  ])('%s on %s: %s', (pattern, path, excluded) => {
    expect(excludes(pattern, path)).toBe(excluded);
  });

  it('with a slash at its end is for folders only', () => {
    expect(excludes('cache/', 'x/cache', true)).toBe(true);
    expect(excludes('cache/', 'x/cache', false)).toBe(false);
    expect(excludes('x/cache/', 'x/cache', true)).toBe(true);
  });

  it.each([
    // pattern                tops                         path below the top          excluded
    ['/home/*/.cache', ['/home'], 'anna/.cache', true],
    ['/home/*/.cache', ['/home'], 'anna/deep/.cache', false],
    ['/home/*/.cache', ['/home'], 'home/anna/.cache', false],
    ['/home/anna/Downloads', ['/home'], 'anna/Downloads', true],
    ['/home/anna/Downloads', ['/home/anna'], 'Downloads', true],
    ['/home/*/Downloads', ['/home/anna'], 'Downloads', true],
    ['/home/**/cache', ['/home/anna'], 'x/y/cache', true],
    ['/home/anna/*.tmp', ['/home'], 'ben/x.tmp', false],
    ['/etc/x', ['/'], 'etc/x', true],
    ['/cache', ['/home'], 'cache', true],
    ['/homely/x', ['/home'], 'x', false],
    ['/home/ärzte/x', ['/home/ärzte'], 'x', true],
  ])('F19: %s in %j on %s: %s', (pattern, tops, path, excluded) => {
    expect(compileExclusions([pattern], tops)(fromText(path), false)).toBe(excluded);
  });

  it('F19: says which patterns have matched something', () => {
    const used = new Set<string>();
    const matcher = compileExclusions(['*.tmp', 'a.*', '.local/share/Trash', 'cache/'], ['/home'], used);
    for (const path of ['a.tmp', 'x/.local/share/Trash', 'cache']) matcher(fromText(path), false);
    expect([...used]).toEqual(['*.tmp', 'a.*']);
  });

  it('matches names that are no UTF-8', () => {
    const matcher = compileExclusions(['caf?.txt', '*.bak']);
    expect(matcher('caf\xe9.txt', false)).toBe(true);
    expect(matcher('\xff\xfe.bak', false)).toBe(true);
  });

  it('means what the same pattern as a regular expression means', () => {
    const segment = fc.stringMatching(/^[ab*?]{1,4}$/).filter((text) => !/\*\*/.test(text));
    const pattern = fc.array(fc.oneof(segment, fc.constant('**')), { minLength: 2, maxLength: 4 });
    const path = fc.array(fc.stringMatching(/^[abc]{1,4}$/), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(pattern, path, (segments, names) => {
        expect(excludes(segments.join('/'), names.join('/'))).toBe(reference(segments).test(names.join('/')));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes time in proportion to the product of the lengths, also for the pattern that is worst for others', () => {
    const pattern = '*a'.repeat(200);
    const folders = '**/a/'.repeat(50);
    expect(excludes(`${pattern}b`, 'a'.repeat(5000))).toBe(false);
    expect(excludes(`${folders}b`, 'a/'.repeat(2000) + 'c')).toBe(false);
  });
});

/** A second way to say what a pattern means, too slow for bad patterns. */
function reference(segments: readonly string[]): RegExp {
  const parts = segments.map((segment, index) => {
    const isLast = index === segments.length - 1;
    if (segment === '**') return isLast ? '.+' : '(?:[^/]+/)*';
    const text = segment.replaceAll('?', '[^/]').replaceAll('*', '[^/]*');
    return isLast ? text : `${text}/`;
  });
  return new RegExp(`^${parts.join('')}$`);
}
