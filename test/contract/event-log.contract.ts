import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type Database from '#sqlite';
import fc from 'fast-check';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventTypes } from '../../src/capabilities.js';
import type { Event, NewEvent, Position, Recorded } from '../../src/event-log/envelope.js';
import { readAll, type EventLog, type ReadFilter, type SubscriptionOptions } from '../../src/event-log/event-log.js';
import { dataSchemaUrn, type EventTypes } from '../../src/event-log/event-types.js';
import { decided, measurement, note, clinicTypes, olderClinicTypes, serverOf } from './clinic-events.js';
import { SqliteCheckpoints, writeDown } from './sqlite-checkpoints.js';
import { until } from '../fixtures/until.js';

export interface EngineUnderTest {
  /** Opens the log that is in a folder, or is named after it. Opened again, it is the same log. */
  open(folder: string, eventTypes: EventTypes): Promise<EventLog>;
  /** Path of a module whose `openLog(folder)` opens the log from the build, for processes of their own that append and read. */
  readonly module: string;
  /** Whether all events have one order; else those of a partition key have. */
  readonly ordersAll: boolean;
  /** Whether `append` answers a repeat with the position of the event already stored. */
  readonly tellsRepeats: boolean;
  /** Opens what has to continue while processes that append are killed, if the log is more than a file. */
  readonly beside?: (folder: string, eventTypes: EventTypes) => Promise<{ close(): Promise<void> }>;
}

/** What every engine of the event log promises. */
export function describeEventLog(name: string, engine: EngineUnderTest): void {
  describe(`an event log on ${name}`, () => {
    let folder: string;
    let log: EventLog;
    let checkpoints: SqliteCheckpoints;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'wardround-log-'));
      log = await engine.open(folder, clinicTypes);
      checkpoints = new SqliteCheckpoints(join(folder, 'views.db'));
    });
    afterEach(async () => {
      await log.close();
      checkpoints.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function reopen(types: EventTypes = clinicTypes): Promise<void> {
      await log.close();
      log = await engine.open(folder, types);
    }

    /** A subscription that writes down the ids it is given. */
    function subscribe(
      name: string,
      options: Partial<Pick<SubscriptionOptions<Database.Database>, 'types' | 'handle'>> = {},
    ) {
      return log.subscribe<Database.Database>({
        name,
        checkpoints,
        handle: async (batch, tx) => writeDown(tx, name, idsOf(batch)),
        ...options,
      });
    }

    describe('append', () => {
      it('keeps what it acknowledged, whole and in order, over kills of the process at random moments', async () => {
        const acknowledged: string[] = [];
        await log.close();
        const beside = await engine.beside?.(folder, eventTypes);
        for (let round = 0; round < 8; round++) {
          acknowledged.push(...(await appendUntilKilled(engine.module, folder, 20 + Math.random() * 250)));
        }
        await beside?.close();
        log = await engine.open(folder, eventTypes);
        const events = await readAll(log, {});
        const ids = new Set(events.map(({ id }) => id));
        expect(acknowledged.length).toBeGreaterThan(0);
        expect(acknowledged.filter((line) => !ids.has(line.split(' ')[2] ?? ''))).toEqual([]);
        for (const own of byKey(events).values()) {
          const numbers = own.map(({ data }) => numberIn(data));
          expect(numbers).toEqual(numbers.map((_, index) => index + 1));
          expect(own.map(({ sequence }) => Number(sequence))).toEqual(numbers);
          let callsEnd = 1;
          while (callsEnd <= numbers.length) callsEnd += 1 + (callsEnd % 3); // as the appender cuts its calls
          expect(callsEnd).toBe(numbers.length + 1);
        }
      }, 90_000);

      it('stores the same id once, and says which position it has', async () => {
        const [first, second] = [measurement('reception', 1), measurement('reception', 2)];
        const [position] = await log.append([first]);
        await reopen();
        const again = await log.append([second, first, first, second]);
        expect(again[0]).not.toEqual(position);
        expect((await readAll(log, {})).map(({ id }) => id)).toEqual([first.id, second.id]);
        if (engine.tellsRepeats) {
          expect([again[1], again[2], again[3]]).toEqual([position, position, again[0]]);
        } else {
          const stored = await positionsOf(log);
          expect(stored).toEqual([position, again[0]]);
          for (const [repeat, of] of [
            [again[1], position],
            [again[2], position],
            [again[3], again[0]],
          ] as const) {
            expect(repeat?.partition).toBe(of?.partition);
            expect(repeat?.offset).toBeGreaterThan(of?.offset ?? 0);
            expect(stored).not.toContainEqual(repeat);
          }
        }
      });

      it('takes the same id of two sources for two events', async () => {
        const first = measurement('reception', 1);
        await log.append([first, { ...measurement('x-ray', 1), id: first.id }]);
        expect(await readAll(log, {})).toHaveLength(2);
      });

      it('stores an id once that two callers append at the same time', async () => {
        const event = measurement('reception', 1);
        const positions = await Promise.all([log.append([event]), log.append([event]), log.append([event])]);
        expect(new Set(positions.map(([position]) => position?.offset)).size).toBe(engine.tellsRepeats ? 1 : 3);
        expect(await readAll(log, {})).toHaveLength(1);
      });

      it('numbers the facts of each source without a gap, over restarts and repeats, and decisions not at all', async () => {
        await log.append([measurement('reception', 1), measurement('x-ray', 1), decided('a', 1)]);
        const repeated = measurement('reception', 2);
        await log.append([repeated, repeated]);
        await reopen();
        await log.append([repeated, measurement('reception', 3)]);
        const sequences = async (filter: ReadFilter) => (await readAll(log, filter)).map(({ sequence }) => sequence);
        expect(await sequences({ source: serverOf('reception').source })).toEqual([
          '0000000000000001',
          '0000000000000002',
          '0000000000000003',
        ]);
        expect(await sequences({ source: serverOf('x-ray').source })).toEqual(['0000000000000001']);
        expect(await sequences({ source: '/wardround/rules' })).toEqual([undefined]);
      });

      it('keeps the sequence, the epoch and the time of recording that an event brings along', async () => {
        const { epoch } = await log.identity();
        const brought = { recordedtime: '2026-11-22T02:00:07.000Z', sequence: '0000000000000041' };
        const forwarded = [
          { ...measurement('agent', 7), ...brought },
          { ...measurement('agent', 8), ...brought, epoch: '3-another0' },
          { ...measurement('agent', 9), ...brought, epoch },
        ];
        await log.append([...forwarded, measurement('agent', 10)]);
        const [old, others, own, next] = await readAll(log, {});
        expect([old, others, own]).toEqual([{ ...forwarded[0], epoch: '1' }, forwarded[1], forwarded[2]]);
        expect(next).toMatchObject({ sequence: '0000000000000042', epoch });
        expect(Date.parse(next?.recordedtime ?? '')).toBeGreaterThan(0);
      });

      it('counts what it records in an epoch of its own, which stays the same over restarts', async () => {
        const identity = await log.identity();
        expect(identity).toEqual({
          ...{ id: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/), epoch: expect.stringMatching(/^1-[a-z0-9]{8}$/) },
          ...{ because: 'new-log', before: null },
        });
        await log.append([{ ...measurement('agent', 1), sequence: '0000000000000009', epoch: '1-another0' }]);
        await log.append([measurement('agent', 2), decided('a', 1)]);
        await reopen();
        await log.append([measurement('agent', 3)]);
        expect(await log.identity()).toEqual(identity);
        const counted = (await readAll(log, {})).map(({ sequence, epoch }) => [Number(sequence), epoch]);
        expect(counted.sort()).toEqual(
          [
            [Number.NaN, undefined],
            [1, identity.epoch],
            [2, identity.epoch],
            [9, '1-another0'],
          ].sort(),
        );
      });

      it('gives each of many concurrent calls its own positions', async () => {
        const calls = Array.from({ length: 300 }, (_, call) =>
          Array.from({ length: 1 + (call % 4) }, (_, index) => measurement(`server-${call % 7}`, call * 10 + index)),
        );
        const positions = await Promise.all(calls.map((events) => log.append(events)));
        const stored = new Map<string, string>();
        for await (const batch of log.read({})) {
          for (const { event, position } of batch) stored.set(`${position.partition}/${position.offset}`, event.id);
        }
        expect(stored.size).toBe(calls.flat().length);
        calls.forEach((events, call) => {
          const ids = positions[call]?.map(({ partition, offset }) => stored.get(`${partition}/${offset}`));
          expect(ids).toEqual(events.map(({ id }) => id));
        });
      });

      it('returns no positions for no events', async () => {
        expect(await log.append([])).toEqual([]);
        expect(await log.head()).toEqual(new Map());
      });

      it.each<[what: string, wrong: NewEvent, says: RegExp]>([
        [
          'an unknown type',
          { ...note('reception', 1), type: 'tape.eaten' },
          /event 2 of 3 .*"tape\.eaten" is not an event type/,
        ],
        ['wrong data', { ...note('reception', 1), data: { number: 'one' } }, /data\.number: .*data\.text: /],
        [
          'a newer version than is known',
          { ...note('reception', 1), dataschema: dataSchemaUrn('note.written', 2) },
          /version 2 of note\.written is newer/,
        ],
        [
          'the schema of another type',
          { ...note('reception', 1), dataschema: dataSchemaUrn('disk.measured', 1) },
          /is not of the type note\.written/,
        ],
        [
          'data that is not of the old version it names',
          { ...measurement('reception', 1), dataschema: dataSchemaUrn('disk.measured', 1), data: { share: 1 } },
          /disk\.measured/,
        ],
        ['a time that is none', { ...note('reception', 1), time: 'yesterday' }, /time: /],
      ])('refuses %s, and stores nothing of that call', async (_, wrong, says) => {
        const right = measurement('reception', 1);
        const [other, refused] = await Promise.allSettled([
          log.append([measurement('x-ray', 1)]),
          log.append([right, wrong, measurement('reception', 2)]),
        ]);
        expect(other.status).toBe('fulfilled');
        expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'event-invalid' } });
        expect(refused.status === 'rejected' && String(refused.reason)).toMatch(says);
        expect((await readAll(log, {})).map(({ source }) => source)).toEqual([serverOf('x-ray').source]);
        await log.append([right]);
        expect((await readAll(log, { source: right.source }))[0]?.sequence).toBe('0000000000000001');
      });

      it('refuses to work once it is closed', async () => {
        await log.append([measurement('reception', 1)]);
        await log.close();
        await log.close();
        await expect(log.append([measurement('reception', 2)])).rejects.toMatchObject({ code: 'log-closed' });
        await expect(readAll(log, {})).rejects.toMatchObject({ code: 'log-closed' });
        await expect(log.head()).rejects.toMatchObject({ code: 'log-closed' });
        expect(() => subscribe('late')).toThrow(expect.objectContaining({ code: 'log-closed' }));
      });

      it('stores before it closes what was given to it before', async () => {
        const appends = Array.from({ length: 50 }, (_, number) => log.append([measurement('reception', number)]));
        const [closed, ...stored] = await Promise.allSettled([log.close(), ...appends]);
        expect(closed.status).toBe('fulfilled');
        expect(stored.every(({ status }) => status === 'fulfilled')).toBe(true);
        await reopen();
        expect(await readAll(log, {})).toHaveLength(50);
      });
    });

    describe('read', () => {
      const day = (hour: number) => Date.UTC(2026, 10, 22, hour);
      const events = [
        measurement('reception', 1, day(1)),
        note('x-ray', 2),
        measurement('reception', 3, day(3)),
        measurement('x-ray', 4, day(4)),
        { ...note('reception', 5), subject: '/sites/north-street/servers/reception/tape' },
        decided('cause', 6),
      ];
      const numbers = async (filter: ReadFilter) => (await readAll(log, filter)).map(({ data }) => numberIn(data));

      it.each<[filter: ReadFilter, expected: number[]]>([
        [{}, [1, 2, 3, 4, 5, 6]],
        [{ source: '/sites/north-street/servers/reception' }, [1, 3, 5]],
        [{ types: ['note.written'] }, [2, 5, 6]],
        [{ types: ['note.written', 'disk.measured'] }, [1, 2, 3, 4, 5, 6]],
        [{ types: ['note.written', 'never.seen'] }, [2, 5, 6]],
        [{ types: ['never.seen'] }, []],
        [{ types: [] }, []],
        [{ subject: '/sites/north-street/servers/reception/tape' }, [5]],
        [{ subject: '/sites/north-street/servers/reception' }, []],
        [{ partitionkey: '/sites/north-street/servers/reception' }, [1, 3, 5, 6]],
        [{ source: '/nobody' }, []],
        [{ since: '2026-11-22T03:00:00Z' }, [3, 4]],
        [{ until: '2026-11-22T03:00:00.000Z' }, [1, 2, 5, 6]],
        [{ since: '2026-11-22T02:00:02.000Z', until: '2026-11-22T04:00:00Z' }, [2, 3, 5, 6]],
        [{ since: '2027-01-01T00:00:00Z' }, []],
        ...(engine.ordersAll ? [[{ limit: 2 }, [1, 2]] satisfies [ReadFilter, number[]]] : []),
        [{ limit: 2, partitionkey: '/sites/north-street/servers/reception' }, [1, 3]],
        [{ limit: 0 }, []],
        [{ types: ['disk.measured'], partitionkey: '/sites/north-street/servers/x-ray', limit: 5 }, [4]],
      ])('gives what %j asks for', async (filter, expected) => {
        for (const event of events) await log.append([event]);
        const found = await numbers(filter);
        expect(found.sort()).toEqual(expected);
      });

      it.each([1, 2, 4])('gives no more than %i events if no more are asked for', async (limit) => {
        for (const event of events) await log.append([event]);
        expect(await readAll(log, { limit })).toHaveLength(limit);
      });

      it('goes on behind a checkpoint', async () => {
        const positions = await log.append([1, 2, 3, 4].map((number) => measurement('reception', number)));
        const second = positions[1];
        if (!second) throw new Error('no position');
        const after = new Map([[second.partition, second.offset]]);
        expect(await numbers({ after })).toEqual([3, 4]);
        expect(await numbers({ after, limit: 1 })).toEqual([3]);
        expect(await numbers({ after: await log.head() })).toEqual([]);
      });

      it('ends at the end of the log as of the call, though appends go on', async () => {
        await log.append(Array.from({ length: 1200 }, (_, number) => measurement('reception', number)));
        const reading = log.read({});
        let found = 0;
        let appended = 0;
        for await (const batch of reading) {
          found += batch.length;
          await log.append([note('reception', appended++)]);
        }
        expect(found).toBe(1200);
        expect(appended).toBeGreaterThan(1);
      });

      it('refuses a time that is none', async () => {
        await log.append([measurement('reception', 1)]);
        await expect(readAll(log, { since: 'yesterday' })).rejects.toMatchObject({ code: 'bad-request' });
      });

      it('gives old versions of a type in the newest', async () => {
        await reopen(olderClinicTypes);
        const written: NewEvent = {
          ...measurement('reception', 1),
          dataschema: dataSchemaUrn('disk.measured', 1),
          data: { number: 1, percent: 61 },
        };
        await log.append([written]);
        await reopen();
        const [read] = await readAll(log, {});
        expect(read).toMatchObject({
          id: written.id,
          dataschema: dataSchemaUrn('disk.measured', 2),
          data: { number: 1, share: 0.61 },
        });
      });

      it('takes old versions from those who still write them', async () => {
        const old = {
          ...measurement('agent', 1),
          dataschema: dataSchemaUrn('disk.measured', 1),
          data: { number: 1, percent: 50 },
        };
        await log.append([old]);
        expect((await readAll(log, {}))[0]?.data).toEqual({ number: 1, share: 0.5 });
      });

      it('says which event a program is too old for, after it gave those before', async () => {
        await log.append([note('reception', 1), measurement('reception', 2)]);
        await reopen(olderClinicTypes);
        const found: number[] = [];
        const reading = (async () => {
          for await (const batch of log.read({})) found.push(...batch.map(({ event }) => numberIn(event.data)));
        })();
        await expect(reading).rejects.toMatchObject({
          code: 'event-unreadable',
          message: expect.stringContaining('urn:wardround:event:disk.measured:v2'),
        });
        expect(found).toEqual([1]);
      });

      it('reads back what was appended, whatever the order of appends, repeats and restarts', async () => {
        const step = fc.oneof(
          { weight: 6, arbitrary: fc.array(anyNote, { minLength: 1, maxLength: 4 }) },
          { weight: 1, arbitrary: fc.constant('restart' as const) },
          { weight: 1, arbitrary: fc.constant('repeat' as const) },
        );
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
            const before = await log.head();
            const expected: NewEvent[] = [];
            let pending: Promise<unknown>[] = [];
            for (const next of steps) {
              if (next === 'restart') {
                await Promise.all(pending);
                pending = [];
                await reopen();
              } else if (next === 'repeat') {
                pending.push(log.append(expected.slice(-2)));
              } else {
                const fresh = next.map(({ server, text }, index) => note(server, index, text));
                expected.push(...fresh);
                pending.push(log.append(fresh));
              }
            }
            await Promise.all(pending);
            const found = byKey(await readAll(log, { after: before }));
            for (const [key, wanted] of byKey(expected)) expect(found.get(key)).toMatchObject(wanted);
            expect([...found.values()].flat()).toHaveLength(expected.length);
          }),
          { numRuns: 25 },
        );
      });
    });

    describe('subscribe', () => {
      it("hands a server's events over in the order of appends, while many append", async () => {
        const subscription = subscribe('view');
        const sent = new Map<string, string[]>();
        const appender = async (server: string) => {
          for (let number = 0; number < 60; number++) {
            const event = measurement(server, number);
            sent.set(server, [...(sent.get(server) ?? []), event.id]);
            await log.append([event]);
          }
        };
        await Promise.all(['reception', 'x-ray', 'records'].map(appender));
        await subscription.caughtUp();
        const seen = checkpoints.seen('view');
        for (const ids of sent.values()) expect(seen.filter((id) => ids.includes(id))).toEqual(ids);
        expect(seen).toHaveLength(180);
        expect(await subscription.status()).toMatchObject({ name: 'view', lag: 0, parked: 0, lastError: null });
      });

      it('takes up after a restart where its checkpoint stands', async () => {
        const first = await appendNotes(log, 5);
        await subscribe('view').caughtUp();
        await reopen();
        const second = await appendNotes(log, 5);
        await subscribe('view').caughtUp();
        expect(checkpoints.seen('view')).toEqual([...first, ...second]);
      });

      it('hands over a long past in order, and each event once', async () => {
        const events = Array.from({ length: 7000 }, (_, number) => measurement('reception', number));
        await log.append(events);
        await log.head(); // now it is all past
        const sizes: number[] = [];
        const subscription = subscribe('view', {
          handle: async (batch, tx) => {
            sizes.push(batch.length);
            writeDown(tx, 'view', idsOf(batch));
          },
        });
        await subscription.caughtUp();
        expect(checkpoints.seen('view')).toEqual(events.map(({ id }) => id));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(5000);
        expect(sizes.length).toBeLessThan(20);
      });

      it('hands over only the types asked for, and passes over the others', async () => {
        await log.append(Array.from({ length: 1500 }, (_, number) => measurement('reception', number)));
        await log.head(); // now it is all there at once
        const subscription = subscribe('notes', { types: ['note.written'] });
        await subscription.caughtUp();
        expect(await subscription.status()).toMatchObject({ lag: 0 });
        expect(checkpoints.seen('notes')).toEqual([]);
        expect(await checkpoints.load('notes')).toEqual(await log.head());
        const written = await appendNotes(log, 2);
        await log.append([measurement('reception', 9999)]);
        await subscription.caughtUp();
        expect(checkpoints.seen('notes')).toEqual(written);
      });

      it("moves the checkpoint with the handler's writes, or neither", async () => {
        const ids = await appendNotes(log, 3);
        const held = { failing: true };
        const subscription = subscribe('view', {
          handle: async (batch, tx) => {
            writeDown(tx, 'view', idsOf(batch));
            if (held.failing) throw new Error('the view is out of order');
          },
        });
        await until(async () => (await subscription.status()).lastError !== null);
        expect(checkpoints.seen('view')).toEqual([]);
        expect(await checkpoints.load('view')).toEqual(new Map());
        held.failing = false;
        await subscription.caughtUp();
        expect(checkpoints.seen('view')).toEqual(ids);
        expect(await checkpoints.load('view')).toEqual(await log.head());
      });

      it('handles those before an event at fault, tells why it waits, and goes on when it can', async () => {
        const ids = await appendNotes(log, 5);
        const held = { poison: ids[2] };
        const subscription = subscribe('view', {
          handle: async (batch, tx) => {
            if (idsOf(batch).some((id) => id === held.poison)) throw new Error('the third is poison');
            writeDown(tx, 'view', idsOf(batch));
          },
        });
        await until(async () => checkpoints.seen('view').length === 2);
        await until(async () => (await subscription.status()).lastError === 'the third is poison');
        expect(await subscription.status()).toMatchObject({ lag: 3 });
        expect(checkpoints.seen('view')).toEqual(ids.slice(0, 2));
        held.poison = undefined;
        await subscription.caughtUp();
        expect(checkpoints.seen('view')).toEqual(ids);
        expect(await subscription.status()).toMatchObject({ name: 'view', lag: 0, parked: 0, lastError: null });
      });

      it('lets no subscription disturb another', async () => {
        const broken = subscribe('broken', {
          handle: async () => {
            throw new Error('broken');
          },
        });
        const sound = subscribe('sound');
        const ids = await appendNotes(log, 20);
        await sound.caughtUp();
        expect(checkpoints.seen('sound')).toEqual(ids);
        await until(async () => (await broken.status()).lastError === 'broken');
        expect(await sound.status()).toMatchObject({ name: 'sound', lag: 0, parked: 0, lastError: null });
      });

      it('changes nothing for an owner whose checkpoint somebody else has moved', async () => {
        const owners = [subscribe('view'), subscribe('view'), subscribe('view')];
        const ids: string[] = [];
        for (let round = 0; round < 20; round++) ids.push(...(await appendNotes(log, 5)));
        await Promise.all(owners.map((owner) => owner.caughtUp()));
        expect(checkpoints.seen('view')).toEqual(ids);
        for (const owner of owners) expect(await owner.status()).toMatchObject({ lag: 0, parked: 0, lastError: null });
      });

      it('hands over again what a checkpoint that was moved back leaves open', async () => {
        const subscription = subscribe('view');
        const ids = await appendNotes(log, 4);
        await subscription.caughtUp();
        for (const partition of (await log.head()).keys()) checkpoints.move('view', { partition, offset: 0 });
        ids.push(...(await appendNotes(log, 1)));
        await subscription.caughtUp();
        expect(checkpoints.seen('view')).toEqual([...ids.slice(0, 4), ...ids]);
      });

      it('waits for the batch in hand when it is stopped, and for nothing more', async () => {
        const ids = await appendNotes(log, 2);
        const batch = deferred();
        const begun = deferred();
        const subscription = subscribe('view', {
          handle: async (events, tx) => {
            begun.resolve();
            await batch.promise;
            writeDown(tx, 'view', idsOf(events));
          },
        });
        await begun.promise;
        const late = expect(subscription.caughtUp()).resolves.toBeUndefined();
        const stopped = subscription.stop();
        batch.resolve();
        await stopped;
        expect(checkpoints.seen('view')).toEqual(ids);
        await late;
        await appendNotes(log, 1);
        await expect(subscription.caughtUp()).rejects.toMatchObject({ code: 'cancelled' });
        expect(checkpoints.seen('view')).toEqual(ids);
      });

      it('tells those who wait that it was stopped before it was done', async () => {
        await appendNotes(log, 2);
        const subscription = subscribe('view', {
          handle: async () => {
            throw new Error('never');
          },
        });
        const refused = expect(subscription.caughtUp()).rejects.toMatchObject({ code: 'cancelled' });
        await until(async () => (await subscription.status()).lastError === 'never');
        await subscription.stop();
        await refused;
      });

      it('lets a handler append while the log is being closed', async () => {
        await appendNotes(log, 1);
        const begun = deferred();
        const batch = deferred();
        subscribe('view', {
          types: ['note.written'],
          handle: async (events, tx) => {
            begun.resolve();
            await batch.promise;
            await log.append([measurement('reception', 1)]);
            writeDown(tx, 'view', idsOf(events));
          },
        });
        await begun.promise;
        const closed = log.close();
        batch.resolve();
        await closed;
        expect(checkpoints.seen('view')).toHaveLength(1);
        await reopen();
        expect(await readAll(log, { types: ['disk.measured'] })).toHaveLength(1);
      });
    });
  });
}

const anyNote = fc.record({
  server: fc.constantFrom('reception', 'x-ray', 'records'),
  text: fc.string({ unit: 'grapheme', maxLength: 60 }),
});

async function appendNotes(log: EventLog, count: number): Promise<string[]> {
  const events = Array.from({ length: count }, (_, number) => note('reception', number));
  await log.append(events);
  return events.map(({ id }) => id);
}

async function positionsOf(log: EventLog): Promise<readonly Position[]> {
  const positions: Position[] = [];
  for await (const batch of log.read({})) positions.push(...batch.map(({ position }) => position));
  return positions;
}

function idsOf(batch: readonly Recorded[]): readonly string[] {
  return batch.map(({ event }) => event.id);
}

/** What tells the events of these tests apart: a running number in their data. */
function numberIn(data: unknown): number {
  if (typeof data !== 'object' || data === null) return Number.NaN;
  if ('number' in data) return Number(data.number);
  return 'durationMs' in data ? Number(data.durationMs) : Number.NaN;
}

function byKey<E extends NewEvent | Event>(events: readonly E[]): Map<string, E[]> {
  const keys = new Map<string, E[]>();
  for (const event of events) {
    const own = keys.get(event.partitionkey);
    if (own) own.push(event);
    else keys.set(event.partitionkey, [event]);
  }
  return keys;
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** @returns what the process said was acknowledged: lines of server, number and id. */
async function appendUntilKilled(module: string, folder: string, afterMs: number): Promise<readonly string[]> {
  const script = fileURLToPath(new URL('./appender.child.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, module, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const ended = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), ended]);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill('SIGKILL');
  await ended;
  if (complaints !== '') throw new Error(complaints);
  return said.split('\n').slice(0, -1); // what is not a whole line was not said
}
