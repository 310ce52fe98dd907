import { readFile } from 'node:fs/promises';
import type { KafkaSettings, KafkaTls } from '../event-log/kafka/kafka-connection.adapter.js';
import { resolveReferences, type ResolveReference } from '../plugin-host/references.js';
import { WardroundError, describeError } from '../shared/errors.js';
import type { KafkaLogSettings, PostgresViewSettings } from './process-settings.js';

/**
 * What the Kafka engine is opened with: references looked up, files read.
 * @throws WardroundError `configuration-invalid` if a reference means nothing, or a file cannot be read
 */
export async function kafkaSettingsOf(log: KafkaLogSettings, resolve: ResolveReference): Promise<KafkaSettings> {
  const { topic, partitions, replication, tls, sasl } = log;
  const listed = await Promise.all(log.brokers.map((broker, at) => lookUp(broker, `eventLog.brokers[${at}]`, resolve)));
  const brokers = listed
    .flatMap((text) => text.split(',').map((broker) => broker.trim()))
    .filter((text) => text !== '');
  return {
    ...{ brokers, topic, partitions },
    ...(replication === undefined ? {} : { replication }),
    ...(tls === undefined ? {} : { tls: await tlsOf(tls) }),
    ...(sasl === undefined
      ? {}
      : {
          sasl: {
            mechanism: sasl.mechanism,
            username: await lookUp(sasl.username, 'eventLog.sasl.username', resolve),
            password: await lookUp(sasl.password, 'eventLog.sasl.password', resolve),
          },
        }),
  };
}

/**
 * The address of the views' database. What a reference within an address means may hold any characters: it is escaped;
 * what means the whole address is taken as it is.
 * @throws WardroundError `configuration-invalid` as {@link kafkaSettingsOf}
 */
export async function databaseUrlOf({ url }: PostgresViewSettings, resolve: ResolveReference): Promise<string> {
  const isWhole = /^\$\{[^}]*\}$/.test(url);
  return lookUp(url, 'views.url', async (reference) => {
    const found = await resolve(reference);
    return found === null || isWhole ? found : encodeURIComponent(found);
  });
}

async function lookUp(text: string, path: string, resolve: ResolveReference): Promise<string> {
  const { parameters, missing } = await resolveReferences(text, resolve);
  if (missing.length > 0) throw new WardroundError('configuration-invalid', `${path}${missing.join('; ')}`);
  return String(parameters).trim();
}

async function tlsOf(tls: NonNullable<KafkaLogSettings['tls']>): Promise<KafkaTls> {
  const { caFile, certFile, keyFile } = tls;
  return {
    ...(caFile === undefined ? {} : { ca: await pemOf(caFile, 'caFile') }),
    ...(certFile === undefined ? {} : { cert: await pemOf(certFile, 'certFile') }),
    ...(keyFile === undefined ? {} : { key: await pemOf(keyFile, 'keyFile') }),
  };
}

async function pemOf(file: string, key: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    if (text.includes('-----BEGIN ')) return text;
  } catch (error) {
    throw new WardroundError('configuration-invalid', `eventLog.tls.${key} cannot be read: ${describeError(error)}`);
  }
  throw new WardroundError('configuration-invalid', `eventLog.tls.${key}: ${file} contains no PEM data`);
}
