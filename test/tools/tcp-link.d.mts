/** Silent: nothing comes through, and no one is told. Refused: connections break, and new ones are refused. */
export type Cut = 'refused' | 'silent';

/** A way to a server that can be cut. */
export interface Link {
  /** Of 127.0.0.1, to connect to instead of the server's own. */
  readonly port: number;
  /** `refused` unless said otherwise. */
  cut(how?: Cut): Promise<void>;
  /** Forwards again. What was held back by a silent cut arrives now. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

/** A link to `target`, a port of 127.0.0.1. Close it. */
export function openLink(options: { target: number; port?: number }): Promise<Link>;
