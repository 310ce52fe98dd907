import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAll } from '../../src/event-log/event-log.js';
import type { KafkaSettings } from '../../src/event-log/kafka/kafka-connection.adapter.js';
import { packageRoot } from '../../src/shared/package.adapter.js';
import { brokerPatienceMs, ownBroker, whyNoBrokers } from '../fixtures/kafka.js';
import { freshDatabase, whyNoPostgres } from '../fixtures/postgres.js';
import type { KafkaCluster, SecuredAddresses } from '../tools/kafka.mjs';
import { clinicTypes, note } from './clinic-events.js';
import { openPlace, type KafkaPlace } from './kafka-places.js';

const missing = whyNoBrokers() ?? whyNoPostgres();
const pem = (name: string) => readFileSync(join(packageRoot, 'test', 'fixtures', 'tls', name), 'utf8');
const username = 'wardround';
const password = 'p@ss/w:rd-7';
const tls = { ca: pem('localhost.pem') };
const plain = { mechanism: 'plain', username, password } as const;
const scram256 = { mechanism: 'scram-sha-256', username, password } as const;
const scram512 = { mechanism: 'scram-sha-512', username, password } as const;

type Security = Pick<KafkaSettings, 'tls' | 'sasl'>;
const ways: readonly (readonly [string, keyof SecuredAddresses, Security])[] = [
  ['TLS', 'tls', { tls }],
  ['PLAIN over TLS', 'tlsLogin', { tls, sasl: plain }],
  ['SCRAM-SHA-256 over TLS', 'tlsLogin', { tls, sasl: scram256 }],
  ['SCRAM-SHA-512 over TLS', 'tlsLogin', { tls, sasl: scram512 }],
  ['SCRAM-SHA-512 without TLS', 'login', { sasl: scram512 }],
];

if (missing !== null) {
  describe('Kafka with TLS and logins', () => {
    it(`is not tested here: ${missing}`, () => {
      process.stderr.write(`skipped, Kafka with TLS and logins: ${missing}\n`);
      expect(process.env['CI']).toBeUndefined();
    });
  });
} else {
  describe('the event log on Kafka', () => {
    let cluster: KafkaCluster;
    let url: string;
    beforeAll(async () => {
      Logger.overrideLogger(false);
      const secured = { users: { [username]: password }, certificate: tls.ca, key: pem('localhost-key.pem') };
      [cluster, url] = await Promise.all([ownBroker({ secured }), freshDatabase()]);
    }, brokerPatienceMs);
    afterAll(() => void Logger.overrideLogger(true));

    function place(
      number: number,
      listener: keyof SecuredAddresses,
      security: Security,
    ): KafkaPlace & { kafka: KafkaSettings } {
      const brokers = cluster.secured?.[listener] ?? [];
      return {
        kafka: { brokers: [...brokers], topic: `secured-${number}`, partitions: 2, ...security },
        archive: { url, schema: `secured_${number}` },
      };
    }

    it.each(ways.map((way, at) => [at, ...way] as const))(
      '%i: takes, and hands over, by %s',
      async (number, _, listener, security) => {
        const log = await openPlace(place(number, listener, security), clinicTypes);
        try {
          await log.append([note('a', 1), note('b', 2)]);
          expect((await readAll(log, {})).map(({ data }) => data)).toHaveLength(2);
        } finally {
          await log.close();
        }
      },
    );

    it.each<readonly [string, keyof SecuredAddresses, Security, RegExp]>([
      [
        'a wrong password',
        'tlsLogin',
        { tls, sasl: { ...scram512, password: 'guessed' } },
        /credentials|[Aa]uthentication/,
      ],
      [
        'a user that there is not',
        'login',
        { sasl: { ...plain, username: 'nobody' } },
        /credentials|[Aa]uthentication/,
      ],
      ['a certificate that nobody here vouches for', 'tls', { tls: {} }, /certificate/],
      ['no TLS where there must be', 'tls', {}, /is not reachable: tried 127/],
    ])('says what is wrong within 10 s: %s', async (_, listener, security, said) => {
      const opening = openPlace(place(99, listener, security), clinicTypes);
      await expect(opening).rejects.toMatchObject({
        code: expect.stringMatching(/^(?:configuration-invalid|unreachable)$/),
        message: expect.stringMatching(said),
      });
    });
  });
}
