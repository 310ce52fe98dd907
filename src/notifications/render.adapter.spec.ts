import { describe, expect, it } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clearedAlarm, raisedAlarm } from '../../test/fixtures/alarm-events.js';
import { finishedRun, type FinishedRunOptions } from '../../test/fixtures/finished-run.js';
import { tempFolder } from '../../test/fixtures/temp-folder.js';
import { messageModel, type MessageRequest } from './message-model.js';
import { alarmRecord, type AlarmRecord } from './occasions/alarm/alarm-record.js';
import { allOccasions } from './occasions/all-occasions.js';
import { protocolBudget } from './occasions/finished-run/run-model.js';
import { runRecord, type RunRecord } from './occasions/finished-run/run-record.js';
import { locales } from './recipient-group.js';
import { MessageRenderer } from './render.adapter.js';

const { templates: messageTemplates } = allOccasions;

const startedAt = Date.parse('2026-11-22T01:00:00Z');
const renderer = new MessageRenderer();

function record(options: Partial<FinishedRunOptions> = {}): RunRecord {
  const events = finishedRun({ runId: 'r1', startedAt, ...options });
  const found = runRecord(events.map((event) => ({ ...event, recordedtime: event.time })));
  if (!found) throw new Error('the run has no end');
  return { ...found, serverText: found.completed.data.server };
}

type Asked = Partial<MessageRequest> & { readonly runs?: readonly RunRecord[] };

function render({ runs = [record()], ...request }: Asked) {
  const whole: MessageRequest = {
    template: 'backup-succeeded',
    locale: 'en',
    timeZone: 'Europe/Berlin',
    group: 'practice-it',
    reason: 'always-with-log',
    period: null,
    inPlaceOf: null,
    records: { runs, alarms: [] },
    ...request,
  };
  return renderer.render({ ...whole, channel: 'email' }, messageModel(whole));
}

/** Intl puts spaces of several kinds into dates and sizes. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/gu, ' ');

const error = { code: 'no-space', text: 'no space left on the disk of /mnt/usb' } as const;
const failedRun = record({
  error,
  lines: [
    { step: 'prepare', text: 'source can be read', place: '/srv/records' },
    { step: 'copy local-copy', level: 'warning', outcome: 'skipped', text: 'vanished', place: '/srv/records/a.tmp' },
    { step: 'copy usb', level: 'error', outcome: 'failed', text: error.text, place: '/mnt/usb' },
    { step: 'tidy up', outcome: 'note', text: 'started by hand', user: 'admin', computer: 'NAS' },
  ],
  copies: [
    { destination: 'local-copy', outcome: 'succeeded', place: '/var/backups/records', error: null },
    { destination: 'usb', outcome: 'failed', place: null, error },
    { destination: 'tape', outcome: 'not-reached', place: null, error: null },
  ],
});
const period = { from: '2026-11-21T06:00:00.000Z', until: '2026-11-22T06:00:00.000Z' };

describe('the message of a failed backup', () => {
  it('says in English what failed, what to do, what became of each copy, and the whole protocol', async () => {
    const { subject, text } = await render({ template: 'backup-failed', reason: 'backup-failed', runs: [failedRun] });
    expect(subject).toBe('Backup failed: records on reception (1 warning)');
    expect(plain(text)).toBe(
      [
        'Backup failed: records on reception',
        '',
        'This backup failed. Snapshots of earlier successful backups are not affected.',
        '',
        'Backup job      records',
        'Server          reception',
        'Site            main',
        'Outcome         Failed',
        'What went wrong no space left on the disk of /mnt/usb',
        'What to do      Free some space on that disk, or choose a larger one, then run the backup again.',
        'Warnings        1',
        'Started         Sunday, 22 November 2026 at 02:00:00 CET',
        'Trigger         scheduled',
        'Duration        3 mins 12 secs',
        'Size            1.2 GB',
        'Files           20,000',
        'Computer        RECEPTION-PC',
        'User            wardround',
        '',
        'Copies',
        '------',
        'local copy      succeeded, 1.2 GB, 20,000 files',
        '                /var/backups/records',
        'usb             failed',
        'tape            not reached',
        '',
        'Protocol (4 lines)',
        '--------',
        '02:00:00  done        prepare                 source can be read  [/srv/records]',
        '02:00:01  Warning     copy: local copy        vanished  [/srv/records/a.tmp]',
        '02:00:02  Error       copy: usb               no space left on the disk of /mnt/usb  [/mnt/usb]',
        '02:00:03  note        tidy up                 started by hand (admin@NAS)',
        '',
        '--',
        'Wardround sent this to the group practice-it because it subscribes to failed backups.',
        'Time zone: Europe/Berlin.',
        '',
      ].join('\n'),
    );
  });

  it('says the same in German', async () => {
    const { subject, text } = await render({
      ...{ template: 'backup-failed', reason: 'backup-failed', locale: 'de', runs: [failedRun] },
    });
    expect(subject).toBe('Datensicherung fehlgeschlagen: records auf reception (1 Warnung)');
    for (const line of [
      'Diese Datensicherung ist fehlgeschlagen. Frühere erfolgreiche Sicherungen sind davon nicht betroffen.',
      'Ergebnis        Fehlgeschlagen',
      'Beginn          Sonntag, 22. November 2026 um 02:00:00 MEZ',
      'lokale Kopie    erfolgreich, 1,2 GB, 20.000 Dateien',
      'tape            nicht erreicht',
      '02:00:02  Fehler      Kopieren: usb           no space left on the disk of /mnt/usb  [/mnt/usb]',
    ]) {
      expect(plain(text).split('\n')).toContain(line);
    }
    expect(text).toContain('Schaffen Sie Platz auf diesem Datenträger');
  });

  it('shows the outcome in words and colour, and loads nothing from elsewhere', async () => {
    const { html } = await render({ template: 'backup-failed', reason: 'backup-failed', runs: [failedRun] });
    expect(html).toContain('>Backup failed</div>');
    expect(html).toContain('bgcolor="#a8261d"');
    expect(html).toContain('no space left on the disk of /mnt/usb');
    expect(html).not.toMatch(/<(?:img|script|link|style|iframe|object|form)\b|url\(|https?:|\bon[a-z]+=/i);
  });
});

describe('every message', () => {
  const ofRuns = messageTemplates.filter((template) => !template.startsWith('alarm-'));
  const cases = locales.flatMap((locale) => ofRuns.map((template) => ({ locale, template })));

  it.each(cases)('$template in $locale has the whole protocol in text and HTML', async ({ locale, template }) => {
    const lines = Array.from({ length: 1000 }, (_, index) => ({ text: `line number ${index} end` }));
    const { text, html } = await render({ locale, template, period, runs: [record({ lines })] });
    for (const { text: line } of lines) {
      expect(text.includes(line) && html.includes(line)).toBe(true);
    }
  });

  it.each(cases)('$template in $locale is not broken by hostile names and lines', async ({ locale, template }) => {
    const hostile = '<script>alert(1)</script>"\'`={{group}}{{{text}}}\r\nBcc: thief@evil.example\u202e';
    const run = record({
      computer: hostile,
      error: { code: 'internal', text: hostile },
      lines: [{ step: hostile, place: hostile, text: hostile, user: hostile }],
      copies: [
        { destination: hostile, outcome: 'succeeded', place: hostile, error: { code: 'internal', text: hostile } },
      ],
    });
    const named = { ...run.completed, data: { ...run.completed.data, job: hostile, server: hostile } };
    const { subject, text, html } = await render({ locale, template, period, runs: [{ ...run, completed: named }] });
    expect(subject).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(html).not.toContain('<script');
    expect(html).not.toMatch(/[\u202e]/u);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).toContain('<script>alert(1)</script>"\'`={{group}}{{{text}}} ⏎ Bcc: thief@evil.example');
    expect(text.split('\n').filter((line) => line.startsWith('Bcc:'))).toEqual([]);
  });

  it('stays within a size, says what it left out, and keeps errors and the end', async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => ({ text: `${index} ${'x'.repeat(200)}` }));
    lines[15_000] = Object.assign({ text: 'the one error' }, { level: 'error' });
    const { text, html } = await render({ runs: [record({ lines })] });
    expect(text.length).toBeLessThan(protocolBudget);
    expect(html.length).toBeLessThan(2 * protocolBudget);
    expect(text).toMatch(
      /\([\d,]+ lines are omitted here because of their length; the Wardround board shows them all\)/,
    );
    expect(text).toContain('the one error');
    expect(text).toContain('29999 xxx');
  });
});

describe('the digest', () => {
  const request = { template: 'log-digest', reason: 'digest-due', period } as const;

  it.each([
    ['en', [], 'Backup digest: no backup ran (22 Nov 2026, 07:00)'],
    ['en', [record()], 'Backup digest: the one backup succeeded (22 Nov 2026, 07:00)'],
    ['en', [record(), record()], 'Backup digest: all 2 backups succeeded (22 Nov 2026, 07:00)'],
    ['en', [record(), failedRun], 'Backup digest: 1 of 2 failed (22 Nov 2026, 07:00)'],
    ['de', [], 'Sicherungsübersicht: keine Sicherung ausgeführt (22.11.2026, 07:00)'],
    ['de', [record()], 'Sicherungsübersicht: die einzige Sicherung war erfolgreich (22.11.2026, 07:00)'],
    ['de', [record(), record()], 'Sicherungsübersicht: alle 2 Sicherungen erfolgreich (22.11.2026, 07:00)'],
    ['de', [record(), failedRun], 'Sicherungsübersicht: 1 von 2 fehlgeschlagen (22.11.2026, 07:00)'],
  ] as const)('in %s says its news in the subject', async (locale, runs, expected) => {
    const { subject } = await render({ ...request, locale, runs });
    expect(plain(subject)).toBe(expected);
  });

  it('that has nothing to tell says that no backup ran, and what to look at', async () => {
    const { text, html } = await render({ ...request, runs: [] });
    expect(text).toContain('No backup ran in this time.');
    expect(text).toContain('is the job still scheduled');
    expect(html).toContain('>No backup ran</div>');
  });
});

function alarm(
  change: { cleared?: boolean; because?: 'rule-retired'; title?: string; advice?: string } = {},
): AlarmRecord {
  const { cleared = false, because = 'condition-ended', ...texts } = change;
  const at = Date.parse('2026-11-22T01:03:20Z');
  const events = [raisedAlarm('a1', at, texts), ...(cleared ? [clearedAlarm('a1', at + 7_500_000, because)] : [])];
  const found = alarmRecord(events.map((event) => ({ ...event, recordedtime: event.time })));
  if (!found) throw new Error('the alarm was not raised');
  return { ...found, serverTitle: 'Reception', subjectTitle: 'Disk space' };
}

const ofAlarm = (template: 'alarm-raised' | 'alarm-cleared', record: AlarmRecord, locale: 'en' | 'de' = 'en') =>
  render({ template, reason: template, locale, records: { runs: [], alarms: [record] } });

describe('the message of an alarm', () => {
  it('R2: says what is wrong, where, since when, and what to do', async () => {
    const { subject, text, html } = await ofAlarm('alarm-raised', alarm());
    expect(subject).toBe('Critical: The disk is nearly full on Reception (Disk space)');
    expect(plain(text)).toBe(
      [
        'Critical: The disk is nearly full on Reception',
        '',
        'free_percent is 4, below 10',
        '',
        'What to do',
        '----------',
        'Make room now.',
        '',
        'Severity        Critical',
        'Server          Reception',
        'Site            main',
        'About           Disk space',
        'Since           Sunday, 22 November 2026 at 02:01:20 CET',
        '',
        'This alarm is open. Acknowledge it on the Wardround board when someone is dealing with it.',
        '',
        '--',
        'Wardround sent this to the group practice-it because it subscribes to alarms.',
        'Time zone: Europe/Berlin.',
        '',
      ].join('\n'),
    );
    expect(html).toContain('Make room now.');
    expect(html).toContain('#a8261d');
  });

  it('R2: says that it was cleared, and how long it held', async () => {
    const { subject, text, html } = await ofAlarm('alarm-cleared', alarm({ cleared: true }));
    expect(subject).toBe('Cleared: The disk is nearly full on Reception (Disk space)');
    expect(plain(text)).toContain('Duration        2 hrs 7 mins');
    expect(text).toContain('The problem no longer exists.');
    expect(html).not.toContain('#a8261d');
  });

  it('R2: says the same in German', async () => {
    const raised = await ofAlarm('alarm-raised', alarm(), 'de');
    expect(raised.subject).toBe('Kritisch: The disk is nearly full auf Reception (Disk space)');
    expect(raised.text).toContain('Was zu tun ist');
    const cleared = await ofAlarm('alarm-cleared', alarm({ cleared: true }), 'de');
    expect(cleared.subject).toBe('Behoben: The disk is nearly full auf Reception (Disk space)');
    expect(plain(cleared.text)).toContain('Dauer           2 Std. 7 Min.');
  });

  it('R2 kind: does not call an alarm cleared whose rule was only taken away', async () => {
    const { subject, text, html } = await ofAlarm('alarm-cleared', alarm({ cleared: true, because: 'rule-retired' }));
    expect(subject).toBe('Ended without a check: The disk is nearly full on Reception (Disk space)');
    expect(text).toContain('The problem may still exist.');
    expect(html).not.toContain('#1d6b41');
  });

  it('R2 kind: shows hostile text as text', async () => {
    const hostile = alarm({
      title: '<img src=x>\r\nBcc: all@evil.example',
      advice: '{{group}} <script>alert(1)</script>',
    });
    const { subject, text, html } = await ofAlarm('alarm-raised', hostile);
    expect(subject).not.toMatch(/[\r\n]/);
    expect(text).toContain('{{group}} <script>alert(1)</script>');
    expect(text).not.toMatch(/^Bcc:/m);
    expect(html).not.toContain('<img src=x>');
    expect(html).not.toContain('<script>');
  });
});

describe('the message of a suspicious backup', () => {
  const { completed, ...rest } = record();
  const suspicions = [
    { source: 'files', kind: 'emptied', text: 'there were 1,204 files, and there are none' } as const,
  ];
  const data = { ...completed.data, outcome: 'suspicious' as const, suspicions };
  const suspicious: RunRecord = { ...rest, completed: { ...completed, data } };

  it.each([
    ['en', 'Backup suspicious: records on reception', 'What changed'],
    ['de', 'Datensicherung auffällig: records auf reception', 'Was sich geändert hat'],
  ] as const)('R2: says in %s what changed and how to accept it', async (locale, title, heading) => {
    const asked = { template: 'backup-suspicious', reason: 'backup-suspicious', locale } as const;
    const { subject, text, html } = await render({ ...asked, runs: [suspicious] });
    expect(subject).toBe(title);
    expect(text).toContain(
      `${heading}\n${'-'.repeat(heading.length)}\n- files: there were 1,204 files, and there are none\n`,
    );
    expect(text).toContain('\n  wardround backup accept records\n');
    expect(html).toContain('<code>wardround backup accept records</code>');
    expect(html).toContain('#7a5200');
  });
});

describe('the renderer', () => {
  it('finds every template in every language, and each compiles', async () => {
    await expect(renderer.check()).resolves.toBeUndefined();
  });

  it('renders for the inbox with the templates of mail', async () => {
    const model = messageModel({
      ...{ template: 'backup-failed', locale: 'en', timeZone: 'UTC', group: 'it', reason: 'backup-failed' },
      ...{ period: null, inPlaceOf: null, records: { runs: [failedRun], alarms: [] } },
    });
    const inbox = await renderer.render({ locale: 'en', template: 'backup-failed', channel: 'inbox' }, model);
    expect(inbox.subject).toBe('Backup failed: records on reception (1 warning)');
  });

  it('fails on a template that asks for what there is not, instead of saying nothing', async () => {
    const folder = join(tempFolder(), 'messages');
    await mkdir(join(folder, 'en', 'email'), { recursive: true });
    for (const part of ['subject', 'text', 'html']) {
      await writeFile(join(folder, 'en', 'email', `log-digest.${part}.hbs`), 'of {{gruop}} and {{constructor.name}}');
    }
    const model = messageModel({
      ...{
        template: 'log-digest',
        locale: 'en',
        timeZone: 'UTC',
        group: 'it',
        reason: 'digest-due',
        period,
        inPlaceOf: null,
        records: { runs: [], alarms: [] },
      },
    });
    const elsewhere = new MessageRenderer(folder);
    const rendering = elsewhere.render({ locale: 'en', template: 'log-digest', channel: 'email' }, model);
    await expect(rendering).rejects.toThrow('"gruop" not defined');
  });
});
