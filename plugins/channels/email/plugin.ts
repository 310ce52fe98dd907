import { readFile } from 'node:fs/promises';
import { definePlugin, z, type OutgoingMessage } from '../../sdk/index.js';
import { failureOf } from './smtp-failure.js';

/** So long may the server take to accept the connection, to greet, and to answer or take more data. */
const connectionTimeoutMs = 20_000;
const greetingTimeoutMs = 20_000;
const silenceTimeoutMs = 60_000;

const parameters = z.strictObject({
  host: z.string().min(1).describe('Host name or address of the mail server'),
  port: z.number().int().min(1).max(65_535).default(587),
  encryption: z
    .enum(['tls', 'starttls', 'none'])
    .default('starttls')
    .describe('tls: from the start (port 465). starttls: the server must offer it. none: only in a trusted network'),
  user: z.string().optional(),
  password: z.string().optional(),
  caFile: z.string().optional().describe("PEM file with the clinic's own certificate authority"),
  from: z.string().describe('Sender, e.g. Wardround <backup@clinic.example>'),
});
type Parameters = z.output<typeof parameters>;

export default definePlugin({
  kind: 'channel',
  name: 'email',
  summary: 'Sends messages as mail through an SMTP server.',
  parameters,
  async send({ parameters, message, signal }) {
    const { createTransport } = await import('nodemailer');
    const { host, port, user } = parameters;
    const transport = createTransport({ ...connection(parameters), tls: await trust(parameters) });
    try {
      const info = await transport.sendMail({ ...mail(parameters, message), signal });
      return { receipt: receipt(info.response, info.rejectedErrors ?? []) };
    } catch (error) {
      throw failureOf(error, { address: `${host}:${port}`, user });
    } finally {
      transport.close();
    }
  },
});

function connection({ host, port, encryption, user, password }: Parameters) {
  return {
    ...{ host, port, secure: encryption === 'tls' },
    ...{ requireTLS: encryption === 'starttls', ignoreTLS: encryption === 'none' },
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    connectionTimeout: connectionTimeoutMs,
    greetingTimeout: greetingTimeoutMs,
    socketTimeout: silenceTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Node trusts the authorities it brings; a clinic's own one comes beside them. */
async function trust({ caFile }: Parameters) {
  if (caFile === undefined) return {};
  const { rootCertificates } = await import('node:tls');
  return { ca: [...rootCertificates, await readFile(caFile, 'utf8')] };
}

function mail({ from }: Parameters, { id, to, subject, text, html }: OutgoingMessage) {
  const domain = /@([^\s@<>]+)>?\s*$/.exec(from)?.[1] ?? 'wardround.invalid';
  return {
    ...{ from, to: [...to], subject, text, html },
    // The same in every attempt: a receiver can tell a repeat.
    messageId: `<${id}@${domain}>`,
    headers: {
      // RFC 3834: no out-of-office replies to a machine. Exchange listens to the second.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
    },
  };
}

/**
 * What the server answered, and whom it refused. A message that some recipients were refused counts as sent: to send it
 * again would reach the others twice.
 */
function receipt(response: string, refused: readonly Error[]): string {
  const names = refused.map((error) => {
    const recipient: unknown = Reflect.get(error, 'recipient');
    const reply: unknown = Reflect.get(error, 'response');
    return `${String(recipient)} (${String(reply)})`;
  });
  return names.length === 0 ? response : `${response}; refused: ${names.join(', ')}`;
}
