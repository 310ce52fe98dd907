import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openBoard, type BoardApp } from '../fixtures/board-app.js';
import { startBrowser, whyNoBrowser } from '../fixtures/browser.js';
import { alarmRow, clinicRows, lineRows, minuteMs, runRow, statusRow, type ViewRows } from '../fixtures/clinic-rows.js';
import { tempFolder } from '../fixtures/temp-folder.js';

const reason = whyNoBrowser();
if (reason) console.warn(`Tests of the board's pages in a browser are skipped: ${reason}`);

const clock = { now: () => Date.now() };

/**
 * The clinic on a good day: without its troubled servers, and nothing to look after. Its backups ran within the last eight hours,
 * and were due before, whatever the time of day is.
 */
function calm(): ViewRows {
  const rows = clinicRows(Date.now());
  const isCalm = ({ server }: { server: string }) => server === 'reception' || server === '';
  const due = new Date(Date.now() - 8 * 60 * minuteMs);
  const plan = { at: `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`, timeZone: 'UTC' };
  const definitions = rows.definitions
    .filter(isCalm)
    .map((row) => (row.kind === 'backup-job' ? { ...row, definition: Object.assign({}, row.definition, plan) } : row));
  return { ...rows, definitions, alarms: [] };
}

(reason ? describe.skip : describe)('the pages of the board in a browser', () => {
  let browser: Browser;
  let context: BrowserContext;
  let board: BoardApp;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await startBrowser();
  }, 60_000);
  afterAll(() => browser.close());

  beforeEach(async () => {
    complaints = [];
    board = await openBoard({ folder: tempFolder(), clock, rows: calm() });
    context = await browser.newContext();
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', ({ message }) => complaints.push(message));
  });
  afterEach(async () => {
    await context.close();
    await board.close();
  });

  const show = async (path = '/', on = page) => {
    await on.goto(board.url + path);
    await on.waitForSelector('body[data-connection="live"]');
  };
  const raise = (alarmId = 'alarm-1') => board.change({ alarms: [alarmRow(alarmId, Date.now())] }, ['alarms']);
  const attribute = (name: string) => page.locator('body').getAttribute(name);

  it('turn red without being asked, say so once to those who listen, and sound', async () => {
    await show();
    expect([await attribute('data-board'), await attribute('data-sound')]).toEqual(['green', 'silent']);
    await raise();
    await page.waitForSelector('body[data-board="red"][data-sound="playing"]');
    expect(await page.title()).toBe('● 1 alarm – Board – Wardround');
    expect(await page.locator('#favicon').getAttribute('href')).toBe('/assets/favicon-red.svg');
    expect(await page.locator('[aria-live="assertive"]').textContent()).toBe('1 critical alarm, not acknowledged');
    expect(await page.locator('[aria-live="polite"]').textContent()).toBe('');

    const acknowledged = { acknowledgedAt: new Date().toISOString(), acknowledgedBy: 'board' };
    await board.change({ alarms: [alarmRow('alarm-1', Date.now(), acknowledged)] }, ['alarms']);
    await page.waitForSelector('body[data-board="amber"][data-sound="silent"]');
    expect(await page.title()).toBe('Board – Wardround');
    expect(await page.locator('[aria-live="polite"]').textContent()).toBe('1 critical alarm, acknowledged');
    expect(complaints).toEqual([]);
  });

  it('stay silent on a computer whose sound was turned off, also after a reload, and red all the same', async () => {
    await show();
    await page.getByRole('button', { name: 'Allow and test the sound' }).click();
    await page.getByRole('button', { name: 'Turn the sound off' }).click();
    await page.reload();
    await raise();
    await page.waitForSelector('body[data-board="red"]');
    await page.getByText('Sound is off').waitFor();
    expect(await attribute('data-sound')).toBe('silent');
  });

  it('change under the reader’s hands without taking focus, text, or what is open', async () => {
    await raise();
    await show();
    const note = page.locator('#note-alarm-1');
    await note.fill('on my w');
    await page.locator('summary', { hasText: '512 GB free' }).click();
    await note.focus();
    await page.evaluate("document.querySelector('#alarm-alarm-1').marked = 'the same element'");

    const later = statusRow('reception', 'disk-space', Date.now(), { summary: 'only little left', status: 'warning' });
    await board.change({ statuses: [later], alarms: [alarmRow('alarm-0', Date.now() + minuteMs)] }, [
      'checkup-status',
      'alarms',
    ]);
    await page.getByText('only little left').waitFor();
    await page.locator('#alarm-alarm-0').waitFor();
    await page.keyboard.type('ay');

    expect(await note.inputValue()).toBe('on my way');
    expect(await page.evaluate("document.querySelector('#alarm-alarm-1').marked")).toBe('the same element');
    const details = page.locator('details', { has: page.locator('summary', { hasText: 'only little left' }) });
    expect(await details.getAttribute('open')).not.toBeNull();
  });

  it('follow a run: bar, step and lines, at the end of the protocol', async () => {
    const startedAt = Date.now() - minuteMs;
    const running = (percent: number, step: string) =>
      runRow('run-live', 'reception', 'records', startedAt, { outcome: 'running', completedAt: null, percent, step });
    const lines = (count: number) =>
      lineRows(
        'run-live',
        startedAt,
        Array.from({ length: count }, (_, index) => ({ text: `line number ${index + 1}` })),
      );
    await board.change({ runs: [running(10, 'copy local-copy')], lines: lines(80) }, ['runs']);
    await show('/runs/run-live');
    expect(await page.getByRole('progressbar').getAttribute('value')).toBe('10');

    await board.change({ runs: [running(70, 'verify local-copy')], lines: lines(90) }, ['runs']);
    await page.getByText('Verifying the local copy').waitFor();
    expect(await page.getByRole('progressbar', { name: 'Verifying the local copy' }).getAttribute('value')).toBe('70');
    const fromEnd =
      "(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight)(document.querySelector('#protocol-frame'))";
    expect(Number(await page.evaluate(fromEnd))).toBeLessThan(2);

    await board.change({ runs: [runRow('run-live', 'reception', 'records', startedAt)] }, ['runs']);
    await page.locator('#run').getByText('Succeeded').waitFor();
    expect(await page.getByRole('progressbar').count()).toBe(0);
  });

  it('say loudly when they are not up to date, are never green then, and fix themselves', async () => {
    await show();
    const { port } = new URL(board.url);
    const folder = tempFolder();
    await board.close();
    await page.waitForSelector('body[data-connection="lost"][data-board="unknown"]', { timeout: 20_000 });
    await page
      .getByRole('alert')
      .getByText(/^Not up to date since \d\d:\d\d\./)
      .waitFor();
    expect(await page.title()).toBe('Not up to date – Board – Wardround');
    expect(await page.locator('#headline').textContent()).toBe('The status is unknown at the moment');
    expect(await page.locator('#status').innerText()).toContain('Status when the connection was lost: All is well');

    board = await openBoard({ folder, clock, rows: calm(), port: Number(port) });
    await page.waitForSelector('body[data-connection="live"][data-board="green"]', { timeout: 20_000 });
    expect(await page.locator('#headline').textContent()).toContain('All is well');
    expect(await page.title()).toBe('Board – Wardround');
  }, 60_000);

  it('share one connection among tabs, since a browser opens only six to a server', async () => {
    await show();
    const second = await context.newPage();
    const asked: string[] = [];
    second.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await show('/alarms', second);
    await raise();
    await second.waitForSelector('body[data-board="red"]');
    expect(asked).not.toContain('/live');
    await page.close();
    await board.change({ alarms: [alarmRow('alarm-1', Date.now(), { acknowledgedAt: new Date().toISOString() })] }, [
      'alarms',
    ]);
    await second.waitForSelector('body[data-board="amber"]', { timeout: 20_000 });
    expect(asked).toContain('/live');
  }, 60_000);

  it('tell what the API refuses in its own words', async () => {
    await show(); // this server has no API: every address of it is refused
    await page.getByRole('button', { name: /Back up now.*Practice records/ }).click();
    await page
      .getByRole('alert')
      .getByText(/there is nothing at \/api\/v1\/sites\/[a-z-]+\/servers\/[a-z-]+\/jobs\/records\/runs/)
      .waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await page.getByText('there is nothing at').count()).toBe(0);
  });

  it('can be used by keyboard alone', async () => {
    await raise();
    await show();
    const focused = () => page.evaluate('document.activeElement.innerText.trim() || document.activeElement.id');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('note-alarm-1');
    const asked = page.waitForRequest('**/api/v1/alarms/alarm-1/acknowledge');
    await page.keyboard.type('on it');
    await page.keyboard.press('Enter');
    const request = await asked;
    expect([request.method(), request.postData(), request.headers()['content-type']]).toEqual([
      'POST',
      '{"note":"on it"}',
      'application/json',
    ]);
  });

  it('fit a narrow phone, and each thing to press has a name', async () => {
    await raise();
    await page.setViewportSize({ width: 360, height: 740 });
    const nameless =
      "[...document.querySelectorAll('a, button, summary, input')].filter((e) => !(e.innerText || e.textContent || e.labels?.length || e.ariaLabel)).map((e) => e.outerHTML)";
    const paths = [
      '/',
      '/runs',
      '/runs/run-records',
      '/snapshots',
      '/alarms',
      '/inbox',
      '/inbox/message-failed',
      '/nowhere',
    ];
    for (const path of paths) {
      await show(path);
      expect([path, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([path, 360]);
      expect([path, await page.evaluate(nameless)]).toEqual([path, []]);
    }
  });

  it.each([320, 390])('show every word of the navigation on a screen of %i pixels', async (width) => {
    await page.setViewportSize({ width, height: 740 });
    await show('/');
    const cut =
      "[...document.querySelectorAll('.nav a')].filter((a) => { const nav = a.closest('.nav').getBoundingClientRect(); const own = a.getBoundingClientRect(); return own.right > nav.right + 1 || own.bottom > nav.bottom + 1 || own.right > innerWidth; }).map((a) => a.textContent)";
    expect(await page.evaluate(cut)).toEqual([]);
  });
});
