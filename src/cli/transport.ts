export interface Request {
  readonly method: 'GET' | 'POST';
  /** With the query: `/api/v1/runs?job=records`. */
  readonly path: string;
  /** Sent as JSON with a POST. */
  readonly body?: unknown;
  /** How long to wait for the answer; null for as long as it takes. */
  readonly timeoutMs: number | null;
}

export interface Answer {
  readonly status: number;
  /** Undefined if it was no JSON. */
  readonly body: unknown;
}

/** Says in whose name a change is asked for: `cli:<user>`. */
export const actorHeader = 'wardround-actor';

/** What is in that header. Anything but visible ASCII could not. */
export function actorOf(user: string): string {
  return `cli:${user.replace(/[^\u0021-\u007e]/g, '_').slice(0, 100) || '_'}`;
}

/** The way to the API: to the running process, or within this one. */
export interface Transport {
  /** `process`: another process does the work and continues with it when this one ends. `alone`: this one does. */
  readonly kind: 'process' | 'alone';
  /** Where the board is; null if none is shown. */
  readonly url: string | null;
  /** @throws WardroundError `unreachable` */
  send(request: Request): Promise<Answer>;
  close(): Promise<void>;
}
