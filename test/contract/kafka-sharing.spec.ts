import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { eventTypes } from '../../src/capabilities.js';
import type { NewEvent } from '../../src/event-log/envelope.js';
import { readAll, type Subscription, type SubscriptionOptions } from '../../src/event-log/event-log.js';
import type { KafkaEventLog } from '../../src/event-log/kafka/kafka-log.adapter.js';
import { partitionOf } from '../../src/event-log/kafka/kafka-partition.js';
import { fact } from '../../src/event-log/statement.js';
import { serverRetired } from '../../src/servers/servers.events.js';
import { definitionsKey } from '../../src/shared/names.js';
import { brokerPatienceMs } from '../fixtures/kafka.js';
import { until } from '../fixtures/until.js';
import { newPlace, openPlace, sessionTimeoutMs, whyNoKafkaLog, type KafkaPlace } from './kafka-places.js';
import { PostgresCheckpoints } from './postgres-checkpoints.mjs';

type Tx = Parameters<PostgresCheckpoints['writeDown']>[0];

const partitions = 6;
const servers = Array.from({ length: 12 }, (_, number) => `server-${number}`);
const missing = whyNoKafkaLog();

let number = 0;

function stated(server: string, partitionkey = `/sites/north-street/servers/${server}`): NewEvent {
  const source = `/sites/north-street/servers/${server}`;
  const data = { site: 'north-street', server };
  return fact(serverRetired, { source, subject: `${source}/${++number}`, partitionkey, now: Date.now(), data });
}

if (missing === null) {
  describe('processes that share a log on Kafka', () => {
    let place: KafkaPlace;
    let checkpoints: PostgresCheckpoints;
    const logs: KafkaEventLog[] = [];
    const children: ChildProcess[] = [];

    beforeAll(() => void Logger.overrideLogger(['error', 'fatal']));
    beforeAll(newPlace, brokerPatienceMs);

    beforeEach(async () => {
      place = await newPlace(partitions);
      checkpoints = await PostgresCheckpoints.open(place.archive.url, `${place.archive.schema}_view`);
    });
    afterEach(async () => {
      for (const child of children.splice(0)) child.kill('SIGKILL');
      await Promise.all(logs.splice(0).map((log) => log.close()));
      await checkpoints.close();
    });

    async function open(): Promise<KafkaEventLog> {
      const log = await openPlace(place, eventTypes);
      logs.push(log);
      return log;
    }

    function subscribe(
      log: KafkaEventLog,
      by: string,
      options: Partial<SubscriptionOptions<Tx>> = {},
    ): Subscription<Tx> {
      const name = options.name ?? 'view';
      return log.subscribe<Tx>({
        name,
        checkpoints,
        handle: (batch, tx, partition) =>
          checkpoints.writeDown(
            tx,
            name,
            partition,
            batch.map(({ event }) => event.id),
            by,
          ),
        ...options,
      });
    }

    /** Its own process; resolves when it has some of the partitions. */
    async function startChild(name: string): Promise<ChildProcess> {
      const script = fileURLToPath(new URL('./kafka-sharer.child.mjs', import.meta.url));
      const child = spawn(process.execPath, [script, JSON.stringify({ ...place, sessionTimeoutMs }), name], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      const ended = once(child, 'exit').then(() => 'ended');
      for (;;) {
        const said = await Promise.race([once(child.stdout, 'data'), ended]);
        if (said === 'ended') throw new Error(`${name} has ended`);
        if (/\d/.test(String(said[0]).trim().split('\n').at(-1) ?? '')) return child;
      }
    }

    /** Appends facts of all servers until it is told to stop; @returns the ids of each server, in order. */
    function keepAppending(log: KafkaEventLog): { stop(): Promise<Map<string, string[]>> } {
      const sent = new Map<string, string[]>(servers.map((server) => [server, []]));
      let stopped = false;
      const done = Promise.all(
        servers.map(async (server) => {
          while (!stopped) {
            const event = stated(server);
            await log.append([event]);
            sent.get(server)?.push(event.id);
            await pause(5);
          }
        }),
      );
      return {
        stop: async () => {
          stopped = true;
          await done;
          return sent;
        },
      };
    }

    async function expectEachOnceInOrder(sent: ReadonlyMap<string, readonly string[]>): Promise<void> {
      const seen = (await checkpoints.seen('view')).map(({ id }) => id);
      for (const ids of sent.values()) {
        const wanted = new Set(ids);
        expect(seen.filter((id) => wanted.has(id))).toEqual(ids);
      }
      expect(seen).toHaveLength([...sent.values()].flat().length);
    }

    const divided = (...of: KafkaEventLog[]) =>
      until(() => of.every((log) => log.partitions().length === partitions / of.length));

    it('have each their partitions, and both read what either appends; a subscription knows when all is handled', async () => {
      const [here, there] = [await open(), await open()];
      await divided(here, there);
      expect([...here.partitions(), ...there.partitions()].sort()).toEqual([0, 1, 2, 3, 4, 5]);
      const [mine, theirs] = [subscribe(here, 'here'), subscribe(there, 'there')];
      const events = servers.flatMap((server) => [stated(server), stated(server)]);
      await Promise.all(events.map((event, at) => (at % 2 === 0 ? here : there).append([event])));
      expect(await readAll(here, {})).toHaveLength(24);
      expect(await readAll(there, {})).toHaveLength(24);
      expect(await here.head()).toEqual(await there.head());
      await mine.caughtUp();
      const seen = await checkpoints.seen('view');
      expect(seen.map(({ id }) => id).sort()).toEqual(events.map(({ id }) => id).sort());
      for (const { partition, by } of seen) expect(by).toBe(here.partitions().includes(partition) ? 'here' : 'there');
      await theirs.caughtUp();
      expect(await theirs.whenIdle(here.partitions()[0] ?? -1, async () => undefined)).toBe(false);
      expect(await theirs.whenIdle(there.partitions()[0] ?? -1, async () => undefined)).toBe(true);
    });

    it('do not wait for what is of other types, in partitions of others', async () => {
      const [here, there] = [await open(), await open()];
      await divided(here, there);
      const subscription = subscribe(here, 'here', { types: ['job.defined'] });
      subscribe(there, 'there', { types: ['job.defined'] });
      await there.append(servers.map((server) => stated(server)));
      await subscription.caughtUp();
      expect(await checkpoints.seen('view')).toEqual([]);
    });

    it('hand the events of a key that all need to the handlers of every partition, once, wherever it lies', async () => {
      const home = partitionOf(definitionsKey, partitions);
      const [here, there] = [await open(), await open()];
      await divided(here, there);
      const options = { everywhere: definitionsKey };
      const before = [1, 2, 3].map(() => stated('x-ray', definitionsKey));
      await here.append(before);
      const [mine, theirs] = [subscribe(here, 'here', options), subscribe(there, 'there', options)];
      const facts = servers.map((server) => stated(server));
      await there.append(facts);
      const after = [1, 2].map(() => stated('records', definitionsKey));
      await there.append(after);
      await Promise.all([mine.caughtUp(), theirs.caughtUp()]);
      const definitions = [...before, ...after].map(({ id }) => id);
      const seen = await checkpoints.seen('view');
      for (let partition = 0; partition < partitions; partition++) {
        const ids = seen.filter((one) => one.partition === partition).map(({ id }) => id);
        expect(ids.filter((id) => definitions.includes(id))).toEqual(definitions);
        const own = facts.filter(({ partitionkey }) => partitionOf(partitionkey, partitions) === partition);
        expect(ids.filter((id) => !definitions.includes(id)).sort()).toEqual(own.map(({ id }) => id).sort());
        const stored = await checkpoints.load(`view@${partition}`);
        expect([...stored.keys()]).toEqual(partition === home ? [] : [home]);
      }
    });

    it('take over without loss or repeat when one comes and when one goes, while events come in', async () => {
      const here = await open();
      await divided(here);
      const mine = subscribe(here, 'here');
      const appending = keepAppending(here);
      await pause(500);
      const there = await open();
      subscribe(there, 'there');
      await divided(here, there);
      await until(async () => (await checkpoints.seen('view')).some(({ by }) => by === 'there'));
      await there.close();
      await divided(here);
      await pause(500);
      const sent = await appending.stop();
      await mine.caughtUp();
      await expectEachOnceInOrder(sent);
      const sequences = (await readAll(here, { source: '/sites/north-street/servers/server-3' })).map(
        (event) => event.sequence,
      );
      expect(sequences.map(Number)).toEqual(sequences.map((_, index) => index + 1));
    });

    it('take over without loss or repeat when one is killed', async () => {
      const here = await open();
      const mine = subscribe(here, 'here');
      const appending = keepAppending(here);
      const child = await startChild('child');
      await until(async () => (await checkpoints.seen('view')).some(({ by }) => by === 'child'));
      child.kill('SIGKILL');
      await divided(here);
      await pause(300);
      const sent = await appending.stop();
      await mine.caughtUp();
      await expectEachOnceInOrder(sent);
    }, 60_000);

    it('lose nothing, and repeat nothing, when one is paused for so long that others take over, and then continues', async () => {
      const here = await open();
      const mine = subscribe(here, 'here');
      const appending = keepAppending(here);
      const child = await startChild('child');
      await until(async () => (await checkpoints.seen('view')).some(({ by }) => by === 'child'));
      child.kill('SIGSTOP');
      await divided(here);
      await pause(300);
      child.kill('SIGCONT');
      await until(() => here.partitions().length === partitions / 2); // it is a member again
      await pause(300);
      const sent = await appending.stop();
      await mine.caughtUp();
      await expectEachOnceInOrder(sent);
    }, 60_000);
  });
} else {
  describe('processes that share a log on Kafka', () => {
    it(`are not tested here: ${missing}`, () => {
      process.stderr.write(`skipped, processes that share a log on Kafka: ${missing}\n`);
      expect(process.env['CI']).toBeUndefined();
    });
  });
}
