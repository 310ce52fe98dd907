/** A PostgreSQL server that was started by this process, and ends with it. */
export interface PostgresServer {
  /** Of the database `postgres`, as the superuser. */
  readonly url: string;
  /** The file with what the server says. */
  readonly log: string;
  /** Of the server's first process that runs, or ran last. */
  readonly pid: number;
  alive(): boolean;
  /**
   * Sends a signal, SIGKILL unless said otherwise. SIGKILL, SIGSTOP and SIGCONT go to all of its processes; SIGINT ends it in
   * order, SIGQUIT at once. Resolves when it is gone, if the signal ends it, and when it does nothing more after SIGSTOP.
   */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on its folder and port, and waits until it answers. Nothing if it runs. */
  start(): Promise<void>;
  /** Ends it for good, and removes its data if no folder was named. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Where the data is kept. Without it, in a temporary folder. */
  folder?: string;
  /** Lines of postgresql.conf instead of ours. */
  settings?: Record<string, string | number>;
}

/** Starts a server. Rejects if PostgreSQL's programs cannot be had or do not start. */
export function startPostgres(options?: PostgresOptions): Promise<PostgresServer>;
