import { PermanentFailure, RetryableFailure } from '../../sdk/index.js';

/** The server that was spoken to, for people: `mail.clinic.example:587`. */
export interface Server {
  readonly address: string;
  readonly user: string | undefined;
}

/** The commands whose refusal is about the message itself: its sender, its recipients, its content. */
const aboutTheMessage = ['MAIL FROM', 'RCPT TO', 'DATA'];

/**
 * Sorts what went wrong while a mail was handed over. Permanent is only what was refused for good about this message (a
 * reply of 500 or more to its sender, recipients or content). All else can be fixed, by waiting or by anyone who keeps
 * the configuration or the server, and is worth trying again.
 */
export function failureOf(error: unknown, server: Server): PermanentFailure | RetryableFailure {
  const { code, command, responseCode, response, message } = facts(error);
  if (isAboutCertificate(code, message)) return new RetryableFailure(certificateText(server, message));
  if (command === 'STARTTLS' || code === 'ETLS')
    return new RetryableFailure(encryptionText(server, response || message));
  if (code === 'EAUTH' || responseCode === 530) return new RetryableFailure(loginText(server, response || message));
  if (responseCode !== null) {
    const text = `${server.address} refused the message: ${response}`;
    const isFinal = responseCode >= 500 && aboutTheMessage.includes(command);
    return isFinal
      ? new PermanentFailure(text)
      : new RetryableFailure(`${server.address} temporarily rejected it: ${response}`);
  }
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return new PermanentFailure(`${server.address}: ${message}`);
  return new RetryableFailure(
    `${server.address} is not reachable: ${message}. Check that it is running, and that host, port and encryption are correct`,
  );
}

function certificateText(server: Server, message: string): string {
  return (
    `the certificate of ${server.address} is not trusted: ${message}. ` +
    "Correct `host`, or set `caFile` to the PEM file of the clinic's own certificate authority"
  );
}

function encryptionText(server: Server, answer: string): string {
  return (
    `${server.address} does not support STARTTLS: ${answer}. ` +
    'Set `encryption` to tls if it expects TLS from the start, usually on port 465'
  );
}

function loginText(server: Server, answer: string): string {
  const who = server.user === undefined ? 'requires a user and password' : `refused the user "${server.user}"`;
  return `${server.address} ${who}: ${answer}. Correct \`user\` and \`password\``;
}

/** OpenSSL's codes for certificates, of which nodemailer keeps the text. */
function isAboutCertificate(code: string, message: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO/.test(code) || /certificate|altname/i.test(message);
}

function facts(error: unknown) {
  const message = error instanceof Error ? error.message : String(error);
  const field = (name: string): unknown => (error instanceof Error ? Reflect.get(error, name) : undefined);
  const text = (name: string): string => {
    const value = field(name);
    return typeof value === 'string' ? value : '';
  };
  const reply = field('responseCode');
  return {
    message,
    code: text('code'),
    command: text('command'),
    response: text('response'),
    responseCode: typeof reply === 'number' ? reply : null,
  };
}
