import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseYaml } from './yaml-text.js';

/** Each problem as `line:column advice`. */
function advices(text: string): readonly string[] {
  return parseYaml(text).problems.map(({ line, column, advice }) => `${line}:${column} ${advice}`);
}

describe('F39: a value that lacks its quotes', () => {
  it.each<[string, unknown, string]>([
    ['at: */15 * * * *', { at: '*/15 * * * *' }, "1:5 Put it in single quotes: '*/15 * * * *'"],
    ['at: * * * * *', { at: '* * * * *' }, "1:5 Put it in single quotes: '* * * * *'"],
    ['a:\n  exclude: [*.tmp, b]', { a: { exclude: ['*.tmp', 'b'] } }, "2:13 Put it in single quotes: '*.tmp'"],
    ['a:\n  - @eaDir\n  - b', { a: ['@eaDir', 'b'] }, "2:5 Put it in single quotes: '@eaDir'"],
    ['a: "C:\\Daten"', { a: 'C:\\Daten' }, "1:4 Put it in single quotes: 'C:\\Daten'"],
  ])('%s is one problem, with what to write', (text, value, advice) => {
    expect(parseYaml(text).value).toEqual(value);
    expect(advices(text)).toEqual([advice]);
  });

  it.each<[string, string]>([
    ['a: `x`', "1:4 Put it in single quotes: '`x`'"],
    ['a: %TEMP%', "1:4 Put it in single quotes: '%TEMP%'"],
    ['- !.git # kept', "1:3 Put it in single quotes: '!.git'"],
    ['a: >5 GB', "1:4 Put it in single quotes: '>5 GB'"],
    ['a: |foo', "1:4 Put it in single quotes: '|foo'"],
    ['a: [.git, #recycle]', "1:11 Put it in single quotes: '#recycle'"],
    ['a: [*.{a,b}, c]', "1:5 Put it in single quotes: '*.{a,b}'"],
    ['a: [b] and c', "1:4 Put it in single quotes: '[b] and c'"],
    ['a: Backup: records', "1:4 Put it in single quotes: 'Backup: records'"],
    ["a: 'it's'", "1:4 Put it in single quotes: 'it''s'"],
    ['a: "say "hi""', '1:4 Put it in single quotes: \'say "hi"\''],
    ['@a: 1', "1:1 Put it in single quotes: '@a'"],
    ['password: @secret', "1:11 Put it in single quotes: '…'"],
    ['b: &x 1\na: *y', "2:4 Put it in single quotes: '*y'. If you mean an alias: the file has the anchors &x"],
  ])('F39 kind: %s', (text, advice) => {
    expect(advices(text)).toEqual([advice]);
  });

  it.each<[string, unknown]>([
    ['a: "C:\\temp\\new"', { a: 'C:\\temp\\new' }],
    ['a: "\\\\nas\\backups"', { a: '\\\\nas\\backups' }],
    ['a: "D:\\"\nb: 1\nc: ["E:\\", x]', { a: 'D:\\', b: 1, c: ['E:\\', 'x'] }],
    ['a: "\\bERROR\\b"', { a: '\\bERROR\\b' }],
    ['{"a": "C:\\\\data\\new"}', { a: 'C:\\data\\new' }],
  ])('F39 kind: %s has backslashes that double quotes would change without a word', (text, value) => {
    const { problems, ...parsed } = parseYaml(text);
    expect(parsed.value).toEqual(value);
    expect(problems[0]).toMatchObject({ message: expect.stringContaining('escape sequence in double quotes') });
  });

  it.each([
    'a: "C:\\\\temp"',
    'a: "first\\nsecond \\t \\"third\\""',
    'a: "\\\\\\\\nas\\\\share"',
    'a: &x [b]\nc: *x',
    'a: 50%\nb: x!\nc: a@b.example\nd: -5\ne: a*b',
    'a: |\n  text: "C:\\temp"\nb: >-\n  *x',
    '# a: *x\na: b # "C:\\temp"',
    "a: 'C:\\temp'\nb: C:\\temp",
  ])('F39 kind: leaves alone what is right: %s', (text) => {
    expect(parseYaml(text).problems).toEqual([]);
  });

  it('F39 kind: is one problem a value, and all others keep their lines and columns', () => {
    const text = 'a: [*.tmp, @eaDir, !x]\nb: *nowhere\nb: 2\nc:\n\td: 1\n';
    expect(advices(text)).toEqual([
      "1:5 Put it in single quotes: '*.tmp'",
      "1:12 Put it in single quotes: '@eaDir'",
      "1:20 Put it in single quotes: '!x'",
      "2:4 Put it in single quotes: '*nowhere'",
      '3:1 Keep one of the two',
      '5:1 Indent with spaces',
    ]);
  });

  it('F39 kind: is told of the first few where there are thousands', () => {
    for (const line of ['- *x', '- @y', '- "C:\\a"']) {
      const said = advices(`${line}\n`.repeat(1_000)).filter((advice) => advice.includes('single quotes'));
      expect(said.length).toBeGreaterThanOrEqual(3);
    }
  }, 60_000);

  it('F39 kind: with the quotes it asks for is right', () => {
    const sign = fc.constantFrom(...'*!@`%|>,]}');
    fc.assert(
      fc.property(sign, fc.stringMatching(/^[a-z:*#' -]{0,8}$/), (first, rest) => {
        const [problem, ...others] = parseYaml(`a: ${first}${rest}\nb: 1\n`).problems;
        const quoted = /^Put it in single quotes: (.*)$/.exec(problem?.advice ?? '')?.[1];
        fc.pre(quoted !== undefined);
        expect(others).toEqual([]);
        expect(parseYaml(`a: ${quoted}\nb: 1\n`)).toMatchObject({ problems: [], value: { b: 1 } });
      }),
    );
  });
});
