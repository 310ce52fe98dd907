import { describe, expect, it } from '@jest/globals';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ResolveReference } from '../plugin-host/references.js';
import { databaseUrlOf, kafkaSettingsOf } from './engine-settings.adapter.js';
import { processSettingsSchema } from './process-settings.js';

const tls = join(dirname(fileURLToPath(import.meta.url)), '../../test/fixtures/tls');
const secrets: Readonly<Record<string, string>> = {
  PW: 'p@ss/w:rd',
  URL: 'postgres://w:p%40@db/w\n',
  MORE: 'b:2, c:3',
};
const resolve: ResolveReference = (reference) => (reference.kind === 'env' ? (secrets[reference.name] ?? null) : null);

function kafka(more: object) {
  const { eventLog } = processSettingsSchema.parse({ eventLog: { engine: 'kafka', brokers: ['a:1'], ...more } });
  if (eventLog.engine !== 'kafka') throw new Error('it is Kafka');
  return kafkaSettingsOf(eventLog, resolve);
}

function database(url: string) {
  const { views } = processSettingsSchema.parse({ views: { engine: 'postgres', url } });
  if (views.engine !== 'postgres') throw new Error('it is PostgreSQL');
  return databaseUrlOf(views, resolve);
}

describe('what an engine is opened with', () => {
  it('names every broker, also those that a reference means', async () => {
    expect(await kafka({ brokers: ['a:1', '${env:MORE}'] })).toEqual({
      brokers: ['a:1', 'b:2', 'c:3'],
      topic: 'wardround',
      partitions: 12,
    });
  });

  it('has secrets looked up and certificates read', async () => {
    const sasl = { mechanism: 'scram-sha-256', username: 'w', password: '${env:PW}' };
    const read = await kafka({ sasl, tls: { caFile: join(tls, 'localhost.pem') }, replication: 3 });
    expect(read).toMatchObject({ sasl: { username: 'w', password: 'p@ss/w:rd' }, replication: 3 });
    expect(read.tls?.ca).toContain('-----BEGIN CERTIFICATE-----');
  });

  it('escapes a password within an address, and takes a whole address as it is', async () => {
    expect(await database('postgres://w:${env:PW}@db/w')).toBe('postgres://w:p%40ss%2Fw%3Ard@db/w');
    expect(await database('${env:URL}')).toBe('postgres://w:p%40@db/w');
  });

  it.each([
    ['a variable that is not set', () => database('${env:NONE}'), 'views.url: ${env:NONE} is not set'],
    [
      'a password that is not there',
      () => kafka({ sasl: { mechanism: 'plain', username: 'w', password: '${env:NONE}' } }),
      'eventLog.sasl.password: ${env:NONE} is not set',
    ],
    [
      'a certificate that is not there',
      () => kafka({ tls: { caFile: join(tls, 'none.pem') } }),
      'eventLog.tls.caFile cannot be read',
    ],
    [
      'a certificate that is none',
      () => kafka({ tls: { caFile: join(tls, '../../../package.json') } }),
      'contains no PEM data',
    ],
  ])('says which key has %s', async (_what, read, said) => {
    await expect(read()).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: expect.stringContaining(said),
    });
  });
});
