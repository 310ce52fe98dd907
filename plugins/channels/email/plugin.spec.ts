import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { TestSmtpServer, testCertificateFile, type SmtpOptions } from '../../../test/fixtures/smtp.js';
import { PermanentFailure, RetryableFailure, type OutgoingMessage } from '../../sdk/index.js';
import { testContext } from '../../sdk/testing.js';
import plugin from './plugin.js';

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function smtp(options?: SmtpOptions): Promise<TestSmtpServer> {
  const server = await TestSmtpServer.start(options);
  stops.push(() => server.stop());
  return server;
}

const message: OutgoingMessage = {
  id: '7b0c4d3e-0000-5000-8000-000000000001',
  to: ['it@clinic.example'],
  subject: 'Backup failed: records',
  text: 'It failed.\n',
  html: '<p>It failed.</p>',
};

function send(port: number, more: Partial<OutgoingMessage> = {}, parameters: Record<string, unknown> = {}) {
  const settings = {
    ...{ host: '127.0.0.1', port, encryption: 'none' as const, from: 'Wardround <backup@clinic.example>' },
    ...parameters,
  };
  return plugin.send({ ...testContext(plugin, settings), message: { ...message, ...more } });
}

async function failure(sending: Promise<unknown>): Promise<Error> {
  const result = await sending.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(result instanceof Error)) throw new Error('it was sent, and should not have been');
  return result;
}

describe('the email channel', () => {
  it('sends text and HTML to every recipient, and says what the server answered', async () => {
    const server = await smtp();
    const to = ['it@clinic.example', 'head@clinic.example'];
    const { receipt } = await send(server.port, { to });
    const [received] = await server.received(1);
    expect(receipt).toMatch(/^250 /);
    expect(received?.from).toBe('backup@clinic.example');
    expect(received?.to).toEqual(to);
    expect(received?.mail.from).toEqual({ address: 'backup@clinic.example', name: 'Wardround' });
    expect(received?.mail.text?.trim()).toBe('It failed.');
    expect(received?.mail.html?.trim()).toBe('<p>It failed.</p>');
  });

  it('gives every attempt the same Message-ID, and asks machines not to answer', async () => {
    const server = await smtp();
    await send(server.port);
    await send(server.port);
    const mails = await server.received(2);
    for (const { mail, raw } of mails) {
      expect(mail.messageId).toBe('<7b0c4d3e-0000-5000-8000-000000000001@clinic.example>');
      expect(raw).toContain('Auto-Submitted: auto-generated\r\n');
    }
  });

  it('keeps umlauts, and does not let a hostile subject add a header', async () => {
    const server = await smtp();
    const subject = 'Störung: Ärzte & 患者 <script>\r\nBcc: thief@evil.example\r\n\r\n<b>body</b> {{root}}';
    const text = 'Frühere, gute Sicherungen sind unversehrt. ß 😀\n';
    await send(server.port, { subject, text });
    const [received] = await server.received(1);
    expect(received?.to).toEqual(['it@clinic.example']);
    expect(received?.mail.bcc).toBeUndefined();
    expect(received?.mail.headers.map(({ key }) => key)).not.toContain('bcc');
    expect(received?.mail.subject).toContain('Störung: Ärzte & 患者 <script>');
    expect(received?.mail.text?.trim()).toBe(text.trim());
  });

  it('carries a protocol of two megabytes unchanged', async () => {
    const server = await smtp();
    const line = '02:00:00  erledigt  /srv/Ärzte/scan-0001.dcm \u2014 kopiert\n';
    const text = line.repeat(Math.ceil((2 * 1024 * 1024) / line.length));
    await send(server.port, { text, html: `<pre>${text}</pre>` });
    const [received] = await server.received(1);
    expect(received?.mail.text?.trimEnd()).toBe(text.trimEnd());
    expect(received?.mail.html).toContain(text);
  });

  it.each([
    { at: 'recipient', code: 550, kind: PermanentFailure },
    { at: 'recipient', code: 451, kind: RetryableFailure },
    { at: 'sender', code: 553, kind: PermanentFailure },
    { at: 'content', code: 554, kind: PermanentFailure },
    { at: 'content', code: 452, kind: RetryableFailure },
  ] as const)('a reply of $code to the $at is a $kind.name', async ({ at, code, kind }) => {
    const server = await smtp();
    server.refuse({ at, code, text: 'said the test' });
    const error = await failure(send(server.port));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toContain(`127.0.0.1:${server.port}`);
    expect(error.message).toContain(`${code} said the test`);
    expect(server.mails).toEqual([]);
  });

  it('counts as sent what some recipients were refused, and names them', async () => {
    const server = await smtp();
    server.refuse({ at: 'recipient', code: 550, text: 'no such user', recipient: 'gone@clinic.example' });
    const { receipt } = await send(server.port, { to: ['gone@clinic.example', 'it@clinic.example'] });
    const [received] = await server.received(1);
    expect(received?.to).toEqual(['it@clinic.example']);
    expect(receipt).toMatch(/^250 .*; refused: gone@clinic\.example \(550 no such user\)$/);
  });

  it('may be tried again when the server is down', async () => {
    const server = await smtp();
    await server.stop();
    const error = await failure(send(server.port));
    expect(error).toBeInstanceOf(RetryableFailure);
    expect(error.message).toContain(`127.0.0.1:${server.port} is not reachable`);
  });

  it('stops at once when the call is cancelled while the server says nothing', async () => {
    const silent: Server = createServer((socket) => socket.on('error', () => socket.destroy()));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    stops.push(() => new Promise((resolve) => silent.close(() => resolve())));
    const { port } = silent.address() as AddressInfo;
    const cancelling = new AbortController();
    silent.on('connection', () => cancelling.abort());
    const settings = { host: '127.0.0.1', port, encryption: 'none' as const, from: 'backup@clinic.example' };
    const context = testContext(plugin, settings, { signal: cancelling.signal });
    expect(await failure(plugin.send({ ...context, message }))).toBeInstanceOf(RetryableFailure);
  });
});

describe('encryption and login of the email channel', () => {
  const trusted = { caFile: testCertificateFile };

  it.each(['starttls', 'tls'] as const)(
    'sends through %s to a server of an authority that it was told of',
    async (encryption) => {
      const server = await smtp({ encryption });
      await send(server.port, {}, { encryption, ...trusted });
      expect(await server.received(1)).toHaveLength(1);
    },
  );

  it('does not fall back to plain text where STARTTLS is not offered', async () => {
    const server = await smtp();
    const error = await failure(send(server.port, {}, { encryption: 'starttls' }));
    expect(error).toBeInstanceOf(RetryableFailure);
    expect(error.message).toContain('does not support STARTTLS');
    expect(server.mails).toEqual([]);
  });

  it.each(['starttls', 'tls'] as const)('refuses a certificate that nobody vouches for (%s)', async (encryption) => {
    const server = await smtp({ encryption });
    const error = await failure(send(server.port, {}, { encryption }));
    expect(error).toBeInstanceOf(RetryableFailure);
    expect(error.message).toMatch(/certificate of 127\.0\.0\.1:\d+ is not trusted.*`caFile`/);
    expect(server.mails).toEqual([]);
  });

  it('logs in, and says who was refused without the password', async () => {
    const login = { user: 'wardround', password: 'correct horse' };
    const server = await smtp({ encryption: 'starttls', login });
    await send(server.port, {}, { encryption: 'starttls', ...trusted, ...login });
    expect(await server.received(1)).toHaveLength(1);
    const wrong = { ...login, password: 'battery staple' };
    const error = await failure(send(server.port, {}, { encryption: 'starttls', ...trusted, ...wrong }));
    expect(error).toBeInstanceOf(RetryableFailure);
    expect(error.message).toContain('refused the user "wardround"');
    expect(error.message).not.toContain('battery staple');
    const nobody = await failure(send(server.port, {}, { encryption: 'starttls', ...trusted }));
    expect(nobody).toBeInstanceOf(RetryableFailure);
    expect(nobody.message).toContain('requires a user and password');
  });
});
