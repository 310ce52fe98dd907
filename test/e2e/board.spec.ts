import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startBrowser, whyNoBrowser } from '../fixtures/browser.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { Ward } from '../fixtures/ward.js';

const reason = whyNoBrowser();
if (reason) console.warn(`Tests of the board in a browser are skipped: ${reason}`);

(reason ? describe.skip : describe)('the board in a browser', () => {
  const folder = tempFolder();
  const records = join(folder, 'records');
  let ward: Ward;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    mkdirSync(records);
    for (let index = 0; index < 40; index++)
      writeFileSync(join(records, `image-${index}.dcm`), Buffer.alloc(4_000_000, index));
    ward = await Ward.open({
      attended: true,
      configuration: {
        checkups: [{ name: 'memory', title: 'Memory', plugin: 'memory', every: '1m' }],
        backups: [
          {
            name: 'records',
            title: 'Patient records',
            sources: [{ name: 'records', plugin: 'folder', parameters: { paths: [records] } }],
            localCopy: { path: join(folder, 'local') },
            copies: [{ name: 'second', plugin: 'folder', parameters: { path: join(folder, 'second') } }],
          },
        ],
        rules: [
          {
            name: 'backup-failed',
            title: 'A backup failed',
            severity: 'critical',
            advice: 'Check that the folder still exists.',
            when: { protocolLine: 'records', level: 'error' },
          },
        ],
        recipientGroups: [{ name: 'staff', subscriptions: [{ takes: 'always-with-log', channel: 'inbox' }] }],
      },
    });
    browser = await startBrowser();
    page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(`${ward.process.url}/`) && !request.url().startsWith('data:'))
        complaints.push(`asked ${request.url()}`);
    });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await ward.close();
  }, 60_000);

  const board = (colour: string) => page.waitForSelector(`body[data-board="${colour}"]`, { timeout: 60_000 });
  const sound = (state: string) => page.waitForSelector(`body[data-sound="${state}"]`, { timeout: 60_000 });

  it('follows a run live, from the button over the progress bar to the verified copies', async () => {
    await page.goto(`${ward.process.url}/`);
    await page.waitForSelector('body[data-connection="live"]');
    await page
      .getByRole('button', { name: /Back up .*now/ })
      .first()
      .click();
    await page.locator('progress').first().waitFor({ timeout: 60_000 });
    const seen = new Set<string>();
    while ((await page.locator('progress').count()) > 0) {
      seen.add(
        (await page
          .locator('progress')
          .first()
          .getAttribute('value', { timeout: 1000 })
          .catch(() => null)) ?? '',
      );
      await page.waitForTimeout(50);
    }
    expect(seen.size).toBeGreaterThan(3);
    await page.getByText('Succeeded').first().waitFor();
    await page.getByText(join(folder, 'second')).first().waitFor({ timeout: 60_000 });
    await page.getByText('Backup succeeded: records').first().waitFor({ timeout: 60_000 });
  }, 180_000);

  it('turns red, says so in its title and sounds when a backup fails, until someone acknowledges it', async () => {
    expect(await page.locator('body').getAttribute('data-sound')).toBe('silent');
    await page.getByRole('button', { name: /Allow and test the sound/ }).click();
    renameSync(records, `${records}-moved`);
    await page
      .getByRole('button', { name: /Back up .*now/ })
      .first()
      .click();
    await board('red');
    await sound('playing');
    // Each part of the page is brought by itself.
    await page.getByText('Check that the folder still exists.').first().waitFor({ timeout: 60_000 });
    expect(await page.title()).toMatch(/1 alarm/);

    await page
      .getByRole('button', { name: /Acknowledge/ })
      .first()
      .click();
    await sound('silent');
    await board('amber');
    expect((await ward.alarms())[0]).toMatchObject({ rule: 'backup-failed', acknowledgedBy: 'board' });
  }, 180_000);

  it('is well again after the next success', async () => {
    renameSync(`${records}-moved`, records);
    await page
      .getByRole('button', { name: /Back up .*now/ })
      .first()
      .click();
    await board('green');
    await page.getByText('Succeeded').first().waitFor();
  }, 180_000);

  it('shows a run with its protocol, and can be walked through with the keyboard', async () => {
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await page.waitForURL('**/runs');
    await page.locator('main a[href^="/runs/"]:visible').first().click();
    await page.getByText('verified').first().waitFor();
    await page.keyboard.press('Tab');
    const focused = await page.evaluate('document.activeElement?.textContent?.trim()');
    expect(focused).toMatch(/skip/i);
  }, 60_000);

  it('broke no rule of its policy and asked nothing of the internet', () => {
    expect(complaints).toEqual([]);
  });
});
