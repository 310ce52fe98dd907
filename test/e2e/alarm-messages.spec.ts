import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TestSmtpServer } from '../fixtures/smtp.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { SetClock, until, Ward } from '../fixtures/ward.js';

jest.setTimeout(180_000);

const hourMs = 3_600_000;
let smtp: TestSmtpServer;
let folder: string;
beforeEach(async () => {
  smtp = await TestSmtpServer.start();
  folder = tempFolder();
  mkdirSync(join(folder, 'records'));
});
afterEach(() => smtp.stop());

function configuration() {
  return {
    checkups: [{ name: 'disk-space', title: 'Disk space', every: '1h' }],
    backups: [
      {
        name: 'records',
        title: 'Patient records',
        sources: [{ name: 'files', plugin: 'folder', parameters: { paths: [join(folder, 'records')] } }],
        localCopy: { path: join(folder, 'local') },
      },
    ],
    rules: [
      {
        name: 'backup-missing',
        title: 'No good backup since yesterday',
        severity: 'critical',
        advice: 'Start the job manually.',
        when: { noSuccessOf: 'records', within: '26h' },
      },
      {
        name: 'disk-nearly-full',
        title: 'The disk is nearly full',
        severity: 'critical',
        advice: 'Make room now.',
        when: { checkup: 'disk-space', metric: 'free_percent', below: 10 },
      },
    ],
    recipientGroups: [
      { name: 'it', subscriptions: [{ takes: 'alarms', channel: 'email', to: ['it@clinic.example'] }] },
    ],
    smtp: { host: '127.0.0.1', port: smtp.port, encryption: 'none', from: 'Wardround <backup@clinic.example>' },
  };
}

const subjects = () => smtp.mails.map(({ mail }) => mail.subject);

async function diskFree(ward: Ward, time: number, free: number): Promise<void> {
  const source = '/sites/main/servers/reception';
  const event = {
    ...{
      specversion: '1.0',
      id: `probe-${time}`,
      source,
      type: 'checkup.completed',
      time: new Date(time).toISOString(),
    },
    data: {
      ...{ site: 'main', server: 'reception', checkup: 'disk-space', plugin: 'probe', status: 'ok' },
      ...{ summary: `${free} % free`, details: '', durationMs: 5 },
      trigger: 'timetable',
      metrics: [{ name: 'free_percent', value: free, unit: '%' }],
    },
  };
  const headers = { 'content-type': 'application/cloudevents+json' };
  const answer = await fetch(`${ward.url}/api/v1/events`, { method: 'POST', headers, body: JSON.stringify(event) });
  if (!answer.ok) throw new Error(await answer.text());
}

describe('R2: an alarm reaches people by mail', () => {
  it('R2: a full disk mails when it is full and when there is room again, once each', async () => {
    const clock = new SetClock(Date.now());
    const ward = await Ward.openForTest({ configuration: configuration(), clock });
    await diskFree(ward, clock.now(), 4);
    await until(
      async () => smtp.mails.length,
      (count) => count === 1,
    );
    expect(subjects()).toEqual([expect.stringMatching(/^Critical: The disk is nearly full on .+ \(Disk space\)$/)]);
    expect(smtp.mails[0]?.mail.text).toContain('Make room now.');
    clock.advance(60_000);
    await diskFree(ward, clock.now(), 50);
    await until(
      async () => smtp.mails.length,
      (count) => count === 2,
    );
    expect(subjects()[1]).toMatch(/^Cleared: The disk is nearly full on /);
    // Rebuilding the views sends nothing.
    expect(await ward.post('/api/v1/views/rebuild')).toMatchObject({ status: 200 });
    await pause(1500);
    expect(smtp.mails).toHaveLength(2);
  });

  it('R2: a missed backup mails, over a restart too', async () => {
    const clock = new SetClock(Date.now());
    const options = { configuration: configuration(), folder: join(folder, 'ward'), clock };
    const first = await Ward.openForTest(options);
    expect(await first.run('records')).toMatchObject({ outcome: 'succeeded' });
    await first.close();
    clock.advance(27 * hourMs);
    const second = await Ward.openForTest(options);
    await until(
      async () => smtp.mails.length,
      (count) => count === 1,
    );
    expect(subjects()).toEqual([
      expect.stringMatching(/^Critical: No good backup since yesterday on .+ \(Patient records\)$/),
    ]);
    const messages = await until(
      () => second.messages(),
      ([newest]) => newest?.state === 'delivered',
    );
    expect(messages[0]).toMatchObject({
      ...{ template: 'alarm-raised', reason: 'alarm-raised', state: 'delivered', deliveredBy: 'email', runs: [] },
      about: [{ kind: 'alarm', rule: 'backup-missing' }],
    });
    await second.run('records');
    await until(
      async () => smtp.mails.length,
      (count) => count === 2,
    );
    expect(subjects()[1]).toMatch(/^Cleared: No good backup since yesterday/);
  });

  it('R2 kind: a group that takes alarms gets no mail of a failed run that no rule is about', async () => {
    const ward = await Ward.openForTest({ configuration: configuration() });
    renameSync(join(folder, 'records'), join(folder, 'gone'));
    expect(await ward.run('records')).toMatchObject({ outcome: 'failed' });
    await pause(1500);
    expect(smtp.mails).toEqual([]);
  });
});
