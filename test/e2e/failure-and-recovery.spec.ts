import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import Database from '#sqlite';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SmallDisk, whyNoSmallDisk } from '../fixtures/small-disk.js';
import { TestSmtpServer, type ReceivedMail } from '../fixtures/smtp.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { troubles, until, Ward, type Run } from '../fixtures/ward.js';

jest.setTimeout(180_000);

const reason = whyNoSmallDisk();
if (reason !== null) process.stderr.write(`skipped: a backup that fails and recovers: ${reason}\n`);

/** So many small files that the room they take on a disk is far more than the sum of their sizes, which is all that is known before. */
const fileCount = 1000;

function makeSources(folder: string): void {
  mkdirSync(join(folder, 'letters'), { recursive: true });
  for (let number = 0; number < fileCount; number++) {
    writeFileSync(join(folder, 'letters', `letter-${number}.txt`), `Dear patient ${number}`);
  }
  const database = new Database(join(folder, 'patients.db'));
  database.exec('CREATE TABLE patients (name TEXT)');
  database.exec("INSERT INTO patients VALUES ('Anna'), ('Ben')");
  database.close();
}

function configurationOf(folder: string, second: string, smtpPort: number): object {
  const group = (name: string, locale: string, takes: string) => ({
    ...{ name, locale, timeZone: 'Europe/Berlin' },
    subscriptions: [{ takes, channel: 'email', to: [`${name}@clinic.example`] }],
  });
  return {
    backups: [
      {
        name: 'records',
        sources: [
          { name: 'letters', plugin: 'folder', parameters: { paths: [join(folder, 'letters')] } },
          { name: 'patients', plugin: 'sqlite', parameters: { file: join(folder, 'patients.db') } },
        ],
        localCopy: { path: join(folder, 'local') },
        copies: [{ name: 'second', parameters: { path: second } }],
      },
    ],
    rules: [
      {
        ...{ name: 'backup-failed', title: 'A backup failed', severity: 'critical', advice: 'Read the lines in red.' },
        when: { protocolLine: '.', level: 'error' },
      },
    ],
    recipientGroups: [
      group('it', 'en', 'failures-only'),
      group('leitung', 'de', 'failures-only'),
      group('office', 'en', 'always-with-log'),
      group('empfang', 'de', 'always-with-log'),
    ],
    smtp: { host: '127.0.0.1', port: smtpPort, encryption: 'none', from: 'Wardround <backup@clinic.example>' },
  };
}

/** White space counts for nothing: mails wrap lines and align columns. */
const flat = (text: string | undefined) => (text ?? '').replace(/\s+/g, ' ');

function visibleText(html: string | undefined): string {
  const text = (html ?? '').replace(/<[^>]*>/g, ' ');
  const entities: Readonly<Record<string, string>> = {
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    '#x27': "'",
    '#x3D': '=',
  };
  return flat(text.replace(/&([a-z]+|#x[0-9A-F]+);/g, (entity, name: string) => entities[name] ?? entity));
}

/** The lines of the run's protocol that a text does not hold. */
function missingLines(run: Run, text: string): readonly string[] {
  return run.protocol.lines.map((line) => line.text).filter((line) => !text.includes(flat(line)));
}

const mailsTo = (mails: readonly ReceivedMail[], group: string) =>
  mails.filter(({ to }) => to.includes(`${group}@clinic.example`));

(reason === null ? describe : describe.skip)('a backup that fails by a full disk, and works again', () => {
  let smtp: TestSmtpServer;
  let ward: Ward;
  let disk: SmallDisk;

  beforeAll(async () => {
    const folder = tempFolder();
    makeSources(folder);
    disk = SmallDisk.mount(16);
    smtp = await TestSmtpServer.start();
    ward = await Ward.open({ configuration: configurationOf(folder, disk.folder, smtp.port) });
  });
  afterAll(async () => {
    await ward.close();
    await smtp.stop();
  });

  const board = async () => /<body[^>]* data-board="([a-z]+)"/.exec(await ward.page('/'))?.[1];

  it('raises the alarm, tells everyone with the whole protocol, is acknowledged, and clears itself', async () => {
    // Nothing has been backed up yet.
    expect(await board()).toBe('unknown');

    // The disk has room for the sum of all sizes, so that nothing speaks against the copy before it begins.
    disk.fill(2 * 1024 * 1024);
    const failed = await ward.run('records');
    expect(failed).toMatchObject({
      outcome: 'failed',
      error: { code: 'no-space' },
      copies: [
        { destination: 'local-copy', outcome: 'succeeded' },
        { destination: 'second', outcome: 'failed', error: { code: 'no-space' } },
      ],
    });
    // What, where and what to do.
    expect(failed.error?.text).toContain('second: ');
    expect(failed.error?.text).toContain(`no space left on the file system of ${disk.folder}`);
    expect(failed.error?.text).toMatch(/free some space/i);
    expect(troubles(failed).filter((line) => line.startsWith('copy second: '))).toHaveLength(1);
    // Whatever is left there cannot be taken for a snapshot.
    expect(readdirSync(join(disk.folder, 'records')).filter((name) => /^\d.*Z$/.test(name))).toEqual([]);

    const [raised] = await until(
      () => ward.alarms(),
      (alarms) => alarms.length > 0,
    );
    expect(raised).toMatchObject({ rule: 'backup-failed', state: 'raised', severity: 'critical', clearedAt: null });
    expect(raised?.summary).toContain('no space left');
    expect(await board()).toBe('red');

    const mails = await smtp.received(4);
    for (const group of ['it', 'leitung', 'office', 'empfang']) {
      const [received, ...more] = mailsTo(mails, group);
      expect(more).toEqual([]);
      expect(missingLines(failed, flat(received?.mail.text))).toEqual([]);
      expect(missingLines(failed, visibleText(received?.mail.html))).toEqual([]);
    }
    expect(mailsTo(mails, 'it')[0]?.mail.subject).toMatch(/failed/i);
    expect(mailsTo(mails, 'leitung')[0]?.mail.subject).toMatch(/fehlgeschlagen/i);

    const alarmId = raised?.alarmId ?? '';
    const acknowledged = await ward.post(`/api/v1/alarms/${alarmId}/acknowledge`, { note: 'I make room' });
    expect(acknowledged).toMatchObject({ status: 200, body: { state: 'acknowledged', note: 'I make room' } });
    expect((await ward.alarms())[0]).toMatchObject({ alarmId, state: 'acknowledged', clearedAt: null });

    disk.empty();
    const succeeded = await ward.run('records');
    expect({ error: succeeded.error, troubles: troubles(succeeded) }).toEqual({ error: null, troubles: [] });
    await until(
      () => ward.alarms(),
      ([alarm]) => alarm?.state === 'cleared',
    );
    expect(await ward.alarms()).toHaveLength(1);
    expect(await board()).toBe('green');

    await smtp.received(6);
    await until(
      () => ward.messages(),
      (messages) => messages.every(({ state }) => state === 'delivered'),
    );
    // Time for one that must not come.
    await pause(1500);
    const counts = ['it', 'leitung', 'office', 'empfang'].map((group) => [group, mailsTo(smtp.mails, group).length]);
    expect(Object.fromEntries(counts)).toEqual({ it: 1, leitung: 1, office: 2, empfang: 2 });
    const good = mailsTo(smtp.mails, 'empfang')[1];
    expect(good?.mail.subject).toMatch(/erfolgreich|gelungen/i);
    expect(missingLines(succeeded, flat(good?.mail.text))).toEqual([]);
  });
});
