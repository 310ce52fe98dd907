import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { ApplyReport } from '../../configuration/apply-report.js';
import { ApiClient } from '../api-client.js';
import type { Work } from '../command.js';
import { HttpTransport } from '../http-transport.adapter.js';
import { noColour } from '../style.js';
import { apply } from './apply.js';
import { backupRun } from './backup-run.js';
import { backups } from './backups.js';
import { checkupRun } from './checkup-run.js';
import { log } from './log.js';
import { restore } from './restore.js';
import { status } from './status.js';
import { viewsRebuild } from './views-rebuild.js';

type Answers = Readonly<Record<string, readonly { readonly status: number; readonly body: unknown }[]>>;

let server: Server;
let answers: Answers;
let asked: string[];
let printed: { out: string; error: string };
let interruption: AbortController;

beforeEach(async () => {
  answers = {};
  asked = [];
  printed = { out: '', error: '' };
  interruption = new AbortController();
  // Gives the answers of one address one after the other, and the last one again and again.
  server = createServer((request, response) => {
    const key = `${request.method} ${(request.url ?? '').replace('/api/v1/', '').replace(/\?.*$/, '')}`;
    asked.push(`${request.method} ${request.url}`);
    const seen = asked.filter((line) => line.replace('/api/v1/', '').replace(/\?.*$/, '') === key).length;
    const known = answers[key] ?? [];
    const answer = known[Math.min(seen, known.length) - 1];
    response.writeHead(answer?.status ?? 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer?.body ?? { code: 'not-found', title: 'No', detail: `nothing at ${key}` }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function work({ json = false, isScreen = false } = {}): Work {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    client: new ApiClient(new HttpTransport(`http://127.0.0.1:${address.port}`, 'token', 'cli:anna')),
    terminal: {
      out: (text) => (printed.out += text),
      error: (text) => (printed.error += text),
      isScreen,
      columns: 80,
      paint: noColour,
    },
    json,
    timeZone: 'UTC',
    interrupted: interruption.signal,
    now: () => Date.parse('2026-11-22T08:00:00Z'),
    pause: async () => undefined,
  };
}

/** A server `here` at each site. */
const serversAt = (...sites: readonly string[]): Answers => ({
  'GET servers': [
    ok({ items: sites.map((site) => ({ site, name: 'here', title: 'Here', status: 'ok' })), next: null }),
  ],
});

const ok = (body: unknown) => ({ status: 200, body });
const line = (number: number, text: string, level = 'info') => {
  return { number, time: '2026-11-22T02:00:07Z', level, step: 'local-copy', place: '', outcome: 'note', text };
};

function run(outcome: string, percent: number, lines: readonly unknown[], more = false) {
  return {
    ...{ runId: 'r1', site: 'main', server: 'here', job: 'records', outcome, percent, step: 'local-copy' },
    ...{ startedAt: '2026-11-22T02:00:00Z', completedAt: outcome === 'running' ? null : '2026-11-22T02:00:09Z' },
    ...{ files: 12, bytes: 3400, totalFiles: 12, totalBytes: 3400 },
    error: outcome === 'failed' ? { code: 'no-space', text: 'no space left on the disk of /mnt' } : null,
    copies:
      outcome === 'running'
        ? []
        : [
            { destination: 'local-copy', outcome: 'succeeded', place: '/b/local', error: null },
            { destination: 'second', outcome, place: '/b/second', error: { code: 'no-space', text: 'disk full' } },
          ],
    protocol: { lines, lastLine: 0, more },
  };
}

function backupOf(...looks: readonly unknown[]): Answers {
  return { 'POST jobs/records/runs': [{ status: 202, body: { runId: 'r1' } }], 'GET runs/r1': looks.map(ok) };
}

describe('wardround backup run', () => {
  it('prints each line of the protocol once where no one looks on, and exits with 0 on success', async () => {
    answers = backupOf(
      run('running', 10, [line(1, 'first')]),
      run('running', 60, [line(2, 'second'), line(3, 'careful', 'warning')], true),
      run('succeeded', 100, [line(4, 'last')]),
    );
    expect(await backupRun(work(), 'records')).toBe(0);
    expect(printed.out.split('\n')).toEqual([
      '02:00:07  local-copy  first',
      '02:00:07  local-copy  second',
      '02:00:07  local-copy  WARNING careful',
      '02:00:07  local-copy  last',
      '✓ ok  records: 12 files, 3.4 kB in 9 s',
      '  ✓ local-copy: verified in /b/local',
      '  ✓ second: verified in /b/second',
      '',
    ]);
    expect(asked.filter((request) => request.startsWith('GET'))).toEqual([
      'GET /api/v1/runs/r1?afterLine=0',
      'GET /api/v1/runs/r1?afterLine=1',
      'GET /api/v1/runs/r1?afterLine=3',
    ]);
  });

  it('exits with 1 when a copy failed, and says why and what to do', async () => {
    answers = backupOf(run('failed', 70, []));
    expect(await backupRun(work(), 'records')).toBe(1);
    expect(printed.out).toContain('✗ second: disk full');
    expect(printed.error).toBe(
      'wardround: the backup records failed: no space left on the disk of /mnt\n' +
        '  Fix the cause, then run it again with `wardround backup run records`\n',
    );
  });

  it('draws one bar again on a screen, with warnings above it and no other lines', async () => {
    answers = backupOf(
      run('running', 50, [line(1, 'first'), line(2, 'careful', 'warning')]),
      run('succeeded', 100, []),
    );
    await backupRun(work({ isScreen: true }), 'records');
    expect(printed.out).not.toContain('first');
    expect(printed.out).toContain(
      '\r\u001b[2K02:00:07  local-copy  WARNING careful\n████████████░░░░░░░░░░░░  50 %  local-copy  12 files  3.4 kB\r\u001b[2K',
    );
  });

  it('prints one JSON document with the whole protocol', async () => {
    answers = backupOf(run('running', 50, [line(1, 'first')]), run('succeeded', 100, [line(2, 'last')]));
    await backupRun(work({ json: true }), 'records');
    expect(JSON.parse(printed.out)).toMatchObject({
      outcome: 'succeeded',
      protocol: { lines: [{ text: 'first' }, { text: 'last' }] },
    });
  });

  it('only stops watching at Ctrl-C, and says that the backup continues', async () => {
    answers = backupOf(run('running', 10, []));
    interruption.abort();
    expect(await backupRun(work(), 'records')).toBe(130);
    expect(printed.error).toMatch(/^No longer following. The backup continues in the running Wardround \(run r1\)/);
  });

  const inHand = { code: 'conflict', title: 'T', detail: 'records is already running (run r1). Wait', runId: 'r1' };

  it('follows a run that is in progress already to its end, with all its lines, and exits as that run does', async () => {
    answers = {
      ...backupOf(run('running', 10, [line(1, 'first')]), run('succeeded', 100, [line(2, 'last')])),
      'POST jobs/records/runs': [{ status: 409, body: inHand }],
    };
    expect(await backupRun(work(), 'records')).toBe(0);
    expect(printed.error).toBe(
      'The backup records is already running, since 2026-11-22 02:00:00 (run r1). Following that run; it may not include changes made since then.\n',
    );
    expect(printed.out).toContain('02:00:07  local-copy  first\n02:00:07  local-copy  last\n✓ ok  records');
    expect(asked.filter((request) => request.startsWith('POST'))).toHaveLength(1);
    answers = { ...backupOf(run('failed', 70, [])), 'POST jobs/records/runs': [{ status: 409, body: inHand }] };
    expect(await backupRun(work({ json: true }), 'records')).toBe(1);
  });

  it('only stops watching a run that was in progress already at Ctrl-C', async () => {
    answers = { ...backupOf(run('running', 10, [])), 'POST jobs/records/runs': [{ status: 409, body: inHand }] };
    interruption.abort();
    expect(await backupRun(work(), 'records')).toBe(130);
    expect(printed.error).toContain('The backup continues in the running Wardround (run r1)');
  });

  it('does not take a run that is in progress for one with --new-place', async () => {
    answers = { ...backupOf(run('running', 10, [])), 'POST jobs/records/runs': [{ status: 409, body: inHand }] };
    await expect(backupRun(work(), 'records', { newPlace: ['second'] })).rejects.toThrow(
      /already running \(run r1\).*\n  That run was started without --new-place/,
    );
  });

  it('fails in the words of the process if the job runs already', async () => {
    const detail = 'records runs already (run r0)';
    answers = { 'POST jobs/records/runs': [{ status: 409, body: { code: 'conflict', title: 'T', detail } }] };
    await expect(backupRun(work(), 'records')).rejects.toThrow(detail);
  });
});

describe('wardround status', () => {
  const list = (...items: unknown[]) => [ok({ items, next: null })];
  const all = (serverStatus: string): Answers => ({
    'GET servers': list({ site: 'main', name: 'here', title: 'Here', status: serverStatus, more: 1 }),
    'GET checkups': list(),
    'GET jobs': list(),
    'GET alarms': list(),
    'GET configuration': [ok({ file: '/w.yaml', problems: [] })],
    'GET system': [ok({ parts: [], consumers: [] })],
  });

  it.each([
    ['ok', false, 0],
    ['critical', false, 0],
    ['ok', true, 0],
    ['critical', true, 1],
  ])('of a server that is %s, with --exit-code %s, exits with %d', async (serverStatus, exitCode, code) => {
    answers = all(serverStatus);
    expect(await status(work(), { exitCode })).toBe(code);
    expect(printed.out).toContain('Here (here)');
  });

  it('prints all that the API says as one JSON document', async () => {
    answers = all('ok');
    await status(work({ json: true }), { exitCode: false });
    expect(JSON.parse(printed.out)).toMatchObject({ well: true, running: true, servers: [{ name: 'here', more: 1 }] });
  });
});

describe('wardround apply', () => {
  const asStated = { takeOver: false };
  const report = (outcome: string, changes: readonly unknown[], more: Partial<ApplyReport> = {}) => ({
    'POST configuration/apply': [
      ok({ outcome, dryRun: false, file: '/w.yaml', changes, restart: [], problems: [], ...more }),
    ],
  });

  it('prints what it changed', async () => {
    answers = report('applied', [
      { kind: 'rule', name: 'old', change: 'removed' },
      { kind: 'checkup', name: 'load', server: 'here', change: 'added' },
      { kind: 'backup-job', name: 'records', server: 'here', change: 'changed' },
    ]);
    expect(await apply(work(), { ...asStated, dryRun: false })).toBe(0);
    expect(printed.out).toBe('- rule old\n+ check-up load on here\n~ backup job records on here\n3 changes applied.\n');
  });

  it('exits with 1 for a file that is refused, and prints all its problems with their lines', async () => {
    const problem = { line: 12, column: 5, path: 'backups[0].at', message: 'wrong', advice: 'Right' };
    answers = report('refused', [], { problems: [problem, { ...problem, line: 14, path: '', advice: '' }] });
    expect(await apply(work(), { ...asStated, dryRun: false })).toBe(1);
    expect(printed.error).toBe(
      'wardround: the configuration has 2 problems\n/w.yaml:12:5 backups[0].at: wrong. Right\n/w.yaml:14:5: wrong\n' +
        'Nothing was changed.\n',
    );
  });

  it('says that there is nothing to do', async () => {
    answers = report('unchanged', []);
    expect(await apply(work(), { ...asStated, dryRun: true })).toBe(0);
    expect(printed.out).toBe('Everything already matches the configuration.\n');
  });

  it('refuses to apply another file than the Wardround that runs has, before it asks for anything', async () => {
    answers = { 'GET configuration': [ok({ file: '/w.yaml' })], ...report('unchanged', []) };
    await expect(apply(work(), { ...asStated, dryRun: false, configFile: '/other.yaml' })).rejects.toThrow(
      'the running Wardround uses the configuration /w.yaml and cannot apply another file',
    );
    expect(asked).toEqual(['GET /api/v1/configuration']);
    answers = { 'GET configuration': [ok({ file: '/w.yaml' })], ...report('unchanged', []) };
    expect(await apply(work(), { ...asStated, dryRun: false, configFile: '/w.yaml' })).toBe(0);
  });

  it('says what has to wait for a restart', async () => {
    answers = report('unchanged', [], { restart: ['role', 'eventLog', 'views'] });
    expect(await apply(work(), { ...asStated, dryRun: false })).toBe(0);
    expect(printed.out).toBe(
      'Every definition already matches the configuration.\n' +
        'Changes to role, eventLog and views take effect when Wardround is restarted.\n',
    );
    answers = report('applied', [{ kind: 'rule', name: 'old', change: 'removed' }], { restart: ['views'] });
    await apply(work(), { ...asStated, dryRun: false });
    expect(printed.out).toContain('1 change applied.\nChanges to views take effect');
  });

  it('prints the whole report with --json', async () => {
    answers = report('unchanged', [], { restart: ['eventLog'] });
    expect(await apply({ ...work(), json: true }, { ...asStated, dryRun: false })).toBe(0);
    expect(JSON.parse(printed.out)).toMatchObject({ outcome: 'unchanged', restart: ['eventLog'] });
  });
});

describe('wardround checkup run', () => {
  const checkup = (server: string) => {
    const id = `main.${server}.load`;
    return { id, site: 'main', server, name: 'load', title: 'Load', status: 'ok', because: 'looked', newest: null };
  };
  const result = (state: string) => [
    ok({ id: 'main.a.load', status: state, summary: 'so', details: 'x\ny', durationMs: 1 }),
  ];

  it.each([
    ['ok', 0],
    ['warning', 1],
    ['critical', 1],
    ['unknown', 1],
  ])('exits by the status %s with %d', async (state, code) => {
    answers = {
      'GET checkups': [ok({ items: [checkup('a')], next: null })],
      'POST checkups/main.a.load/runs': result(state),
    };
    expect(await checkupRun(work(), 'load')).toBe(code);
    expect(printed.out).toContain(`${state}  main.a.load: so\n  x\n  y\n`);
  });

  it('asks which is meant where several servers have it, and takes the id then', async () => {
    answers = {
      'GET checkups': [ok({ items: [checkup('a'), checkup('b')], next: null })],
      'POST checkups/main.b.load/runs': result('ok'),
    };
    await expect(checkupRun(work(), 'load')).rejects.toThrow('"load" is ambiguous: main/a/load, main/b/load');
    expect(await checkupRun(work(), 'main.b.load')).toBe(0);
    expect(await checkupRun(work(), 'b/load')).toBe(0);
    await expect(checkupRun(work(), 'lod')).rejects.toThrow('unknown check-up "lod"; known: a/load, b/load');
  });
});

describe('wardround log', () => {
  const event = (id: string) => ({
    ...{ id, source: '/s', type: 'server.retired', subject: '/s', time: '2026-11-22T02:00:00Z' },
    ...{ partitionkey: '/sites/main/servers/here', data: { site: 'main', server: 'here' } },
  });
  const since = Date.parse('2026-11-22T00:00:00Z');
  const here = serversAt('main');

  it('prints one line an event, page by page', async () => {
    answers = {
      ...here,
      'GET events': [ok({ items: [event('1')], next: 'c' }), ok({ items: [event('2')], next: null })],
    };
    expect(await log(work(), { follow: false, since })).toBe(0);
    expect(printed.out).toBe('2026-11-22 02:00:00  here  server here retired\n'.repeat(2));
  });

  it('names the site where two sites have a server of that name', async () => {
    answers = { ...serversAt('main', 'north'), 'GET events': [ok({ items: [event('1')], next: null })] };
    await log(work(), { follow: false, since });
    expect(printed.out).toBe('2026-11-22 02:00:00  main/here  server here retired\n');
  });

  it('prints CloudEvents as JSON lines', async () => {
    answers = { 'GET events': [ok({ items: [event('1'), event('2')], next: null })] };
    await log(work({ json: true }), { follow: false, since });
    expect(
      printed.out
        .trim()
        .split('\n')
        .map((text): unknown => JSON.parse(text)),
    ).toEqual([event('1'), event('2')]);
  });

  it('follows until Ctrl-C, and asks the process to hold its answers back', async () => {
    answers = { ...here, 'GET events': [ok({ items: [event('1')], next: 'c' }), ok({ items: [], next: 'c' })] };
    const ended = log(work(), { follow: true, since, type: 'server.retired' });
    while (asked.length < 5) await new Promise((resolve) => setImmediate(resolve));
    interruption.abort();
    expect(await ended).toBe(0);
    expect(printed.out.trim().split('\n')).toHaveLength(1);
    expect(asked[2]).toContain('wait=10');
    expect(asked[2]).toContain('cursor=c');
  });
});

describe('wardround backups, restore and views rebuild', () => {
  it('lists the snapshots, or says how to get one', async () => {
    const snapshot = {
      site: 'main',
      server: 'here',
      job: 'records',
      destination: 'second',
      snapshot: '2026-11-22T02-00-00Z',
    };
    answers = {
      'GET snapshots': [
        ok({ items: [{ ...snapshot, place: '/b/x', files: 3, bytes: 2500 }], next: null }),
        ok({ items: [], next: null }),
      ],
    };
    await backups(work(), { job: 'records' });
    expect(printed.out).toBe(
      'SNAPSHOT (UTC)        JOB      AT        FILES    SIZE  PLACE\n' +
        '2026-11-22T02-00-00Z  records  second  3 files  2.5 kB  /b/x\n',
    );
    expect(asked).toEqual(['GET /api/v1/snapshots?job=records&limit=500']);
    printed.out = '';
    asked = [];
    await backups({ ...work(), timeZone: 'Europe/Berlin' }, {});
    expect(printed.out).toBe(
      'SNAPSHOT (UTC)        LOCAL TIME            JOB      AT        FILES    SIZE  PLACE\n' +
        '2026-11-22T02-00-00Z  2026-11-22 03:00 CET  records  second  3 files  2.5 kB  /b/x\n',
    );
    asked = ['GET snapshots'];
    printed.out = '';
    await backups(work(), {});
    expect(printed.out).toContain('There are no backups yet.');
    printed.out = '';
    await backups(work(), { job: 'recrods' });
    expect(printed.out).toContain('There are no backups of a job "recrods".');
  });

  it('says what was restored from where', async () => {
    const done = {
      job: 'records',
      snapshot: 's',
      destination: 'second',
      to: '/r',
      files: 3,
      bytes: 2500,
      durationMs: 99,
    };
    answers = { 'POST jobs/records/restores': [ok(done)] };
    expect(await restore(work(), 'records', { to: '/r', from: 'second' })).toBe(0);
    expect(printed.out).toBe(
      '✓ ok  records: 3 files, 2.5 kB in 99 ms\n  from the snapshot s at second\n  to /r, every file verified against the manifest\n',
    );
  });

  it('says which views were right', async () => {
    const views = [
      { name: 'runs', rowsChanged: 0 },
      { name: 'alarms', rowsChanged: 2 },
    ];
    answers = { 'POST views/rebuild': [ok({ views })] };
    await viewsRebuild(work(), undefined);
    expect(printed.out).toBe('runs    was right\nalarms  2 rows put right\n');
  });
});
