import type { Cut, Link } from './tcp-link.mjs';

/** A Kafka cluster that was started by this process, and ends with it. */
export interface KafkaCluster {
  /** host:port of each broker. */
  readonly bootstrap: string[];
  /** host:port of each broker, where `secured` was asked for. */
  readonly secured?: SecuredAddresses;
  /** The ways that were asked for, by name. */
  readonly links: Record<string, ClusterLink>;
  /** One for each broker; its id is its place plus one. */
  readonly brokers: Broker[];
  /** Ends all brokers, and removes their data if no folder was named. */
  stop(): Promise<void>;
}

export interface Broker {
  readonly id: number;
  /** host:port */
  readonly address: string;
  /** The file with what the broker says: warnings, and why it ended. */
  readonly log: string;
  /** Of the process that runs, or ran last. */
  readonly pid: number;
  alive(): boolean;
  /**
   * Sends a signal, SIGKILL unless said otherwise; SIGSTOP pauses the broker and SIGCONT lets it continue. Resolves
   * when the process is gone after SIGKILL, and when it does nothing more after SIGSTOP.
   */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on its folder and port, and waits until it takes part; not with `wait: false`. Nothing if it runs. */
  start(options?: { wait?: boolean }): Promise<void>;
  /** Ends it in order: its partitions get other leaders first. */
  stop(): Promise<void>;
}

export interface SecuredAddresses {
  /** TLS, without a login. */
  readonly tls: string[];
  /** Login by SASL (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512), without TLS. */
  readonly login: string[];
  readonly tlsLogin: string[];
}

/** A way to all brokers that can be cut. Who comes this way is told of this way only, so that each process can have its own. */
export interface ClusterLink {
  readonly bootstrap: string[];
  /** The part that leads to one broker, 1 for the first. */
  toBroker(id: number): Link;
  cut(how?: Cut): Promise<void>;
  heal(): Promise<void>;
}

export interface KafkaOptions {
  /** How many, each with all partitions of a new topic; 1 unless said otherwise. */
  brokers?: 1 | 3;
  /** Where the data is kept. Without it, in a temporary folder. */
  folder?: string;
  /** Lines of server.properties instead of ours. */
  settings?: Record<string, string | number | boolean>;
  /** Listens with TLS and logins too: passwords by user, and a certificate with its key (PKCS #8), both PEM. */
  secured?: { users: Record<string, string>; certificate: string; key: string };
  /** For benches and long runs: Java compiles thoroughly, which makes brokers faster after a start that takes twice as long. */
  longRunning?: boolean;
  /** Names of ways to the cluster that can be cut. */
  links?: string[];
}

/** Starts a cluster. Rejects if Java or Kafka cannot be had, or a broker does not start. */
export function startKafka(options?: KafkaOptions): Promise<KafkaCluster>;
