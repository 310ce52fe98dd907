import { describe, expect, it, jest } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemSchema } from '../../src/api/system/system.bodies.js';
import { TestSmtpServer } from '../fixtures/smtp.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { until, Ward } from '../fixtures/ward.js';

jest.setTimeout(180_000);

function configuration(folder: string, port: number | null) {
  const to = ['gone@clinic.example'];
  const smtp = { host: '127.0.0.1', port, encryption: 'none', from: 'Wardround <backup@clinic.example>' };
  return {
    checkups: [{ name: 'memory', plugin: 'memory', every: '1m' }],
    backups: [
      {
        name: 'records',
        sources: [{ name: 'files', plugin: 'folder', parameters: { paths: [join(folder, 'records')] } }],
        localCopy: { path: join(folder, 'local') },
      },
    ],
    recipientGroups: [{ name: 'it', title: 'IT', subscriptions: [{ takes: 'always-with-log', channel: 'email', to }] }],
    ...(port === null ? {} : { smtp }),
  };
}

async function system(ward: Ward) {
  return systemSchema.parse((await ward.get('/api/v1/system')).body);
}

describe('F32: a message that did not arrive', () => {
  it('F32: shows on the board and in the API, goes to the inbox, and ends with the next that arrives', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'records'));
    const smtp = await TestSmtpServer.start();
    try {
      const ward = await Ward.openForTest({ configuration: configuration(folder, smtp.port) });
      smtp.refuse({ at: 'recipient', code: 550, text: 'no such user' });
      await ward.run('records');
      const messages = await until(
        () => ward.messages(),
        (found) => found.some(({ state }) => state === 'failed') && found.some(({ state }) => state === 'delivered'),
      );
      const inPlace = messages.find(({ inPlaceOf }) => inPlaceOf !== null);
      expect(inPlace).toMatchObject({ channel: 'inbox', state: 'delivered', inPlaceOf: { channel: 'email' } });
      expect(inPlace?.text).toContain('This message could not be delivered by email (gone@clinic.example): ');
      expect((await system(ward)).undelivered).toMatchObject([
        { group: 'it', channel: 'email', to: ['gone@clinic.example'], messages: 1, gaveUp: true },
      ]);
      const board = await ward.page('/');
      expect(board).toContain('data-board="amber"');
      expect(board).toContain('A group could not be notified');
      expect(board).toContain('no such user');

      smtp.refuse(null);
      await ward.run('records');
      await until(
        () => system(ward),
        ({ undelivered }) => undelivered?.length === 0,
      );
      expect(await ward.page('/')).not.toContain('A group could not be notified');
    } finally {
      await smtp.stop();
    }
  });

  it('F32: ends when a person dismisses it, over a rebuild of the views too', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'records'));
    const smtp = await TestSmtpServer.start();
    try {
      const ward = await Ward.openForTest({ configuration: configuration(folder, smtp.port) });
      smtp.refuse({ at: 'recipient', code: 550, text: 'no such user' });
      await ward.run('records');
      const { undelivered } = await until(
        () => system(ward),
        (found) => found.undelivered?.length === 1,
      );
      const id = undelivered?.[0]?.messageId ?? '';
      const answer = await ward.post(`/api/v1/messages/${id}/dismiss`, { note: 'telephoned' });
      expect(answer).toMatchObject({ status: 200, body: { messageId: id, dismissedAt: expect.any(String) } });
      expect(await ward.post('/api/v1/messages/none/dismiss')).toMatchObject({ status: 404 });
      expect((await system(ward)).undelivered).toEqual([]);
      await ward.post('/api/v1/views/rebuild');
      expect((await system(ward)).undelivered).toEqual([]);
    } finally {
      await smtp.stop();
    }
  });

  it('F32 kind: a group that asks for e-mail without a mail server is said on the board', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'records'));
    const ward = await Ward.openForTest({ configuration: configuration(folder, null) });
    await ward.run('records');
    await ward.post('/api/v1/checkups/main.reception.memory/run');
    expect((await system(ward)).withoutMailServer).toEqual(['IT']);
    expect(await ward.page('/')).toContain('E-mail is not set up');
  });
});
