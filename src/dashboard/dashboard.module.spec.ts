import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, type Answer } from '../../test/fixtures/api-server.js';
import { openBoard, type BoardApp } from '../../test/fixtures/board-app.js';
import {
  alarmRow,
  checkupDefined,
  clinicRows,
  hourMs,
  jobDefined,
  lineRows,
  messageRow,
  minuteMs,
  noRows,
  runRow,
  serverDefined,
  snapshotRow,
  statusRow,
  type ViewRows,
} from '../../test/fixtures/clinic-rows.js';
import { pageText } from '../../test/fixtures/page-text.js';
import { tempFolder } from '../../test/fixtures/temp-folder.js';
import type { Settings } from '../shared/settings.js';

const now = Date.parse('2026-11-22T08:00:00Z');
const pages = ['/', '/runs', '/runs/run-images', '/snapshots', '/alarms', '/inbox', '/inbox/message-failed', '/system'];

const opened: BoardApp[] = [];
afterAll(async () => {
  for (const board of opened) await board.close();
});

async function boardWith(rows: Partial<ViewRows>, role?: Settings['role']): Promise<BoardApp> {
  const board = await openBoard({ folder: tempFolder(), clock: { now: () => now }, rows, ...(role ? { role } : {}) });
  opened.push(board);
  return board;
}

function get(board: BoardApp, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(Number(new URL(board.url).port), 'GET', path, {
    headers: { accept: 'text/html', host: new URL(board.url).host, ...headers },
  });
}

/** The HTML with its escapes undone: for looking at attributes. */
function plain(html: string): string {
  return html.replaceAll('&#x3D;', '=').replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#x27;', "'");
}

describe('a result that is of no use for a chart', () => {
  const metric = { name: 'used', value: 50, unit: '%' };
  const resultRow = (checkup: string, time: string, metrics = [metric]) => ({
    ...{ checkupId: `clinic.reception.${checkup}`, time, eventId: `${checkup} ${time}`, status: 'ok' as const },
    ...{ summary: 'fine', metrics },
  });
  const rows = (results: ViewRows['results']) => ({
    definitions: [
      serverDefined('reception', 'Reception'),
      checkupDefined('reception', 'raid', { title: 'RAID' }),
      checkupDefined('reception', 'disk-space', { title: 'Disk space' }),
    ],
    statuses: ['raid', 'disk-space'].map((name) => statusRow('reception', name, now, { metrics: [metric] })),
    results,
  });

  it('S7: does not stop the board, be there as many metrics of one name as a day can hold', async () => {
    const metrics = Array.from({ length: 200 }, () => metric);
    const results = Array.from({ length: 720 }, (_, at) =>
      resultRow('raid', new Date(now - at * minuteMs).toISOString(), metrics),
    );
    const { status, text } = await get(await boardWith(rows(results)), '/');
    expect(status).toBe(200);
    expect(text.match(/class="chart-line"/g)).toHaveLength(1);
  });

  it('S7: is the fault of its tile alone', async () => {
    const good = resultRow('disk-space', new Date(now).toISOString());
    const board = await boardWith(rows([resultRow('raid', 'never'), good]));
    for (const path of ['/', '/fragments/servers', '/fragments/checkups']) {
      const { status, text } = await get(board, path);
      expect(status).toBe(200);
      expect(text.match(/class="chart-line"/g)).toHaveLength(1);
      expect(pageText(text).match(/The chart cannot be drawn/g)).toHaveLength(1);
    }
  });
});

describe('the board of a hub', () => {
  it('offers no backup and no check-up that is to be started on the server', async () => {
    const board = await boardWith(clinicRows(now), 'hub');
    for (const path of ['/', '/runs/run-images']) {
      const { text } = await get(board, path);
      expect(text).toContain('X-ray images');
      expect(text).not.toContain('back-up-now');
      expect(text).not.toContain('check-now');
    }
  });
});

describe('the pages of a clinic', () => {
  let board: BoardApp;
  beforeAll(async () => {
    board = await boardWith(clinicRows(now));
  });

  it.each(pages)(
    '%s is a whole page under a strict policy, with nothing written into it that the policy forbids',
    async (path) => {
      const { status, headers, text } = await get(board, path);
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers['cache-control']).toBe('no-store');
      expect(text).toMatch(/^<!doctype html>/);
      expect(text).toContain('data-board="red"');
      expect(text).not.toMatch(/ style=| on[a-z]+=|<style|<script(?! type="module" src="\/assets)|https?:\/\//);
      const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect(ids.filter((id, index) => ids.indexOf(id) !== index && id !== 'headline')).toEqual([]);
    },
  );

  it('says what is the matter in words, in the title and by a shape', async () => {
    const { text } = await get(board, '/');
    expect(text).toContain('<title>● 1 alarm – Board – Wardround</title>');
    expect(pageText(text)).toContain(
      '1 critical alarm, not acknowledged The image archive is nearly full. Acknowledge it',
    );
    expect(text).toMatch(/status-icon.*?#i-critical/);
    expect(text).toContain('/assets/favicon-red.svg');
  });

  it('shows of each server its check-ups with status, value, chart and age', async () => {
    const { text } = await get(board, '/');
    const said = pageText(text);
    for (const part of [
      'Reception',
      'Imaging archive',
      'Laboratory',
      '38 % free',
      '12 d days left',
      'just now',
      'No result yet',
    ]) {
      expect(said).toContain(part);
    }
    expect(text.match(/<svg class="chart"/g)).toHaveLength(7);
    expect(text).toContain('aria-label="Disk space, the last 24 hours: between 38');
  });

  it('never shows a result that is too old as one that counts', async () => {
    const tile = (await get(board, '/')).text.split('id="checkup.clinic.lab.memory"')[1]?.split('</article>')[0] ?? '';
    expect(pageText(tile)).toContain('Not checked since 5 hours ago');
    expect(tile).toContain('state-unknown');
    expect(tile).not.toContain('state-ok');
  });

  it('shows the run in progress with its progress, step, copies and newest lines', async () => {
    const { text } = await get(board, '/');
    const job = text.split('id="job.clinic.lab.results"')[1]?.split('</article>')[0] ?? '';
    expect(job).toMatch(/<progress [^>]*max="100" value="63.4" aria-labelledby=/);
    const said = pageText(job);
    expect(said).toContain('Copying to “second-computer” 63 %');
    expect(said).toContain('11,932 of 18,204 files');
    expect(said).toContain('Local copy verified');
    expect(said).toContain('second-computer copying');
    expect(said).toContain('Vanished while it was copied');
    expect(job).toMatch(/Back up now/);
    expect(job).toMatch(/data-api="\/api\/v1\/sites\/clinic\/servers\/lab\/jobs\/results\/runs"[^>]* disabled/);
  });

  it('shows of a failed run what went wrong, where, and the last good backup', async () => {
    const { text } = await get(board, '/');
    const said = pageText(text.split('id="job.clinic.imaging.images"')[1]?.split('</article>')[0] ?? '');
    expect(said).toContain('X-ray images Failed');
    expect(said).toContain('second-computer failed no space on //BACKUP-PC/wardround');
    expect(said).toContain('Last good backup: 30 hours ago (312 GB)');
  });

  it('shows open alarms, the one that calls first, with advice, who acknowledged, and a way to acknowledge', async () => {
    const { text } = await get(board, '/');
    const said = pageText(text);
    expect(said).toMatch(
      /Open alarms 3 .*Critical Imaging archive since .* The image archive is nearly full .* Warning/,
    );
    expect(said).toContain('What to do Call the vendor’s support');
    expect(said).toContain('Acknowledged 3 hours ago by anna: “Technician comes at 10”');
    expect(text.match(/data-api="\/api\/v1\/alarms\/[a-z-]+\/acknowledge"/g)).toEqual([
      'data-api="/api/v1/alarms/alarm-disk/acknowledge"',
      'data-api="/api/v1/alarms/alarm-backup/acknowledge"',
    ]);
  });

  it('lists runs, narrowed by job and outcome', async () => {
    expect((await get(board, '/runs')).text.match(/<tr id="run\./g)).toHaveLength(13);
    const failed = await get(board, '/runs?outcome=failed&job=images');
    expect(failed.text.match(/<tr id="run\./g)).toHaveLength(1);
    expect(plain(failed.text)).toContain('href="/runs?job=images&outcome=failed" aria-current="true"');
    expect(pageText((await get(board, '/runs?outcome=failed&job=records')).text)).toContain('No such run');
  });

  it('shows a run with exact times, copies and protocol', async () => {
    const said = pageText((await get(board, '/runs/run-images')).text);
    expect(said).toContain('22 Nov 2026');
    expect(said).toContain('RECEPTION-PC as wardround');
    expect(said).toContain('scheduled');
    expect(said).toMatch(/Protocol lines 1 to 11 of 11/);
    expect(said).toContain('Error: copy second-computer no space on //BACKUP-PC/wardround');
  });

  it('lists snapshots with all places of a run in one row', async () => {
    const { text } = await get(board, '/snapshots?job=records');
    expect(text.match(/<tr id="snapshot\./g)).toHaveLength(4);
    // The name, which is in UTC and which a restore is told, beside the local time.
    expect(text).toContain('<span class="cell-sub">2026-11-22T02-00-00Z</span>');
    expect(pageText(text)).toContain('Local copy /srv/local-copy/records/2026-11-22T02-00-00Z second-computer');
  });

  it('shows past alarms, and why they ended', async () => {
    expect(pageText((await get(board, '/alarms')).text)).toMatch(
      /Past alarms Warning Reception .* Memory is short .* Cleared 3 days ago : the condition ended/,
    );
  });

  it('shows a message as it was sent, whom it told and why', async () => {
    const { text } = await get(board, '/inbox/message-failed');
    expect(pageText(text)).toMatch(
      /To reception Why A backup failed delivered here because “email” is not set up About X-ray images/,
    );
    expect(text).toContain('What to do        Free some space there, then run the backup again.\n');
  });

  it.each([
    'status',
    'problems',
    'alarms',
    'servers',
    'checkups',
    'jobs',
    'inbox',
    'inbox-list',
    'runs',
    'run/run-images',
    'snapshots',
    'past-alarms',
  ])('gives the section %s alone', async (section) => {
    const { status, text } = await get(board, `/fragments/${section}`);
    expect(status).toBe(200);
    expect(text).toMatch(/data-section="/);
    expect(text).not.toContain('<!doctype');
  });

  it('says 404, 400 and 500 in a page', async () => {
    for (const path of [
      '/nowhere',
      '/runs/none',
      '/inbox/none',
      '/inbox/message-waiting',
      '/assets/none.js',
      '/fragments/none',
    ]) {
      const { status, headers, text } = await get(board, path);
      expect([path, status]).toEqual([path, 404]);
      expect(headers['content-security-policy']).toContain("script-src 'self'");
      expect(pageText(text)).toContain('Page not found');
    }
    const wrong = await get(board, '/runs?outcome=perhaps');
    expect(wrong.status).toBe(400);
    expect(pageText(wrong.text)).toContain('Request refused');
    expect((await get(board, '/snapshots?after=made-up')).status).toBe(400);
  });

  it('serves its files forever under their hash, else by their tag', async () => {
    const href = /href="(\/assets\/board.css\?v=[0-9a-f]+)"/.exec(plain((await get(board, '/')).text))?.[1] ?? '';
    const first = await get(board, href);
    expect(first.headers).toMatchObject({
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    const byTag = await get(board, '/assets/board.css');
    expect(byTag.headers['cache-control']).toBe('no-cache');
    const again = await get(board, '/assets/board.css', { 'if-none-match': String(byTag.headers.etag) });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('shows what is wrong with the configuration, with line and advice', async () => {
    board.problems = [
      {
        line: 12,
        column: 5,
        path: 'backups[0].at',
        message: '"never" is not a cron line',
        advice: 'Write "0 2 * * *"',
      },
    ];
    const said = pageText((await get(board, '/')).text);
    board.problems = [];
    expect(said).toContain('The configuration was not applied There is a problem in wardround.yaml');
    expect(said).toMatch(/Line 12 backups\[0\]\.at "never" is not a cron line Write/);
  });
});

describe('the pages of a new installation', () => {
  let board: BoardApp;
  beforeAll(async () => {
    board = await boardWith(noRows);
  });

  it.each([
    ['/', 'No server is monitored yet'],
    ['/runs', 'No runs yet'],
    ['/snapshots', 'No snapshots yet'],
    ['/alarms', 'No alarm has been cleared yet'],
    ['/inbox', 'No messages'],
  ])('%s says that %s', async (path, words) => {
    const { text } = await get(board, path);
    expect(pageText(text)).toContain(words);
    expect(text).toContain('data-board="unknown"');
  });

  it('say of a job that never ran, and of a server without jobs, what that means', async () => {
    await board.change(
      { definitions: [serverDefined('reception'), serverDefined('lab'), jobDefined('reception', 'records')] },
      ['definitions'],
    );
    const said = pageText((await get(board, '/')).text);
    expect(said).toContain('A backup has never run');
    expect(said).toContain('Records No backup yet');
    expect(said).toContain('This server has no backup job, so nothing could be restored');
  });
});

describe('when the views cannot be read', () => {
  it('a page says so, and is not green', async () => {
    const board = await boardWith(clinicRows(now));
    await board.store.close();
    const { status, text } = await get(board, '/');
    expect(status).toBe(500);
    expect(pageText(text)).toContain('Internal error');
    expect(text).toContain('data-board="unknown"');
    expect(pageText(text)).toContain('The status is not available');
  });
});

describe('hostile text', () => {
  const evil = `<img src=x onerror="alert(1)">'"&{{title}}</script>\u202e`;
  const run = runRow('run-evil', 'reception', 'records', now - hourMs, {
    ...{ outcome: 'failed', errorCode: 'internal', errorText: evil, computer: evil, user: evil, step: evil },
    copies: [{ destination: evil, outcome: 'failed', place: evil, error: { code: 'internal', text: evil } }],
  });
  const inHand = runRow('run-now', 'reception', 'other', now - minuteMs, {
    outcome: 'running',
    completedAt: null,
    step: evil,
    destinations: [evil],
  });
  const rows: Partial<ViewRows> = {
    definitions: [
      serverDefined('reception', evil),
      checkupDefined('reception', 'load', { title: evil }),
      jobDefined('reception', 'records', { title: evil }),
      jobDefined('reception', 'other', { title: evil }),
    ],
    statuses: [
      statusRow('reception', 'load', now, {
        ...{ summary: evil, details: evil },
        metrics: [
          { name: evil, value: 1, unit: evil },
          { name: evil, value: 2, unit: evil },
        ],
      }),
    ],
    results: [
      {
        checkupId: 'clinic.reception.load',
        time: new Date(now).toISOString(),
        eventId: 'e',
        status: 'ok',
        summary: evil,
        metrics: [{ name: evil, value: 1, unit: evil }],
      },
    ],
    runs: [run, inHand],
    lines: lineRows('run-evil', now, [
      { text: evil, place: evil, step: evil, computer: evil, user: evil, level: 'error' },
    ]),
    snapshots: [{ ...snapshotRow(run, evil), place: evil, snapshot: evil }],
    alarms: [
      alarmRow(evil, now, { title: evil, summary: evil, advice: evil, rule: evil }),
      alarmRow('acknowledged', now, {
        acknowledgedAt: new Date(now).toISOString(),
        acknowledgedBy: `cli:${evil}`,
        note: evil,
      }),
      alarmRow('cleared', now, { title: evil, clearedAt: new Date(now).toISOString(), clearedBecause: evil }),
    ],
    messages: [
      messageRow('message-evil', now, { subject: evil, text: evil, group: evil, channel: evil, reason: evil }),
    ],
  };

  it('stays text, wherever it stands', async () => {
    const board = await boardWith(rows);
    board.problems = [{ line: 1, column: 1, path: evil, message: evil, advice: evil }];
    const paths = [
      '/',
      '/runs',
      '/runs/run-evil',
      '/runs/run-now',
      '/snapshots',
      '/alarms',
      '/inbox',
      '/inbox/message-evil',
      '/runs?job=%3Cimg%20src%3Dx%3E',
    ];
    for (const path of paths) {
      const { status, text } = await get(board, path);
      expect([path, status]).toEqual([path, 200]);
      expect(text).not.toContain('<img');
      expect(text.match(/<\/script>/g)).toHaveLength(1);
      expect(text).not.toMatch(/<[^>]* onerror="/);
    }
    const gone = await get(board, `/${encodeURIComponent(evil)}`);
    expect(gone.text).not.toContain('<img');
  });
});

describe('long lists', () => {
  it('continue by links, and a protocol shows its newest lines first', async () => {
    const lines = lineRows(
      'run-59',
      now,
      Array.from({ length: 1234 }, (_, index) => ({ text: `line ${index + 1}.` })),
    );
    const runs = Array.from({ length: 60 }, (_, index) =>
      runRow(`run-${index}`, 'reception', 'records', now - (60 - index) * hourMs),
    );
    const board = await boardWith({ runs, lines });
    const first = await get(board, '/runs');
    expect(first.text.match(/<tr id="run\./g)).toHaveLength(50);
    const older = /href="(\/runs\?[^"]+)">Older/.exec(plain(first.text))?.[1] ?? '';
    const second = await get(board, older);
    expect(second.text.match(/<tr id="run\./g)).toHaveLength(10);
    expect(second.text).toContain('>Newest</a>');

    const newest = await get(board, '/runs/run-59');
    expect(pageText(newest.text)).toContain('lines 735 to 1,234 of 1,234');
    expect(newest.text).toContain('data-section="run"');
    const before = await get(board, '/runs/run-59?upTo=734');
    expect(pageText(before.text)).toContain('lines 235 to 734 of 1,234');
    expect(before.text).not.toContain('data-section="run"');
    expect(plain(before.text)).toContain('href="/runs/run-59?upTo=234#protocol-title"');
    expect(before.text).toContain('href="/runs/run-59#protocol-title"');
  });
});
