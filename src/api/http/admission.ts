import { WardroundError } from '../../shared/errors.js';

/** What a request says of itself before its body. Names as in HTTP; undefined where the header is not sent. */
export interface RequestHead {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site` and `Sec-Fetch-Mode`, which only browsers send and no page can forge. */
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
  readonly contentType: string | undefined;
  /** What is taken at this address. None of them is a type that a form can have. */
  readonly mediaTypes: readonly string[];
  readonly contentEncoding: string | undefined;
  /** What the address has where there is no route for this method; absent where there is one. */
  readonly instead?: 'other-methods' | 'nothing' | undefined;
}

/**
 * Why a request is not let in; null if it is. Wardround listens on loopback and knows no log-in yet, so what must be kept
 * out are the pages of other origins that a browser on the same computer shows:
 * - `Host` must be a name of loopback: a page that made its own name point here (DNS rebinding) says its own name;
 * - `Origin`, and what browsers add in `Sec-Fetch-*`, must not name another origin;
 * - a change needs `Content-Type: application/json`, or another type of its address, which a page of another origin cannot
 *   send without asking first, and that question (a preflight, by OPTIONS) is always refused.
 */
export function refusalOf(head: RequestHead, port: number): WardroundError | null {
  return refusedHost(head, port) ?? refusedOrigin(head, port) ?? refusedChange(head);
}

/** `Host` as clients on this computer write it. Port 80 may be left out. */
export function ownHosts(port: number): readonly string[] {
  const names = ['127.0.0.1', 'localhost', '[::1]'];
  return [...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])];
}

function refusedHost({ host }: RequestHead, port: number): WardroundError | null {
  if (host !== undefined && ownHosts(port).includes(host.toLowerCase())) return null;
  return new WardroundError(
    'forbidden',
    host === undefined
      ? 'the request has no Host header'
      : `the request is for the host "${host}", which is not this computer`,
    `The header Host must be ${ownHosts(port).slice(0, 3).join(', ')}`,
  );
}

function refusedOrigin({ origin, fetchSite, fetchMode, method }: RequestHead, port: number): WardroundError | null {
  if (origin !== undefined && !ownHosts(port).some((host) => origin.toLowerCase() === `http://${host}`)) {
    return foreignPage(`the request comes from the origin "${origin}"`);
  }
  if (fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none') return null;
  // Someone may follow a link to the board; everything else that a foreign page sets off is refused.
  if (fetchMode === 'navigate' && method === 'GET') return null;
  return foreignPage('the request comes from another origin');
}

function foreignPage(message: string): WardroundError {
  return new WardroundError('forbidden', message, 'Pages of other origins cannot use Wardround');
}

function refusedChange({
  method,
  contentType,
  mediaTypes,
  contentEncoding,
  instead,
}: RequestHead): WardroundError | null {
  if (method === 'GET' || method === 'HEAD') return null;
  if (method === 'OPTIONS') return foreignPage('OPTIONS is not supported, because no other origin has access');
  // Nothing can be changed there, and the answer says so. A form that is sent to nowhere is refused as everywhere.
  const isForm = instead === 'nothing' && method === 'POST' && contentType !== undefined;
  if (instead !== undefined && !isForm) return null;
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase();
  if (mediaType === undefined || !mediaTypes.includes(mediaType)) {
    return new WardroundError(
      'unsupported-media-type',
      contentType === undefined
        ? 'the request has no Content-Type'
        : `the Content-Type "${contentType}" is not supported`,
      mediaTypes.length === 1
        ? `Send \`Content-Type: ${mediaTypes.join()}\`, also with an empty body`
        : `Supported types: ${mediaTypes.join(', ')}`,
    );
  }
  if (contentEncoding === undefined || contentEncoding.toLowerCase() === 'identity') return null;
  return new WardroundError(
    'unsupported-media-type',
    `the Content-Encoding "${contentEncoding}" is not supported`,
    'Send the body without encoding',
  );
}
