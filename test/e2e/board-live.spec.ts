import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBoard, type BoardApp } from '../fixtures/board-app.js';
import { startBrowser, whyNoBrowser } from '../fixtures/browser.js';
import { alarmRow, checkupDefined, messageRow, runRow, serverDefined, statusRow } from '../fixtures/clinic-rows.js';
import { tempFolder } from '../fixtures/temp-folder.js';

const reason = whyNoBrowser();
if (reason) console.warn(`Tests of the live board in a browser are skipped: ${reason}`);

(reason ? describe.skip : describe)('R4: the board in a browser is live everywhere', () => {
  const now = Date.now();
  let board: BoardApp;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    const definitions = [serverDefined('reception', 'Reception'), checkupDefined('reception', 'load')];
    const rows = { definitions, statuses: [statusRow('reception', 'load', now)] };
    board = await openBoard({ folder: tempFolder(), clock: { now: () => now }, rows });
    browser = await startBrowser();
    page = await browser.newPage();
    await page.goto(board.url);
    await page.waitForSelector('body[data-connection="live"]');
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await board.close();
  });

  const head = (word: string) =>
    page.locator('.server-head', { hasText: word }).waitFor({ state: 'attached', timeout: 10_000 });

  it('R4: the head of a server goes with its check-ups, its alarms and its definition', async () => {
    await head('Ok');
    await board.change({ statuses: [statusRow('reception', 'load', now, { status: 'warning' })] }, ['checkup-status']);
    await head('Warning');
    await board.change({ alarms: [alarmRow('a1', now)] }, ['alarms']);
    await head('Critical');
    await board.change({ definitions: [{ ...serverDefined('reception', 'Front desk'), place: 1 }] }, ['definitions']);
    await head('Front desk');
  }, 60_000);

  it('R4: the icon and the title of the page go with the alarm', async () => {
    await page.waitForFunction('document.title.includes("1 alarm")', null, { timeout: 10_000 });
    expect(await page.locator('#favicon').getAttribute('href')).toContain('red');
    const clearedAt = new Date(now).toISOString();
    await board.change({ alarms: [alarmRow('a1', now, { clearedAt, clearedBecause: 'condition-ended' })] }, ['alarms']);
    await page.waitForSelector('body[data-board="amber"]', { timeout: 10_000 });
    expect(await page.title()).not.toContain('alarm');
  }, 60_000);

  it('R4 kind: a message that did not arrive appears, and the other pages have the state too', async () => {
    const failed = {
      state: 'failed',
      channel: 'email',
      to: ['a@b.example'],
      deliveredBy: null,
      lastError: '550 no',
    } as const;
    await board.change({ messages: [messageRow('m1', now, failed)] }, ['messages']);
    await page.getByText('Messages that could not be delivered').waitFor({ timeout: 10_000 });
    await page.goto(`${board.url}/runs`);
    await page.waitForSelector('body[data-connection="live"]');
    await board.change({ runs: [runRow('run-9', 'reception', 'records', now)] }, ['runs']);
    await page.locator('[id="run.run-9"]').waitFor({ timeout: 10_000 });
    await board.change({ alarms: [alarmRow('a2', now)] }, ['alarms']);
    await page.waitForSelector('body[data-board="red"]', { timeout: 10_000 });
  }, 60_000);
});
