import type { Role } from './duties.js';

/** What one process was started with. */
export interface Settings {
  /** Absolute path of the configuration, `wardround.yaml`. */
  readonly configFile: string;
  /** Absolute path of the folder with the databases, the process file and the default backups. */
  readonly dataFolder: string;
  readonly port: number;
  /** A hub judges what servers state, and runs no backups and check-ups itself. */
  readonly role: Role;
  /** Where events and views are kept. */
  readonly engines: { readonly eventLog: 'sqlite' | 'kafka'; readonly views: 'sqlite' | 'postgres' };
  /** What the configuration said of the process itself when it started: all that it says of it later waits for the next start. */
  readonly startedWith: Readonly<Record<'role' | 'eventLog' | 'views', unknown>>;
  /** True for `wardround start`; false for a command that works alone: no network, nothing started by the clock. */
  readonly attended: boolean;
  /** The site all servers of this process belong to, until the configuration names one. */
  readonly computer: string;
  /** The operating system's user that the process runs as. */
  readonly user: string;
  /** Shown to the command line through the process file; lets it change what the board may not. */
  readonly token: string;
}

/** The injection token. */
export const SETTINGS = Symbol('Settings');
