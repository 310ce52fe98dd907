import { describe, expect, it, jest } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TestSmtpServer } from '../fixtures/smtp.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { SetClock, until, Ward } from '../fixtures/ward.js';

jest.setTimeout(180_000);

const minuteMs = 60_000;

describe('a message to a mail server that is down', () => {
  it('is tried again, over a restart too, and delivered once', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'records'));
    const smtp = await TestSmtpServer.start();
    const configuration = {
      backups: [
        {
          name: 'records',
          sources: [{ name: 'files', plugin: 'folder', parameters: { paths: [join(folder, 'records')] } }],
          localCopy: { path: join(folder, 'local') },
        },
      ],
      recipientGroups: [
        { name: 'it', subscriptions: [{ takes: 'always-with-log', channel: 'email', to: ['it@clinic.example'] }] },
      ],
      smtp: { host: '127.0.0.1', port: smtp.port, encryption: 'none', from: 'Wardround <backup@clinic.example>' },
    };
    const clock = new SetClock(Date.now());
    const message = async (ward: Ward) => (await ward.messages())[0];
    try {
      await smtp.stop();
      const first = await Ward.openForTest({ configuration, folder: join(folder, 'ward'), clock });
      await first.run('records');
      const waiting = await until(
        () => message(first),
        (it) => it?.attempts === 1,
      );
      expect(waiting).toMatchObject({ state: 'waiting', deliveredAt: null });
      expect(waiting?.lastError).toContain(`127.0.0.1:${smtp.port}`);
      expect(Date.parse(waiting?.nextAttemptAt ?? '') - clock.now()).toBeLessThanOrEqual(minuteMs);

      // Still down a minute later.
      clock.advance(minuteMs);
      await until(
        () => message(first),
        (it) => it?.attempts === 2,
      );
      await first.close();

      await smtp.startAgain();
      clock.advance(5 * minuteMs);
      const second = await Ward.openForTest({ configuration, folder: join(folder, 'ward'), clock });
      const delivered = await until(
        () => message(second),
        (it) => it?.state === 'delivered',
      );
      expect(delivered).toMatchObject({ attempts: 3, deliveredBy: 'email' });
      expect(smtp.mails.map(({ to }) => to)).toEqual([['it@clinic.example']]);
      expect(delivered?.subject).toBe(smtp.mails[0]?.mail.subject);

      // Nothing more comes of it: not later, and not when the views are folded again.
      clock.advance(60 * minuteMs);
      expect(await second.post('/api/v1/views/rebuild')).toMatchObject({ status: 200 });
      await pause(2500);
      expect(smtp.mails).toHaveLength(1);
    } finally {
      await smtp.stop();
    }
  });
});
