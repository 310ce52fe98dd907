import type { ApiClient } from './api-client.js';
import type { Terminal } from './terminal.js';

/** What a command works with. */
export interface Work {
  readonly client: ApiClient;
  readonly terminal: Terminal;
  /** One JSON document, or JSON lines, instead of text. */
  readonly json: boolean;
  /** An IANA name: whose clock times are shown by. */
  readonly timeZone: string;
  /** Fires at Ctrl-C or when the process is asked to end. */
  readonly interrupted: AbortSignal;
  /** Milliseconds since 1970. */
  now(): number;
  pause(ms: number): Promise<void>;
}
