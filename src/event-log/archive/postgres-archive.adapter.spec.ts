import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { clinicTypes, decided, measurement, note, olderClinicTypes } from '../../../test/contract/clinic-events.js';
import {
  databasePatienceMs,
  freshDatabase,
  ownPostgres,
  whyNoOwnPostgres,
  whyNoPostgres,
} from '../../../test/fixtures/postgres.js';
import type { Event, NewEvent } from '../envelope.js';
import type { Arrived } from './archive-numbering.js';
import type { ArrivedBatch } from './postgres-archive-writer.adapter.js';
import { PostgresArchive } from './postgres-archive.adapter.js';
import { bigints, byteStrings, texts } from './postgres-arrays.adapter.js';

const recordedAt = Date.UTC(2026, 10, 22, 2);
const missing = whyNoPostgres();

function event(given: NewEvent): Event {
  return { recordedtime: new Date(recordedAt).toISOString(), ...given };
}

/** Events that came from Kafka at offsets from `first` on, as a batch behind `first - 1`. */
function batchOf(partition: number, first: number, given: readonly NewEvent[]): ArrivedBatch {
  const arrived = given.map((one, index): Arrived => ({ offset: first + index, event: event(one) }));
  return { partition, from: first - 1, to: first + given.length - 1, arrived, unreadable: [] };
}

if (missing === null) {
  describe('the archive in PostgreSQL', () => {
    let url: string;
    let schemas = 0;
    let schema: string;
    let archive: PostgresArchive;
    let client: pg.Client;
    const opened: PostgresArchive[] = [];

    beforeAll(async () => {
      url = await freshDatabase();
      client = new pg.Client(url);
      await client.connect();
    }, databasePatienceMs);
    afterAll(() => client.end());

    beforeEach(async () => {
      schema = `log_${++schemas}`;
      archive = await open();
    });
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
    });

    async function open(changed: { topic?: string; partitions?: number; url?: string; schema?: string } = {}) {
      const one = await PostgresArchive.open({
        ...{ url, schema, topic: 'events', partitions: 6, eventTypes: clinicTypes },
        ...changed,
      });
      opened.push(one);
      return one;
    }

    async function all(partition: number, from: PostgresArchive = archive): Promise<readonly Event[]> {
      const { recorded, fault } = await from.reader.look({}, partition, 0, 1e9, 1e9);
      if (fault) throw fault;
      return recorded.map(({ event }) => event);
    }

    async function checkpoint(partition: number): Promise<number> {
      return (await archive.checkpoints()).get(partition) ?? 0;
    }

    describe('opening', () => {
      it('lets any number of processes make the tables at once', async () => {
        const own = `${schema}_at_once`;
        await Promise.all(Array.from({ length: 5 }, () => open({ schema: own })));
        expect((await client.query(`SELECT topic FROM ${own}.layout`)).rows).toEqual([{ topic: 'events' }]);
      });

      it('refuses the archive of another topic, or of another number of partitions', async () => {
        await expect(open({ topic: 'other' })).rejects.toMatchObject({
          code: 'configuration-invalid',
          message: expect.stringMatching(/of the topic events with 6 partitions, and eventLog names other with 6/),
        });
        await expect(open({ partitions: 12 })).rejects.toMatchObject({ code: 'configuration-invalid' });
      });

      it('refuses the archive of a newer version of Wardround', async () => {
        await client.query(`UPDATE ${schema}.layout SET version = 99`);
        await expect(open()).rejects.toMatchObject({
          code: 'event-unreadable',
          message: expect.stringMatching(/has layout 99; .* up to 2/),
        });
      });

      it.each([
        ['nobody listens', (there: URL) => (there.port = '1'), 'unreachable', /PostgreSQL at 127\.0\.0\.1:1\//],
        [
          'there is no such database',
          (there: URL) => (there.pathname = '/nowhere'),
          'configuration-invalid',
          /nowhere/,
        ],
      ])('says what it tried where %s, and no password', async (_case, change, code, message) => {
        const there = new URL(url);
        there.password = 'secret-of-the-clinic';
        change(there);
        const failed = await open({ url: there.href }).catch((error: unknown) => error);
        expect(failed).toMatchObject({ code, message: expect.stringMatching(message) });
        expect(String(failed)).not.toContain('secret');
      });
    });

    describe('its identity', () => {
      const counted = async () => (await all(0)).map(({ sequence, epoch }) => [Number(sequence), epoch]);

      it('is made once, by whichever of several processes comes first, and stays', async () => {
        const own = `${schema}_identity`;
        const several = await Promise.all(Array.from({ length: 4 }, () => open({ schema: own })));
        const identities = await Promise.all(several.map((one) => one.identity()));
        expect(new Set(identities.map((identity) => JSON.stringify(identity))).size).toBe(1);
        expect(identities[0]).toMatchObject({ because: 'new-log', epoch: expect.stringMatching(/^1-/) });
        expect(await (await open({ schema: own })).identity()).toEqual(identities[0]);
      });

      it('is that of epoch 1 in an archive of layout 1, whose facts are counted on in it', async () => {
        await archive.store(batchOf(0, 1, [measurement('agent', 1), measurement('agent', 2)]));
        await client.query(`
          DROP VIEW ${schema}.readable_events;
          UPDATE ${schema}.sources SET epoch = '1';
          ALTER TABLE ${schema}.events DROP COLUMN epoch;
          ALTER TABLE ${schema}.sources DROP CONSTRAINT sources_pkey, DROP COLUMN epoch, ADD PRIMARY KEY (source);
          DROP TABLE ${schema}.identity;
          CREATE VIEW ${schema}.readable_events AS
            SELECT partition, "offset", to_timestamp(time / 1000.0) AS time, type, version, source, subject, partitionkey,
                   id, sequence, causationid, actor, data FROM ${schema}.events;
          UPDATE ${schema}.layout SET version = 1`);
        archive = await open();
        await archive.store(batchOf(0, 3, [measurement('agent', 3)]));
        expect(await counted()).toEqual([1, 2, 3].map((number) => [number, '1']));
        expect(await archive.identity()).toMatchObject({ epoch: '1', because: 'first-identity', before: null });
      });

      it('gets a new epoch where its tables were restored', async () => {
        await archive.store(batchOf(0, 1, [measurement('agent', 1)]));
        const before = await archive.identity();
        await client.query(`
          ALTER TABLE ${schema}.identity RENAME TO identity_before;
          CREATE TABLE ${schema}.identity (LIKE ${schema}.identity_before INCLUDING ALL);
          INSERT INTO ${schema}.identity SELECT * FROM ${schema}.identity_before`);
        const [one, other] = await Promise.all([open(), open()]);
        const [after, same] = await Promise.all([one.identity(), other.identity()]);
        expect(after).toMatchObject({ id: before.id, because: 'database-changed', before: before.epoch });
        expect(same).toEqual(after);
        archive = one;
        await one.store(batchOf(0, 2, [measurement('agent', 2)]));
        expect(await counted()).toEqual([
          [1, before.epoch],
          [1, after.epoch],
        ]);
      });

      it('becomes that of the log which is copied into it, once', async () => {
        const original = {
          id: 'bG9nIG9uZSBsb2cgb25lIG',
          epoch: '4-original',
          because: 'behind-mark',
          before: '1',
        } as const;
        await archive.becomeCopyOf(original);
        const copy = await archive.identity();
        expect(copy).toMatchObject({ id: original.id, epoch: expect.stringMatching(/^5-/), before: '4-original' });
        await archive.becomeCopyOf(original);
        expect(await (await open()).identity()).toEqual(copy);
      });
    });

    describe('taking in', () => {
      it('gives back what it was given, whatever is in it', async () => {
        const given = fc.record({
          text: fc.string({ unit: 'binary', maxLength: 50 }).map((text) => text.replaceAll('\0', '')),
          words: fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 3 }),
          time: fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
          sequence: fc.option(fc.bigInt({ min: 0n, max: 9_999_999_999_999_999n })),
        });
        let offset = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(given, { minLength: 1, maxLength: 5 }), async (many) => {
            const events = many.map(({ text, words, time, sequence }, index) => ({
              ...note('reception', index, text),
              source: `/${words.join('/').replaceAll('\0', '')}`,
              subject: words.join(' ').replaceAll('\0', '.'),
              time: time.toISOString(),
              ...(sequence === null ? {} : { sequence: String(sequence).padStart(16, '0') }),
            }));
            const before = offset;
            const batch = batchOf(1, before + 1, events);
            offset = batch.to;
            const stored = await archive.store(batch);
            const { recorded } = await archive.reader.look({}, 1, before, offset, 100);
            expect(recorded).toEqual(stored?.recorded);
            expect(recorded.map(({ event: one }) => ({ ...one, sequence: '', epoch: '' }))).toEqual(
              events.map((one) => ({ ...event(one), sequence: '', epoch: '' })),
            );
          }),
          { numRuns: 40 },
        );
      });

      it('moves the checkpoint with the events', async () => {
        await archive.store(batchOf(2, 1, [note('reception', 1), note('reception', 2)]));
        await archive.store({ partition: 2, from: 2, to: 7, arrived: [], unreadable: [] });
        expect(await archive.checkpoints()).toEqual(new Map([[2, 7]]));
        expect(await all(2)).toHaveLength(2);
      });

      it('changes nothing for an owner who comes too late', async () => {
        const other = await open();
        await archive.store(batchOf(0, 1, [note('reception', 1)]));
        await other.store(batchOf(0, 2, [note('reception', 2)]));
        expect(await archive.store(batchOf(0, 2, [note('reception', 3), note('reception', 4)]))).toBeNull();
        expect(await all(0)).toMatchObject([{ data: { number: 1 } }, { data: { number: 2 } }]);
        expect(await checkpoint(0)).toBe(2);
        expect((await client.query(`SELECT last FROM ${schema}.sources`)).rows).toEqual([{ last: '2' }]);
      });

      it('lets one of two owners at once take in each batch, and the sequence has no gap', async () => {
        const owners = [archive, await open()];
        const batches = Array.from({ length: 20 }, (_, at) =>
          batchOf(
            0,
            5 * at + 1,
            Array.from({ length: 5 }, (_, index) => note('reception', 5 * at + index)),
          ),
        );
        let won = 0;
        for (const batch of batches) {
          const outcomes = await Promise.all(owners.map((owner) => owner.store(batch)));
          won += outcomes.filter((outcome) => outcome !== null).length;
        }
        expect(won).toBe(20);
        expect((await all(0)).map(({ sequence }) => Number(sequence))).toEqual(
          Array.from({ length: 100 }, (_, index) => index + 1),
        );
      });

      it('keeps the first of what comes twice, within a batch and later, and numbers the rest without a gap', async () => {
        const [a, b, c, d] = [1, 2, 3, 4].map((number) => note('reception', number));
        if (!a || !b || !c || !d) throw new Error('four were made');
        const first = await archive.store(batchOf(0, 1, [a, b, a]));
        expect(first?.recorded.map(({ position }) => position.offset)).toEqual([1, 2]);
        const second = await archive.store(batchOf(0, 4, [b, c, a, d, c]));
        expect(second?.recorded.map(({ position }) => position.offset)).toEqual([5, 7]);
        expect((await all(0)).map(({ data, sequence }) => [data, Number(sequence)])).toEqual([
          [a.data, 1],
          [b.data, 2],
          [c.data, 3],
          [d.data, 4],
        ]);
        expect(await checkpoint(0)).toBe(8);
      });

      it('keeps one of what two partitions take in at the same time', async () => {
        const both = Array.from({ length: 200 }, (_, number) => decided(`cause ${number}`, number));
        const takeIn = async (partition: number) => {
          const stored = await archive.store(batchOf(partition, 1, both));
          return stored?.recorded.length ?? 0;
        };
        const [here, there] = await Promise.all([takeIn(0), takeIn(1)]);
        expect(here + there).toBe(200);
        expect([await checkpoint(0), await checkpoint(1)]).toEqual([200, 200]);
      });

      it('takes in what several partitions bring at once in one transaction, numbered without a gap', async () => {
        for (const partition of [0, 1, 2]) await archive.store(batchOf(partition, 1, [note('x-ray', partition)]));
        const again = note('reception', 2);
        const stored = await Promise.all([
          archive.store(batchOf(0, 2, [note('reception', 0), note('reception', 1)])),
          archive.store(batchOf(1, 2, [again, note('reception', 3)])),
          archive.store(batchOf(2, 2, [again, note('x-ray', 4)])),
        ]);
        const sequences = stored.map((batch) => batch?.recorded.map(({ event: { sequence } }) => Number(sequence)));
        expect(sequences).toEqual([[1, 2], [3, 4], [4]]);
        expect([await checkpoint(0), await checkpoint(1), await checkpoint(2)]).toEqual([3, 3, 3]);
        const { rows } = await client.query(`SELECT DISTINCT xmin::text FROM ${schema}.checkpoints`);
        expect(rows).toHaveLength(1);
      });

      it('takes in what the others bring where one comes too late', async () => {
        for (const partition of [0, 1]) await archive.store(batchOf(partition, 1, [note('x-ray', partition)]));
        const [late, inTime] = await Promise.all([
          archive.store(batchOf(0, 1, [note('reception', 1)])),
          archive.store(batchOf(1, 2, [note('reception', 2)])),
        ]);
        expect([late, inTime?.recorded.length]).toEqual([null, 1]);
        expect([await checkpoint(0), await checkpoint(1)]).toEqual([1, 2]);
      });

      it('numbers facts per source, over partitions; decisions not; and continues from a number that was brought along', async () => {
        const elsewhere = { ...note('reception', 1), partitionkey: '/sites/north-street/servers/x-ray' };
        await Promise.all([
          archive.store(
            batchOf(
              0,
              1,
              Array.from({ length: 50 }, (_, number) => note('reception', number)),
            ),
          ),
          archive.store(
            batchOf(
              1,
              1,
              Array.from({ length: 50 }, () => ({ ...elsewhere, id: crypto.randomUUID() })),
            ),
          ),
          archive.store(batchOf(2, 1, [decided('cause', 1)])),
        ]);
        const numbers = [...(await all(0)), ...(await all(1))].map(({ sequence }) => Number(sequence));
        expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
        expect((await all(2))[0]).not.toHaveProperty('sequence');

        const { epoch } = await archive.identity();
        const brought = { ...measurement('agent', 1), sequence: '0000000000000041', epoch };
        const huge = { ...measurement('agent', 2), sequence: '9999999999999999', epoch };
        await archive.store(batchOf(3, 1, [brought, huge, measurement('agent', 3)]));
        await archive.store(batchOf(3, 4, [measurement('agent', 4)]));
        expect((await all(3)).map(({ sequence }) => sequence)).toEqual([
          '0000000000000041',
          '9999999999999999',
          '0000000000000042',
          '0000000000000043',
        ]);
      });

      it('counts apart what was counted in another epoch', async () => {
        const { epoch } = await archive.identity();
        const old = { ...measurement('agent', 1), sequence: '0000000000000041' };
        const others = { ...measurement('agent', 2), sequence: '0000000000000007', epoch: '2-another0' };
        await archive.store(batchOf(0, 1, [old, measurement('agent', 3), others, measurement('agent', 4)]));
        expect((await all(0)).map(({ sequence, epoch: of }) => [Number(sequence), of])).toEqual([
          ...[
            [41, '1'],
            [1, epoch],
            [7, '2-another0'],
            [2, epoch],
          ],
        ]);
        expect(
          (await client.query(`SELECT epoch, sequence FROM ${schema}.readable_events ORDER BY "offset"`)).rows,
        ).toEqual(
          [
            ['1', '41'],
            [epoch, '1'],
            ['2-another0', '7'],
            [epoch, '2'],
          ].map(([of, sequence]) => ({ epoch: of, sequence })),
        );
      });

      it('sets aside what is not an event, with its bytes and why', async () => {
        const batch = batchOf(0, 1, [note('reception', 1)]);
        const foreign = { offset: 2, key: null, value: Buffer.from([0, 255, 34]), error: 'it is no\0 JSON' };
        await archive.store({ ...batch, to: 3, unreadable: [foreign] });
        const { rows } = await client.query(`SELECT partition, "offset", key, value, error FROM ${schema}.unreadable`);
        expect(rows).toEqual([
          { partition: 0, offset: '2', key: null, value: Buffer.from([0, 255, 34]), error: 'it is no  JSON' },
        ]);
        expect(await archive.unreadableCount()).toBe(1);
        expect(await checkpoint(0)).toBe(3);
      });

      it('sets aside an event that the database refuses, and takes in those around it', async () => {
        const events = Array.from({ length: 9 }, (_, number) => note('reception', number));
        const refused = { ...note('reception', 99), subject: 'with a \0 in it' };
        const stored = await archive.store(batchOf(0, 1, [...events.slice(0, 6), refused, ...events.slice(6)]));
        expect(stored).toMatchObject({ unreadable: 1 });
        expect(stored?.recorded.map(({ position }) => position.offset)).toEqual([1, 2, 3, 4, 5, 6, 8, 9, 10]);
        expect((await all(0)).map(({ sequence }) => Number(sequence))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
        const { rows } = await client.query<{ offset: string; value: Buffer; error: string }>(
          `SELECT "offset", value, error FROM ${schema}.unreadable`,
        );
        expect(rows).toMatchObject([{ offset: '7', error: expect.stringMatching(/invalid byte sequence/) }]);
        expect(JSON.parse(String(rows[0]?.value))).toEqual(event(refused));
      });
    });

    describe('looking', () => {
      it('ends a look at many events, or at much data, and continues from there', async () => {
        await archive.store(
          batchOf(
            0,
            1,
            Array.from({ length: 1500 }, (_, number) => note('reception', number)),
          ),
        );
        const first = await archive.reader.look({}, 0, 0, 1500, 5000);
        expect([first.recorded.length, first.passedTo]).toEqual([1000, 1000]);
        const rest = await archive.reader.look({}, 0, first.passedTo, 1500, 5000);
        expect([rest.recorded.length, rest.passedTo]).toEqual([500, 1500]);

        const page = 'x'.repeat(600_000);
        await archive.store(
          batchOf(
            1,
            1,
            Array.from({ length: 8 }, (_, number) => note('reception', number, page)),
          ),
        );
        const large = await archive.reader.look({}, 1, 0, 8, 100);
        expect([large.recorded.length, large.passedTo]).toEqual([4, 4]);
      });

      it('passes over what was not asked for, up to the end that was named', async () => {
        await archive.store(
          batchOf(
            0,
            1,
            Array.from({ length: 30 }, (_, number) => measurement('reception', number)),
          ),
        );
        await archive.store(batchOf(0, 31, [note('reception', 31), note('x-ray', 32)]));
        expect(await archive.reader.look({ types: ['note.written'] }, 0, 0, 31, 100)).toMatchObject({
          recorded: [{ position: { partition: 0, offset: 31 } }],
          passedTo: 31,
          fault: null,
        });
        expect(await archive.reader.look({ types: [] }, 0, 0, 31, 100)).toMatchObject({ recorded: [], passedTo: 31 });
        expect(await archive.reader.look({ source: 'with \0' }, 0, 0, 31, 100)).toMatchObject({ recorded: [] });
        const key = '/sites/north-street/servers/x-ray';
        expect(await archive.reader.newestOf(key, 0)).toBe(32);
        expect(await archive.reader.newestOf('/nobody', 0)).toBe(0);
        expect(await archive.reader.hasAny({ types: ['note.written'] }, 0, 0, 30)).toBe(false);
        expect(await archive.reader.hasAny({ types: ['note.written'] }, 0, 30, 31)).toBe(true);
      });

      it('stops before an event that this program is too old for, or that is damaged, and says which', async () => {
        await archive.store(batchOf(0, 1, [note('reception', 1), measurement('reception', 2)]));
        const older = await PostgresArchive.open({
          ...{ url, schema, topic: 'events', partitions: 6, eventTypes: olderClinicTypes },
        });
        opened.push(older);
        expect(await older.reader.look({}, 0, 0, 2, 100)).toMatchObject({
          recorded: [{ position: { offset: 1 } }],
          passedTo: 1,
          fault: { code: 'event-unreadable', message: expect.stringMatching(/disk\.measured:v2/) },
        });
        await client.query(`UPDATE ${schema}.events SET data = '{"torn' WHERE "offset" = 2`);
        expect(await archive.reader.look({}, 0, 0, 2, 100)).toMatchObject({
          passedTo: 1,
          fault: { code: 'event-unreadable', message: expect.stringMatching(/offset 2 of partition 0 .* is damaged/) },
        });
      });

      it.each(['subject', 'partitionkey', 'source', 'type'])(
        'finds the few events of one %s by its index',
        async (column) => {
          const many = Array.from({ length: 3000 }, (_, number) => ({
            ...note(`server-${number % 300}`, number),
            subject: `subject-${number % 300}`,
          }));
          await archive.store(batchOf(0, 1, many));
          await client.query(`ANALYZE ${schema}.events`);
          const { rows } = await client.query<{ 'QUERY PLAN': string }>(
            `EXPLAIN SELECT * FROM ${schema}.events WHERE partition = 0 AND "offset" > 0 AND "offset" <= 3000
           AND hashtextextended(${column}, 0) = hashtextextended('server-7', 0) AND ${column} = 'server-7'
           ORDER BY "offset" LIMIT 1000`,
          );
          expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain(`events_by_${column}`);
        },
      );
    });

    it('hands arrays over in binary as they are', async () => {
      const numbers = [
        0,
        1,
        -1,
        2 ** 31,
        -(2 ** 31) - 1,
        2 ** 32,
        Number.MAX_SAFE_INTEGER,
        -Number.MAX_SAFE_INTEGER,
        null,
      ];
      const words = ['', 'a', 'ä€😀', '{"a":"\\\\"}', null];
      const bytes = [Buffer.from([0, 1, 255]), null, Buffer.alloc(0)];
      const { rows } = await client.query<{ a: string[]; b: string[]; c: Buffer[]; d: string[] }>(
        'SELECT $1::bigint[] AS a, $2::text[] AS b, $3::bytea[] AS c, $4::text[] AS d',
        [bigints(numbers), texts(words), byteStrings(bytes), texts([])],
      );
      expect(rows[0]?.a).toEqual(numbers.map((number) => (number === null ? null : String(number))));
      expect(rows[0]).toMatchObject({ b: words, c: bytes, d: [] });
    });
  });
} else {
  describe('the archive in PostgreSQL', () => {
    it(`is not tested here: ${missing}`, () => {
      process.stderr.write(`skipped, the archive in PostgreSQL: ${missing}\n`);
      expect(process.env['CI']).toBeUndefined();
    });
  });
}

const noServer = whyNoOwnPostgres();

if (noServer === null) {
  describe('the archive in a PostgreSQL that dies', () => {
    it(
      'fails while the server is away, and continues when it is back, with all that was in one commit or nothing of it',
      async () => {
        const server = await ownPostgres();
        const archive = await PostgresArchive.open({
          ...{ url: server.url, topic: 'events', partitions: 6, eventTypes: clinicTypes },
        });
        let next = 1;
        const store = () =>
          archive.store(
            batchOf(
              0,
              next,
              Array.from({ length: 20 }, (_, at) => note('reception', next + at)),
            ),
          );
        for (; next <= 200; next += 20) await store();
        await server.kill();
        await expect(store()).rejects.toMatchObject({
          code: 'unreachable',
          message: expect.stringMatching(/127\.0\.0\.1/),
        });
        await server.start();
        const checkpoint = (await archive.checkpoints()).get(0) ?? 0;
        const { recorded } = await archive.reader.look({}, 0, 0, 1e9, 1000);
        expect(recorded.map(({ position }) => position.offset)).toEqual(
          Array.from({ length: checkpoint }, (_, index) => index + 1),
        );
        next = checkpoint + 1;
        expect(await store()).toMatchObject({ unreadable: 0 });
        expect(
          (await archive.reader.look({}, 0, 0, 1e9, 1000)).recorded.map(({ event }) => Number(event.sequence)),
        ).toEqual(Array.from({ length: checkpoint + 20 }, (_, index) => index + 1));
        await archive.close();
      },
      databasePatienceMs,
    );
  });
} else {
  describe('the archive in a PostgreSQL that dies', () => {
    it(`is not tested here: ${noServer}`, () => {
      process.stderr.write(`skipped, the archive in a PostgreSQL that dies: ${noServer}\n`);
      expect(process.env['CI']).toBeUndefined();
    });
  });
}
