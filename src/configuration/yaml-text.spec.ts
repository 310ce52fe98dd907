import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseYaml } from './yaml-text.js';

function firstProblem(text: string) {
  const [problem] = parseYaml(text).problems;
  return problem;
}

describe('the text of a configuration', () => {
  it('knows the line and column of every key and item', () => {
    const { locate } = parseYaml('servers:\n  - name: a\n    title: A\n  - name: b\nsmtp: { host: h, port: 25 }\n');
    expect(locate(['servers'])).toEqual({ line: 1, column: 1 });
    expect(locate(['servers', 0])).toEqual({ line: 2, column: 5 });
    expect(locate(['servers', 0, 'title'])).toEqual({ line: 3, column: 5 });
    expect(locate(['servers', 1, 'name'])).toEqual({ line: 4, column: 5 });
    expect(locate(['smtp', 'port'])).toEqual({ line: 5, column: 18 });
  });

  it('places what is not there at the nearest thing around it', () => {
    const { locate } = parseYaml('servers:\n  - title: A\n');
    expect(locate(['servers', 0, 'name'])).toEqual({ line: 2, column: 5 });
    expect(locate(['backups', 3, 'name'])).toEqual({ line: 1, column: 1 });
  });

  it('follows an alias to where its text stands', () => {
    const { value, locate } = parseYaml('a: &x\n  deep: 1\nb: *x\n');
    expect(value).toEqual({ a: { deep: 1 }, b: { deep: 1 } });
    expect(locate(['b', 'deep'])).toEqual({ line: 2, column: 3 });
  });

  it('refuses a key that is stated twice, and still reads the rest', () => {
    const parsed = parseYaml('site: a\nservers: []\nsite: b\n');
    expect(parsed.problems).toEqual([
      { line: 3, column: 1, path: '', message: '"site" is a duplicate key', advice: 'Keep one of the two' },
    ]);
    expect(parsed.value).toMatchObject({ servers: [] });
  });

  it.each([
    ['a tab as indentation', 'a:\n\tb: 1\n', { line: 2, message: 'the line is indented with a tab' }],
    ['an open quote', 'a: "b\nc: 1\n', { message: expect.stringContaining('invalid YAML') }],
    ['two documents', 'a: 1\n---\nb: 2\n', { message: 'a second document begins here' }],
    [
      'a tag',
      'a: !!js/function "x"\n',
      { line: 1, column: 4, message: expect.stringContaining('this YAML is not supported') },
    ],
    ['an unknown alias', 'a: *nowhere\n', { line: 1, column: 4 }],
    ['a text that is endless', ' '.repeat(1024 * 1024 + 1), { message: 'the file has 1048577 characters' }],
    ['brackets without end', '['.repeat(100_000), { message: 'it is nested too deeply' }],
    ['lists within lists without end', `${'- '.repeat(100_000)}a`, { message: 'it is nested too deeply' }],
    ['keys within keys without end', `${'? '.repeat(100_000)}a`, { message: 'it is nested too deeply' }],
  ])('refuses %s', (_what, text, problem) => {
    expect(firstProblem(text)).toMatchObject(problem);
  });

  it('refuses aliases that unfold to billions', () => {
    const lines = ['a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]'];
    for (let i = 1; i < 10; i++)
      lines.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(firstProblem(lines.join('\n'))).toMatchObject({ message: expect.stringContaining('aliases') });
  });

  it('refuses a list that contains itself', () => {
    expect(parseYaml('a: &x [*x]\n').value).toBeUndefined();
    expect(parseYaml('a: &x { b: [*x] }\n').problems).toHaveLength(1);
  });

  it('reads JSON and a byte order mark', () => {
    expect(parseYaml('\uFEFF{"site": "main", "servers": [{"name": "a"}]}')).toMatchObject({
      value: { site: 'main', servers: [{ name: 'a' }] },
      problems: [],
    });
  });

  it('answers any text whatever with a value or a problem', () => {
    const pieces = fc.constantFrom(
      'a',
      ': ',
      '\n',
      '- ',
      '  ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '&x ',
      '*x',
      '#',
      '|',
      '>',
      '\t',
      '!',
      '---\n',
      '? ',
      'é',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const { value, problems } = parseYaml(parts.join(''));
        if (value === undefined) expect(problems.length).toBeGreaterThan(0);
        for (const { line, column } of problems) expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });
});
