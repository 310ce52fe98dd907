import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { problemText } from '../definitions/checking/problem.js';
import { readProcessSettings, standaloneSettings } from './process-settings.js';

const read = (text: string) => readProcessSettings(text, '/etc/wardround');

function problemsOf(text: string): readonly string[] {
  const result = read(text);
  return result.right ? [] : result.problems.map((problem) => problemText('wardround.yaml', problem));
}

const hub = `
role: hub
eventLog:
  engine: kafka
  brokers: [kafka-1:9092, '[::1]:9093', '\${env:KAFKA_BROKERS}']
  topic: clinics
  partitions: 24
  replication: 3
  tls: { caFile: '\${config}/ca.pem' }
  sasl: { mechanism: scram-sha-512, username: wardround, password: '\${file:/run/secrets/kafka}' }
views:
  engine: postgres
  url: \${env:DATABASE_URL}
  schema: ward
  poolSize: 30
`;

describe('what a configuration says about the process', () => {
  it('is one machine on SQLite where it says nothing', () => {
    expect(read('servers: [{ name: a }]')).toEqual({ right: true, settings: standaloneSettings });
    expect(read('')).toEqual({ right: true, settings: standaloneSettings });
    expect(standaloneSettings).toEqual({
      role: 'standalone',
      eventLog: { engine: 'sqlite' },
      views: { engine: 'sqlite' },
    });
  });

  it('is a hub on Kafka and PostgreSQL, with secrets as references only', () => {
    expect(read(hub)).toEqual({
      right: true,
      settings: {
        role: 'hub',
        eventLog: {
          engine: 'kafka',
          brokers: ['kafka-1:9092', '[::1]:9093', '${env:KAFKA_BROKERS}'],
          topic: 'clinics',
          partitions: 24,
          replication: 3,
          tls: { caFile: '/etc/wardround/ca.pem' },
          sasl: { mechanism: 'scram-sha-512', username: 'wardround', password: '${file:/run/secrets/kafka}' },
        },
        views: { engine: 'postgres', url: '${env:DATABASE_URL}', schema: 'ward', poolSize: 30 },
      },
    });
  });

  it('is understood whatever the rest of the file says', () => {
    expect(read('role: hub\nservers: 3\nbackup: []')).toMatchObject({ right: true, settings: { role: 'hub' } });
  });

  it.each([
    '${env:DATABASE_URL}',
    '${file:/run/secrets/database}',
    'postgres://db.example/wardround',
    'postgresql://wardround@db.example:5433/wardround?sslmode=verify-full',
    'postgres://wardround:${env:DATABASE_PASSWORD}@[::1]:5432/wardround',
    'postgres://${env:DATABASE_USER}:${file:/run/secrets/pw}@db/wardround',
  ])('takes the database %s', (url) => {
    expect(problemsOf(`views: { engine: postgres, url: '${url}' }`)).toEqual([]);
  });

  it.each([
    'postgres://wardround:secret@db.example/wardround',
    'postgres://:secret@db.example/wardround',
    'postgres://wardround@db.example/wardround?password=secret',
    'mysql://db.example/wardround',
    'secret',
  ])('refuses the database %s, and does not repeat what may be a secret', (url) => {
    expect(problemsOf(`views:\n  engine: postgres\n  url: '${url}'`)).toEqual([
      'wardround.yaml:3:3 views.url: "…" is not allowed here. It must be a reference such as ${env:DATABASE_URL}, or a URL without a plain-text password, such as postgres://wardround:${env:DATABASE_PASSWORD}@db.example:5432/wardround',
    ]);
  });

  it.each([
    [
      'a role that comes later',
      'role: agent',
      '1:1 role: "agent" is not allowed here. Agents are not supported yet; choose standalone or hub',
    ],
    ['a role that is none', 'role: hubb', '1:1 role: "hubb" is not allowed here. Choose one of standalone, hub'],
    [
      'an engine that is none',
      'eventLog: { engine: kafa }',
      '1:13 eventLog.engine: "kafa" is not allowed here. Choose one of sqlite, kafka',
    ],
    ['no engine', 'eventLog: {}', '1:1 eventLog.engine: a value is missing here. Choose one of sqlite, kafka'],
    [
      'a key that is none',
      'eventLog: { engine: kafka, broker: [] }',
      '1:28 eventLog.broker: unknown key "broker". Did you mean "brokers"?',
    ],
    ['a key of the other engine', 'views: { engine: sqlite, url: x }', '1:26 views.url: unknown key "url".'],
    [
      'a broker without a port',
      hub.replace('kafka-1:9092', 'kafka-1'),
      'eventLog.brokers[0]: "kafka-1" is not allowed here. It must be host:port',
    ],
    [
      "the brokers' password in clear",
      hub.replace('${file:/run/secrets/kafka}', 'hunter2'),
      '"…" is not allowed here. It must be a reference such as ${env:KAFKA_PASSWORD}',
    ],
    [
      'a certificate without its key',
      hub.replace('caFile:', 'certFile:'),
      'eventLog.tls: `certFile` and `keyFile` belong together',
    ],
    ['a relative path', hub.replace('${config}/ca.pem', 'ca.pem'), 'eventLog.tls.caFile: "ca.pem" is a relative path'],
    [
      'events in Kafka with views in SQLite',
      'role: hub\neventLog: { engine: kafka, brokers: [a:1] }\nviews:\n  engine: sqlite',
      '4:3 views.engine: events in Kafka need views in PostgreSQL, which all processes share. Write views:',
    ],
    [
      'events in Kafka and nothing of views',
      'role: hub\neventLog:\n  engine: kafka\n  brokers: [a:1]',
      '3:3 eventLog.engine: events in Kafka need views in PostgreSQL',
    ],
    [
      'events in Kafka for a standalone',
      hub.replace('role: hub', 'role: standalone'),
      '2:1 role: events in Kafka are for hubs',
    ],
  ])('refuses %s, with the line and what would be right', (_what, text, said) => {
    expect(problemsOf(text)).toContainEqual(expect.stringContaining(said));
  });

  it('is right, or says what is wrong, whatever the text', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constantFrom('kafka', 'postgres', 'hub'));
    const group = fc.dictionary(
      fc.constantFrom('engine', 'brokers', 'topic', 'tls', 'sasl', 'url', 'schema', '__proto__'),
      fc.oneof(value, fc.array(value), fc.dictionary(fc.string(), value)),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('role', 'eventLog', 'views', 'x'), fc.oneof(value, group)), (file) => {
        const result = read(JSON.stringify(file));
        if (!result.right) expect(result.problems.length).toBeGreaterThan(0);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const result = read(text);
        if (!result.right) expect(result.problems.length).toBeGreaterThan(0);
      }),
    );
  });
});
