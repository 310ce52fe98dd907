import type { Admin } from 'kafkajs';
import { sleep } from '../../../src/shared/sleep.adapter.js';
import type { Broker, KafkaCluster } from '../../tools/kafka.mjs';
import type { PostgresServer } from '../../tools/postgres.mjs';
import type { Link } from '../../tools/tcp-link.mjs';
import type { History } from './history.js';
import type { Hub } from './hub.js';
import type { Fault, Lane } from './plan.js';

const pollMs = 300;
const inSyncPatienceMs = 90_000;

/** All that can be broken. */
export interface Fleet {
  readonly hubs: readonly Hub[];
  readonly cluster: KafkaCluster;
  readonly database: PostgresServer;
  /** A way from each hub to the database. */
  readonly databaseLinks: readonly Link[];
  readonly admin: Admin;
  readonly topic: string;
}

/** Breaks things as planned, and fixes them. */
export class Nemesis {
  private readonly ending = new AbortController();
  /** Rejects at once if something cannot be broken or fixed. */
  readonly working: Promise<void>;

  constructor(
    private readonly fleet: Fleet,
    private readonly history: History,
    lanes: readonly Lane[],
  ) {
    this.working = Promise.all(lanes.map((lane) => this.follow(lane))).then(() => undefined);
  }

  /** Repairs everything that is broken, and breaks nothing more. */
  async end(): Promise<void> {
    this.ending.abort();
    await this.working;
  }

  private async follow({ steps }: Lane): Promise<void> {
    for (const { restMs, fault, lastsMs } of steps) {
      await sleep(restMs, this.ending.signal);
      if (this.ending.signal.aborted) return;
      await this.break(fault);
      this.history.add({ what: 'broken', at: this.history.now(), fault });
      await sleep(lastsMs, this.ending.signal);
      await this.heal(fault);
      this.history.add({ what: 'healed', at: this.history.now(), fault });
    }
  }

  private async break(fault: Fault): Promise<void> {
    switch (fault.target) {
      case 'hub':
        return fault.how === 'killed' ? this.hub(fault.hub).kill() : this.hub(fault.hub).signal('SIGSTOP');
      case 'way-to-brokers':
        return this.wayToBrokers(fault.hub).cut(fault.how);
      case 'way-to-database':
        return this.wayToDatabase(fault.hub).cut(fault.how);
      case 'brokers':
        await Promise.all(this.brokers(fault.ids).map((broker) => broker.kill(signalOf(fault.how))));
        return;
      case 'database':
        return this.fleet.database.kill(signalOf(fault.how));
    }
  }

  private async heal(fault: Fault): Promise<void> {
    switch (fault.target) {
      case 'hub':
        if (fault.how === 'paused') return this.hub(fault.hub).signal('SIGCONT');
        this.hub(fault.hub).start();
        return fault.waitedFor ? this.untilReady(this.hub(fault.hub)) : undefined;
      case 'way-to-brokers':
        return this.wayToBrokers(fault.hub).heal();
      case 'way-to-database':
        return this.wayToDatabase(fault.hub).heal();
      case 'brokers':
        await Promise.all(this.brokers(fault.ids).map((broker) => revive(broker, fault.how)));
        return this.inSync();
      case 'database':
        return fault.how === 'killed' ? this.fleet.database.start() : this.fleet.database.kill('SIGCONT');
    }
  }

  /** Or until the end: others may be broken meanwhile, without which it cannot start. */
  private async untilReady(hub: Hub): Promise<void> {
    while (!hub.ready && !this.ending.signal.aborted) await sleep(pollMs);
  }

  private hub(number: number): Hub {
    return present(this.fleet.hubs[number - 1], `hub ${number}`);
  }

  private wayToBrokers(hub: number) {
    return present(this.fleet.cluster.links[`hub-${hub}`], `way of hub ${hub} to the brokers`);
  }

  private wayToDatabase(hub: number): Link {
    return present(this.fleet.databaseLinks[hub - 1], `way of hub ${hub} to the database`);
  }

  private brokers(ids: readonly number[]): readonly Broker[] {
    return this.fleet.cluster.brokers.filter(({ id }) => ids.includes(id));
  }

  /** The next broker may go only when the last one holds all again: else more than the promised one would be away. */
  private async inSync(): Promise<void> {
    const until = Date.now() + inSyncPatienceMs;
    while (!(await this.allInSync().catch(() => false))) {
      if (Date.now() > until) throw new Error('the brokers did not come to hold the same again');
      await sleep(pollMs);
    }
  }

  private async allInSync(): Promise<boolean> {
    const { topics } = await this.fleet.admin.fetchTopicMetadata({ topics: [this.fleet.topic] });
    const partitions = topics.flatMap((topic) => topic.partitions);
    return partitions.length > 0 && partitions.every(({ isr, replicas }) => isr.length === replicas.length);
  }
}

function signalOf(how: 'killed' | 'paused'): NodeJS.Signals {
  return how === 'killed' ? 'SIGKILL' : 'SIGSTOP';
}

/** One that could not bear its pause has ended, and is started again like one that was killed. */
async function revive(broker: Broker, how: 'killed' | 'paused'): Promise<void> {
  if (how === 'paused' && broker.alive()) await broker.kill('SIGCONT');
  if (!broker.alive()) await broker.start();
}

function present<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}
