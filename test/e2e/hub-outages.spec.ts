import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { checkupSchema } from '../../src/api/checkups/checkups.bodies.js';
import { eventSchema } from '../../src/api/events/events.bodies.js';
import { listOf } from '../../src/api/bodies.js';
import { serverKey } from '../../src/shared/names.js';
import { probeEvent } from '../fixtures/fleet-facts.js';
import { installation, type Installation } from '../fixtures/hubs.js';
import { ownBroker, whyNoBrokers } from '../fixtures/kafka.js';
import { ownPostgres, whyNoOwnPostgres } from '../fixtures/postgres.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { until, WardProcess } from '../fixtures/ward.js';
import type { Broker } from '../tools/kafka.mjs';
import type { PostgresServer } from '../tools/postgres.mjs';

jest.setTimeout(400_000);

const servers = ['reception', 'imaging', 'practice'];
/** Longer than an append waits for Kafka before it says that no one knows. */
const postPatienceMs = 30_000;

const why = whyNoBrokers() ?? whyNoOwnPostgres();
if (why) process.stderr.write(`test/e2e/hub-outages.spec.ts is left out: ${why}\n`);

interface Fault {
  readonly who: 'broker' | 'database';
  readonly breakIt: () => Promise<void>;
  readonly mendIt: () => Promise<void>;
}

/** A server's probe: states one result after the other, each as often as it takes to hear that it is stored. */
class Probe {
  /** Ids that were acknowledged, in order. */
  readonly stored: string[] = [];
  /** Statuses of the answers that were not yes. */
  readonly refusals: number[] = [];
  private stopping = false;
  private readonly ended: Promise<void>;

  constructor(
    private readonly hub: WardProcess,
    readonly server: string,
  ) {
    this.ended = this.run();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.ended;
  }

  private async run(): Promise<void> {
    for (let number = 1; !this.stopping; number++) {
      const id = `${this.server}-${String(number).padStart(6, '0')}`;
      while (!(await this.post(id, number))) await pause(100);
      this.stored.push(id);
      await pause(20);
    }
  }

  private async post(id: string, number: number): Promise<boolean> {
    const headers = { 'content-type': 'application/cloudevents+json' };
    const body = JSON.stringify(probeEvent(this.server, id, number % 100));
    const signal = AbortSignal.timeout(postPatienceMs);
    const answer = await fetch(new URL('/api/v1/events', this.hub.url), { method: 'POST', headers, body, signal });
    await answer.arrayBuffer();
    if (answer.status !== 200) this.refusals.push(answer.status);
    return answer.status === 200;
  }
}

async function readiness(hub: WardProcess): Promise<number> {
  const answer = await fetch(new URL('/readyz', hub.url), { signal: AbortSignal.timeout(20_000) });
  await answer.arrayBuffer();
  return answer.status;
}

/** The newest free space that the views show, by server. */
async function newestOf(hub: WardProcess): Promise<ReadonlyMap<string, number | undefined>> {
  const { body } = await hub.get('/api/v1/checkups?limit=500');
  const { items } = listOf(checkupSchema).parse(body);
  return new Map(items.map(({ server, newest }) => [server, newest?.metrics[0]?.value]));
}

async function idsInLog(hub: WardProcess, server: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ;) {
    const source = serverKey('main', server);
    const { body } = await hub.get(
      `/api/v1/events?type=checkup.completed&limit=500&source=${source}${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    const page = listOf(eventSchema).parse(body);
    ids.push(...page.items.map(({ id }) => id));
    if (page.next === null) return ids;
    cursor = encodeURIComponent(page.next);
  }
}

(why ? describe.skip : describe)('a hub from which Kafka or PostgreSQL is taken away', () => {
  let broker: Broker;
  let database: PostgresServer;
  let place: Installation;
  beforeAll(async () => {
    const [cluster, server] = await Promise.all([ownBroker(), ownPostgres()]);
    const [only] = cluster.brokers;
    if (!only) throw new Error('there is no broker');
    broker = only;
    database = server;
    place = installation({ brokers: cluster.bootstrap, topic: 'outages', databaseUrl: server.url });
  }, 240_000);

  it('says so, refuses clearly what it cannot store, loses nothing that it stored, and heals alone', async () => {
    const hub = await WardProcess.openForTest({
      stderr: join(tempFolder(), 'hub.log'),
      configuration: {
        ...place.process,
        servers: servers.map((name) => ({ name })),
        checkups: servers.map((server) => ({ name: 'probe', server, plugin: 'disk-space', every: '1h' })),
      },
    });
    const probes = servers.map((server) => new Probe(hub, server));
    const storedSoFar = () => probes.reduce((sum, { stored }) => sum + stored.length, 0);
    const refusals = () => probes.flatMap((probe) => probe.refusals);
    const stored = (atLeast: number) =>
      until(
        async () => storedSoFar(),
        (count) => count >= atLeast,
      );
    /** Without the broker nothing can be stored: anyone who waits is told so. Without the database it can. */
    const whileAway = {
      broker: async () =>
        void (await until(
          async () => refusals().length,
          (count) => count >= servers.length,
        )),
      database: async () => void (await stored(storedSoFar() + 20)),
    };
    const faults: readonly Fault[] = [
      { who: 'broker', breakIt: () => broker.kill('SIGSTOP'), mendIt: () => broker.kill('SIGCONT') },
      { who: 'database', breakIt: () => database.kill('SIGSTOP'), mendIt: () => database.kill('SIGCONT') },
      { who: 'broker', breakIt: () => broker.kill('SIGKILL'), mendIt: () => broker.start() },
      { who: 'database', breakIt: () => database.kill('SIGKILL'), mendIt: () => database.start() },
    ];
    for (const { who, breakIt, mendIt } of faults) {
      await stored(storedSoFar() + 20);
      for (const probe of probes) probe.refusals.length = 0;
      await breakIt();
      await until(
        () => readiness(hub),
        (status) => status === 503,
      );
      await whileAway[who]();
      expect(refusals().filter((status) => ![503, 504].includes(status))).toEqual([]);
      const said = [...new Set(refusals())].sort().join(' and ') || 'nothing';
      await mendIt();
      await until(
        () => readiness(hub),
        (status) => status === 200,
      );
      await stored(storedSoFar() + 20);
      process.stdout.write(`${who} away: answered with ${said}; ready again with ${storedSoFar()} events\n`);
    }
    for (const probe of probes) await probe.stop();
    for (const [at, server] of servers.entries()) {
      // Every acknowledged event once, and in order; nothing else was stated.
      expect(await idsInLog(hub, server)).toEqual(probes[at]?.stored);
    }
    await until(
      () => newestOf(hub),
      (newest) => probes.every(({ server, stored }) => newest.get(server) === stored.length % 100),
    );
  });
});
