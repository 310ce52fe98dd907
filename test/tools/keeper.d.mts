/** A small process that ends what it was told to start when this process ends, however it ends. */
export interface Keeper {
  /** Starts a program. Rejects if it cannot be run. */
  run(options: KeptOptions): Promise<Kept>;
  /** Resolves when all that it started is gone. */
  close(): Promise<void>;
}

export interface KeptOptions {
  command: string;
  args: readonly string[];
  /** Where it runs. */
  folder: string;
  env?: Record<string, string>;
  /** The file that what it prints is added to. */
  output: string;
  /** How it is ended with this process; SIGKILL unless said otherwise. */
  endSignal?: NodeJS.Signals;
}

/** A program that runs. */
export interface Kept {
  readonly pid: number;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  alive(): boolean;
  /** Ends it by `signal`, and by SIGKILL if it has not gone after `patienceMs`. Resolves when it is gone. */
  end(signal: NodeJS.Signals, patienceMs: number): Promise<void>;
  /** Of what it printed. */
  lastLines(): string;
}

/** @param options.removeAtEnd a folder that is removed when it ends */
export function openKeeper(options?: { removeAtEnd?: string }): Keeper;
