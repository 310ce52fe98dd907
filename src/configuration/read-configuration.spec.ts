import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import type { PluginKind } from '../../plugins/sdk/plugin.js';
import { parameterFaults } from '../plugin-host/plugin-definition.js';
import { fromIso } from '../shared/instant.js';
import { cronFault } from '../timetable/timetable.adapter.js';
import type { Knowledge } from '../definitions/checking/knowledge.js';
import { problemText } from '../definitions/checking/problem.js';
import { readConfiguration } from './read-configuration.js';

const schemas = new Map<string, z.ZodType>([
  ['checkup load', z.strictObject({ warnAbove: z.number().default(1) })],
  [
    'source folder',
    z.strictObject({
      paths: z.array(z.string()).min(1).describe('Folders and files, in full'),
      recursive: z.boolean().optional(),
      exclude: z.array(z.string()).optional(),
    }),
  ],
  ['source sqlite', z.strictObject({ file: z.string() })],
  ['destination folder', z.strictObject({ path: z.string() })],
  ['channel inbox', z.strictObject({})],
  ['channel email', z.strictObject({ host: z.string() })],
]);

const kinds: readonly PluginKind[] = ['checkup', 'source', 'destination', 'channel'];

/** A small installation, with the real judges of cron lines, patterns and parameters. */
const smallInstallation: Knowledge = {
  plugins: kinds.flatMap((kind) =>
    [...schemas]
      .filter(([key]) => key.startsWith(`${kind} `))
      .map(([key, schema]) => ({ kind, name: key.slice(kind.length + 1), jsonSchema: z.toJSONSchema(schema) })),
  ),
  parameterFaults: (kind, plugin, parameters) => {
    const schema = schemas.get(`${kind} ${plugin}`);
    return schema === undefined ? [] : parameterFaults(schema, parameters);
  },
  cronFault: (at, timeZone) => cronFault({ at, timeZone }, fromIso('2026-11-22T08:00:00Z')),
  placeOf: (path) => path,
};

const read = (text: string) => readConfiguration(text, '/etc/wardround', smallInstallation);

/** The problems of a text as people see them. */
function problemsOf(text: string): readonly string[] {
  const result = read(text);
  return result.right ? [] : result.problems.map((problem) => problemText('wardround.yaml', problem));
}

const oneServer = 'servers: [{ name: reception }]\n';
const job = (lines: string) => `${oneServer}backups:\n  - name: records\n    sources: []\n${lines}`;

describe('a configuration file', () => {
  it('may state no more than a server', () => {
    expect(read(oneServer)).toEqual({
      right: true,
      notes: [],
      locate: expect.any(Function),
      meanings: [],
      configuration: {
        role: 'standalone',
        eventLog: { engine: 'sqlite' },
        views: { engine: 'sqlite' },
        site: 'main',
        servers: [{ name: 'reception' }],
        checkups: [],
        backups: [],
        rules: [],
        recipientGroups: [],
        channels: [],
      },
    });
  });

  it('tells all that is wrong at once, each with its line, and what would be right', () => {
    const text = [
      'servers:',
      '  - name: reception',
      'checkups:',
      '  - name: load',
      '    plugin: laod',
      '    every: 1m',
      '    server: recepton',
      'backups:',
      '  - name: records',
      '    at: "61 2 * * *"',
      '    sources:',
      '      - name: documents',
      '        plugin: folder',
      '        parameters: { path: /srv }',
      '    kep: { days: 30 }',
      '  - name: records',
      '    sources:',
      '      - name: documents',
      '        plugin: folder',
      '        parameters: { paths: [/srv] }',
      '    keep: { days: thirty }',
      'rules:',
      '  - name: missing',
      '    title: Missing',
      '    severity: fatal',
      '    when: { noSuccessOf: recrods, within: 26h }',
      '  - name: line',
      '    title: Line',
      '    severity: warning',
      '    when: { protocolLine: "a(b" }',
      'recipientGroup: []',
    ].join('\n');
    expect(problemsOf(text)).toEqual([
      'wardround.yaml:5:5 checkups[0].plugin: there is no check-up plugin "laod". Did you mean "load"?',
      'wardround.yaml:7:5 checkups[0].server: there is no server "recepton". Did you mean "reception"?',
      'wardround.yaml:10:5 backups[0].at: "61 2 * * *" is not a cron line: its minute 61 is not between 0 and 59. Write minute, hour, day, month and weekday, such as "0 2 * * *" for 02:00 every day',
      'wardround.yaml:14:9 backups[0].sources[0].parameters.paths: "paths" is missing. Folders and files, in full',
      'wardround.yaml:14:9 backups[0].sources[0].parameters: {"path":"/srv"} is wrong here: Unrecognized key: "path". folder takes paths, recursive, exclude',
      'wardround.yaml:15:5 backups[0].kep: unknown key "kep". Did you mean "keep"?',
      'wardround.yaml:16:5 backups[1].name: there is already a backup job "records". Use a different name for each',
      'wardround.yaml:21:13 backups[1].keep.days: "thirty" is text. It must be a number: Snapshots younger than this are kept',
      'wardround.yaml:25:5 rules[0].severity: "fatal" is not allowed here. Choose one of warning, critical',
      'wardround.yaml:26:13 rules[0].when.noSuccessOf: there is no backup job "recrods". Did you mean "records"?',
      expect.stringContaining(
        'wardround.yaml:30:13 rules[1].when.protocolLine: "a(b" is not a valid pattern: the pattern',
      ),
      'wardround.yaml:31:1 recipientGroup: unknown key "recipientGroup". Did you mean "recipientGroups"?',
    ]);
  });

  it.each([
    ['an empty file', '', '1:1: the file is empty'],
    ['a file with comments only', '# nothing yet\n', '1:1: the file is empty'],
    ['a list in place of keys', '- name: a\n', '1:1: [{"name":"a"}] is a list. It must be a group of keys'],
    ['no server', 'site: main\n', '1:1 servers: "servers" is missing. It is a list'],
    ['an empty list of servers', 'servers: []\n', '1:1 servers: it is empty. It must be at least 1 entries long'],
    [
      'a name with capitals',
      'servers: [{ name: Reception }]\n',
      '1:13 servers[0].name: "Reception" is not allowed here. It must be 1 to 63 lower-case letters',
    ],
    [
      'two servers of one name',
      'servers: [{ name: a }, { name: a }]\n',
      '1:26 servers[1].name: there is already a server "a"',
    ],
    ['a job without sources', job(''), '4:5 backups[0].sources: it is empty'],
    ['a day that never comes', job('    at: "0 0 31 2 *"\n'), '5:5 backups[0].at: "0 0 31 2 *" never occurs'],
    ['a cron line that is none', job('    at: daily\n'), '5:5 backups[0].at: "daily" is too short'],
    [
      'a time zone that is none',
      job('    timeZone: Berlin\n'),
      'backups[0].timeZone: "Berlin" is not allowed here. It must be an IANA time zone',
    ],
    [
      'a relative local copy',
      job('    localCopy: { path: ./local }\n'),
      '5:18 backups[0].localCopy.path: "./local" is a relative path. Use an absolute path, or start with the folder of this file, "${config}/local"',
    ],
    [
      'a reference to nothing',
      job('    localCopy: { path: "${dta}/local" }\n'),
      'unknown reference ${dta}. Write ${config}, ${data}',
    ],
    [
      'a copy that takes the local copy’s name',
      job('    copies: [{ name: local-copy, parameters: { path: /b } }]\n'),
      "is the name of the job's own local copy",
    ],
    [
      'a number where a list belongs',
      job('    copies: 3\n'),
      '5:5 backups[0].copies: 3 is a number. It must be a list',
    ],
    ['an empty value', job('    title:\n'), '5:5 backups[0].title: null is empty. It must be text'],
    [
      'a check-up without a time',
      `${oneServer}checkups: [{ name: load, plugin: load }]\n`,
      'checkups[0]: needs either `every` (such as 1m) or `at` (a cron line), and not both',
    ],
    [
      'a condition that is none',
      `${oneServer}rules: [{ name: a, title: A, severity: warning, when: { foo: 1 } }]\n`,
      'rules[0].when',
    ],
    [
      'a condition with a bound too many',
      `${oneServer}checkups: [{ name: load, plugin: load, every: 1m }]\nrules: [{ name: a, title: A, severity: warning, when: { checkup: load, metric: load1, below: 1, above: 2 } }]\n`,
      'rules[0].when: needs either `below` or `above`, and not both',
    ],
    [
      'a condition with a key too many',
      `${oneServer}rules: [{ name: a, title: A, severity: warning, when: { protocolLine: x, levle: error } }]\n`,
      'rules[0].when.levle: unknown key "levle". Did you mean "level"?',
    ],
    [
      'a group for a job that is not there',
      `${oneServer}recipientGroups: [{ name: it, subscriptions: [{ takes: failures-only, jobs: [records] }] }]\n`,
      'recipientGroups[0].subscriptions[0].jobs[0]: there is no backup job "records". No backup job is defined',
    ],
    [
      'a channel that is not there',
      `${oneServer}recipientGroups: [{ name: it, subscriptions: [{ takes: failures-only, channel: fax }] }]\n`,
      'recipientGroups[0].subscriptions[0].channel: there is no channel "fax". Known here: inbox, email',
    ],
    [
      'a password in the file',
      `${oneServer}smtp: { host: mail, from: a@b.example, password: secret }\n`,
      '2:40 smtp.password: "…" is not allowed here. It must be a reference',
    ],
  ])('is refused for %s', (_what, text, said) => {
    expect(problemsOf(text)).toContainEqual(expect.stringContaining(said));
  });

  it('lets check-ups of two servers share a name, but not those of one', () => {
    const text = (second: string) =>
      `servers: [{ name: a }, { name: b }]\ncheckups:\n  - { name: load, plugin: load, every: 1m }\n  - { name: load, server: ${second}, plugin: load, every: 1m }\n`;
    expect(problemsOf(text('b'))).toEqual([]);
    expect(problemsOf(text('a'))).toEqual([
      'wardround.yaml:4:7 checkups[1].name: there is already a check-up "load" on "a". Use a different name for each',
    ]);
  });

  it('leaves a check-up without a plugin to others, and wants no parameters of it', () => {
    expect(problemsOf(`${oneServer}checkups: [{ name: raid, every: 1h }]\n`)).toEqual([]);
    expect(problemsOf(`${oneServer}checkups: [{ name: raid, every: 1h, parameters: { path: /srv } }]\n`)).toEqual([
      'wardround.yaml:2:37 checkups[0].parameters: parameters need a plugin: add one, or remove them',
    ]);
  });

  it('takes absolute paths of every system and references', () => {
    for (const path of ['/srv/b', 'C:\\b', 'C:/b', '\\\\nas\\b', '${data}/b', '${config}/b', '${env:BACKUPS}']) {
      expect(problemsOf(job(`    localCopy: { path: '${path}' }\n`))).toEqual([
        expect.stringContaining('backups[0].sources: it is empty'),
      ]);
    }
  });

  it('wants the paths among parameters absolute too', () => {
    const text = (path: string) =>
      `${oneServer}backups: [{ name: a, sources: [{ name: b, plugin: folder, parameters: { paths: [/srv, ${path}] } }] }]\n`;
    expect(problemsOf(text('"${data}/x"'))).toEqual([]);
    expect(problemsOf(text('../x'))).toEqual([
      expect.stringMatching(
        /^wardround.yaml:2:[0-9]+ backups\[0\].sources\[0\].parameters.paths\[1\]: "..\/x" is a relative path/,
      ),
    ]);
  });

  it('puts the folder of the file in the place of ${config}, and leaves the other references', () => {
    const text = `${oneServer}backups: [{ name: a, sources: [{ name: b, plugin: folder, parameters: { paths: ["\${config}/w.yaml", "\${data}/x"] } }], localCopy: { path: "\${config}/local" } }]\n`;
    expect(read(text)).toMatchObject({
      configuration: {
        backups: [
          {
            sources: [{ parameters: { paths: ['/etc/wardround/w.yaml', '${data}/x'] } }],
            localCopy: { path: '/etc/wardround/local' },
          },
        ],
      },
    });
  });

  it.each([
    [
      'F39: an excluded name',
      'exclude: [#recycle, a]',
      ':4:81: this begins with "#", which YAML reads as a comment. Put it in single quotes: \'#recycle\'',
    ],
    [
      'F39: an excluded name',
      'exclude: [*.tmp]',
      '4:81: this begins with "*", which YAML reads as an alias. Put it in single quotes: \'*.tmp\'',
    ],
    [
      'F39 kind: an anchor',
      'exclude: [&Co]',
      'exclude[0]: this begins with "&", which YAML reads as an anchor. Put it in single quotes: \'&Co\'',
    ],
    [
      'F39 kind: nothing',
      'exclude: [null]',
      "exclude[0]: YAML reads null as empty, which is no text. Put it in single quotes: 'null'",
    ],
    [
      'F39 kind: a number with zeros',
      'exclude: [0123]',
      "exclude[0]: YAML reads 0123 as 123, which is no text. Put it in single quotes: '0123'",
    ],
    [
      'F39 kind: a word of logic',
      'exclude: [True]',
      "exclude[0]: YAML reads True as true, which is no text. Put it in single quotes: 'True'",
    ],
    ['F39 kind: yes', 'recursive: yes', 'recursive: "yes" is text. Write true, without quotes'],
    ['F39 kind: no', "recursive: 'No'", 'recursive: "No" is text. Write false, without quotes'],
  ])('%s among parameters is one problem', (_what, parameters, said) => {
    const text = job(`    copies: []\n`).replace(
      'sources: []',
      `sources: [{ name: a, plugin: folder, parameters: { paths: [/srv], ${parameters} } }]`,
    );
    expect(problemsOf(text)).toEqual([expect.stringContaining(said)]);
  });

  it.each([
    [
      'F39 kind: a title',
      'title: 0815',
      "title: YAML reads 0815 as 815, which is no text. Put it in single quotes: '0815'",
    ],
    [
      'F39 kind: a title',
      'title: #7',
      'title: this begins with "#", which YAML reads as a comment. Put it in single quotes: \'#7\'',
    ],
    [
      'F39 kind: a title',
      'title: [a]',
      'title: this begins with "[", which YAML reads as a list. Put it in single quotes: \'[a]\'',
    ],
    ['F39 kind: a title', 'title: # what people call it', 'title: null is empty. It must be text'],
    ['F39 kind: a number in quotes', 'keep: { days: "30" }', 'keep.days: "30" is text. Write it without quotes: 30'],
  ])('%s of a wrong kind says what to write', (_what, line, said) => {
    const sources = 'sources: [{ name: a, plugin: folder, parameters: { paths: [/srv] } }]';
    expect(problemsOf(job(`    ${line}\n`).replace('sources: []', sources))).toEqual([expect.stringContaining(said)]);
  });

  it('F39: #recycle as an item of a list is one problem', () => {
    const exclude = 'exclude:\n            - #recycle\n            - "*.tmp"';
    const source = `\n      - name: a\n        plugin: folder\n        parameters:\n          paths: [/srv]\n          ${exclude}`;
    expect(problemsOf(job('    copies: []\n').replace('sources: []', `sources:${source}`))).toEqual([
      'wardround.yaml:10:15 backups[0].sources[0].parameters.exclude[0]: this begins with "#", which YAML reads as a comment. Put it in single quotes: \'#recycle\'',
    ]);
  });

  it('F39 kind: shows no password that lacks its quotes', () => {
    for (const password of ['0123', '@secret', '#secret', 'null']) {
      const said = problemsOf(`${oneServer}smtp:\n  host: mail\n  from: a@b.example\n  password: ${password}\n`);
      expect(said).not.toEqual([]);
      expect(said.join('\n')).not.toMatch(/0123|secret/);
    }
  });

  it('answers whatever a file holds, and never throws', () => {
    const keys = fc.constantFrom(
      'site',
      'servers',
      'checkups',
      'backups',
      'rules',
      'recipientGroups',
      'smtp',
      'name',
      'plugin',
      'parameters',
      'at',
      'every',
      'when',
      'sources',
      'subscriptions',
      'protocolLine',
      'jobs',
      '__proto__',
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom<unknown>('a', 'main', 'folder', '0 2 * * *', '${data', '(', 1, -1.5, true, null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(keys, tie('value'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(value, (content) => {
        const result = read(JSON.stringify(content));
        if (!result.right) expect(result.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});

describe('names of two sites in one file', () => {
  const twoSites = [
    'servers: [{ name: reception }, { name: reception, site: north }, { name: lab }]',
    'checkups:',
    '  - { name: disk, plugin: load, every: 1m, server: main/reception }',
    '  - { name: disk, plugin: load, every: 1m, server: north/reception }',
    '',
  ].join('\n');
  const ruleOn = (checkup: string) =>
    `rules: [{ name: full, title: Full, severity: warning, when: { checkup: ${checkup}, metric: free, below: 5 } }]\n`;

  it('may be the same on different servers', () => {
    expect(problemsOf(twoSites)).toEqual([]);
    const jobs = ['lab', 'main/reception'].map(
      (server) =>
        `  - { name: nightly, server: ${server}, sources: [{ name: a, plugin: sqlite, parameters: { file: /a } }] }`,
    );
    expect(problemsOf(`${twoSites}backups:\n${jobs.join('\n')}\n`)).toEqual([]);
  });

  it('are refused twice on one server, however it is called', () => {
    const servers = 'servers: [{ name: a }, { name: a, site: north }, { name: a, site: main }]\n';
    expect(problemsOf(servers)).toEqual([
      'wardround.yaml:1:52 servers[2].name: there is already a server "a" of the site "main". Use a different name for each',
    ]);
    const again = '  - { name: disk, plugin: load, every: 1m, server: north/reception }\n';
    expect(problemsOf(twoSites + again)).toEqual([
      'wardround.yaml:5:7 checkups[2].name: there is already a check-up "disk" on "north/reception". Use a different name for each',
    ]);
  });

  it('have to say which server is meant', () => {
    const text = `${twoSites}  - { name: load, plugin: load, every: 1m, server: reception }\n`;
    expect(problemsOf(text)).toEqual([
      'wardround.yaml:5:44 checkups[2].server: "reception" is ambiguous: main/reception, north/reception. Give the site too, as <site>/<server>',
    ]);
    expect(problemsOf(text.replace('server: reception }\n', 'server: south/reception }\n'))).toEqual([
      expect.stringContaining('there is no server "south/reception". Did you mean "north/reception"?'),
    ]);
  });

  it('bare in a rule mean all that have them, which is told and refuses nothing', () => {
    const result = read(twoSites + ruleOn('disk'));
    expect(result.right && result.meanings.map((note) => problemText('wardround.yaml', note))).toEqual([
      'wardround.yaml:5:63 rules[0].when.checkup: "disk" means all 2 check-ups called so: main/reception/disk, north/reception/disk. To mean one of them, write main/reception/disk',
    ]);
    const one = read(twoSites + ruleOn('north/reception/disk'));
    expect(one.right && one.meanings).toEqual([]);
  });

  it('in a rule have to be there', () => {
    expect(problemsOf(twoSites + ruleOn('lab/disk'))).toEqual([
      expect.stringContaining('rules[0].when.checkup: there is no check-up "lab/disk". Known here: reception/disk'),
    ]);
    expect(problemsOf(twoSites + ruleOn('main/reception/disc'))).toEqual([
      expect.stringContaining('there is no check-up "main/reception/disc". Did you mean "main/reception/disk"?'),
    ]);
  });

  it('in a subscription may be those of a site, a server or a job', () => {
    const group = (filter: string) =>
      `${twoSites}recipientGroups: [{ name: north, subscriptions: [{ takes: alarms, ${filter} }] }]\n`;
    expect(problemsOf(group('sites: [north], servers: [north/reception]'))).toEqual([]);
    const told = read(group('servers: [reception]'));
    expect(told.right && told.meanings.map(({ message }) => message)).toEqual([
      '"reception" means all 2 servers called so: main/reception, north/reception',
    ]);
    expect(problemsOf(group('sites: [nord]'))).toEqual([
      expect.stringContaining('there is no site "nord". Known here: main, north'),
    ]);
    expect(problemsOf(group('servers: [atelier]'))).toEqual([
      expect.stringContaining('there is no server "atelier". Known here: reception, lab'),
    ]);
  });
});
