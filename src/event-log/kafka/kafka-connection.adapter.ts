import { Logger } from '@nestjs/common';
import { Kafka, logLevel, type ISocketFactory, type KafkaConfig, type LogEntry, type SASLOptions } from 'kafkajs';

/** Encryption. All of it is PEM text, not paths; without `ca` the computer's own certificate authorities are trusted. */
export interface KafkaTls {
  readonly ca?: string;
  /** With `key`: how this client proves itself to brokers that ask for a certificate. */
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** The name that the brokers' certificates carry, if it is not the one they are called by. */
  readonly servername?: string;
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface KafkaSettings {
  /** host:port of some brokers; these tell of the others. */
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  /** Copies of each partition, for a topic that is made; without it, three, or as many as there are brokers. */
  readonly replication?: number;
  readonly tls?: KafkaTls;
  readonly sasl?: KafkaSasl;
  readonly clientId?: string;
}

const connectionTimeoutMs = 2_000;
/** Longer than a broker needs on a bad day: what is asked twice because of it is only more work. */
export const requestTimeoutMs = 5_000;

/**
 * A client of the cluster; connects when it is used. What kafkajs says goes to the debug log: most of it heals by itself, and
 * who uses the client reports what does not, in words of what cannot be done.
 * @param socketFactory makes its connections, instead of kafkajs's own
 */
export function kafkaClient(settings: KafkaSettings, socketFactory?: ISocketFactory): Kafka {
  const { brokers, tls, sasl, clientId = 'wardround' } = settings;
  const config: KafkaConfig = {
    clientId,
    brokers: [...brokers],
    connectionTimeout: connectionTimeoutMs,
    authenticationTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // Every broker of the list is tried, each twice at least, in about three seconds if connections are refused.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: Math.max(5, 2 * brokers.length) },
    logLevel: logLevel.WARN,
    logCreator: () => toDebugLog(new Logger('Kafka')),
  };
  if (tls) config.ssl = { ...tls };
  if (sasl) config.sasl = saslOptions(sasl);
  if (socketFactory) config.socketFactory = socketFactory;
  return new Kafka(config);
}

function saslOptions({ mechanism, username, password }: KafkaSasl): SASLOptions {
  // kafkajs's type wants one mechanism at a time.
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}

function toDebugLog(logger: Logger): (entry: LogEntry) => void {
  return ({ namespace, log }) => {
    const { broker } = log;
    logger.debug(`${namespace}: ${log.message}${typeof broker === 'string' ? ` (${broker})` : ''}`);
  };
}

/** The name that Kafka's protocol gives to an error, such as `NOT_LEADER_FOR_PARTITION`, however kafkajs wrapped it. */
export function protocolErrorOf(error: unknown): string | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('type' in cause && typeof cause.type === 'string') return cause.type;
  }
  return null;
}
