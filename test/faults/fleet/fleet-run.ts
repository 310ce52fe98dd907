import { Kafka, logLevel, type Admin } from 'kafkajs';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { describeError } from '../../../src/shared/errors.js';
import { startKafka, type KafkaCluster } from '../../tools/kafka.mjs';
import { openKeeper, type Keeper } from '../../tools/keeper.mjs';
import { startPostgres, type PostgresServer } from '../../tools/postgres.mjs';
import { openLink, type Link } from '../../tools/tcp-link.mjs';
import { check, type Found, type Violation } from './check.js';
import { find, readProgress } from './found.js';
import { History } from './history.js';
import { Hub, type HubStatus } from './hub.js';
import { Nemesis } from './nemesis.js';
import { hubs as hubNumbers, planFaults } from './plan.js';
import { report, type Report } from './report.js';
import { checkup, groups, rules, servers, site } from './world.js';
import { Writers } from './writers.js';

const topic = 'wardround';
const partitions = 6;
const hubPatienceMs = 180_000;
const settlePatienceMs = 120_000;
/** All is whole again, and everybody has to be done with everything before long. */
const writersPatienceMs = 90_000;
const restPatienceMs = 180_000;
const pollMs = 500;
/** From here on it pays that brokers start slowly and run fast. */
const longRunSeconds = 200;
/** So often in a row it must look as if nothing were left to do. */
const looksAtRest = 3;

const rebuiltViews = z.object({ views: z.array(z.object({ name: z.string(), rowsChanged: z.number() })) });

export interface RunOptions {
  readonly seed: number;
  /** How long things are broken. */
  readonly seconds: number;
  readonly print: (text: string) => void;
}

export interface RunResult {
  readonly violations: readonly Violation[];
  readonly report: Report;
  /** Kept if there are violations: what brokers, database and hubs said, and the history. */
  readonly folder: string;
}

/** Starts a fleet, breaks it while facts are appended, lets it heal, and looks whether every promise was kept. */
export async function runFleet(options: RunOptions): Promise<RunResult> {
  const run = new FleetRun(options);
  try {
    const result = await run.all();
    await run.end({ keep: result.violations.length > 0 });
    return result;
  } catch (error) {
    await run.end({ keep: true });
    options.print(`fleet: seed ${options.seed} was broken off; what everybody said is in ${run.folder}`);
    throw error;
  }
}

class FleetRun {
  readonly folder = mkdtempSync(join(tmpdir(), 'wardround-fleet-'));
  private readonly history = new History(join(this.folder, 'history.jsonl'), Date.now());
  private readonly keeper: Keeper = openKeeper();
  private readonly closers: (() => Promise<unknown>)[] = [() => this.keeper.close()];
  private readonly violations: Violation[] = [];

  constructor(private readonly options: RunOptions) {}

  async all(): Promise<RunResult> {
    const { seed, seconds, print } = this.options;
    print(`fleet: seed ${seed}, ${seconds} s, in ${this.folder}`);
    const { cluster, database, kafka, admin, databaseLinks, hubs } = await this.open();
    this.phase('definitions settle');
    const unsettled = await this.atRest(hubs, admin, database.url, settlePatienceMs);
    if (unsettled !== null) throw new Error(`the definitions did not settle: ${unsettled}`);

    this.phase('faults');
    const from = this.history.now();
    const lanes = planFaults(seed, seconds);
    const writers = new Writers(hubs, this.history, seed);
    const nemesis = new Nemesis({ hubs, cluster, database, databaseLinks, admin, topic }, this.history, lanes);
    this.closers.push(() => Promise.allSettled([nemesis.end(), writers.finish(0)]));
    await Promise.race([pause(seconds * 1000), failureOf(writers.working), failureOf(nemesis.working)]);
    const until = this.history.now();

    this.phase('healing');
    await nemesis.end();
    for (const hub of hubs) hub.start();
    const finished = await writers.finish(writersPatienceMs);
    if (!finished) this.violated('not-at-rest', `writers wait for an acknowledgement after ${writersPatienceMs} ms`);
    const rest = await this.atRest(hubs, admin, database.url, restPatienceMs);
    if (rest !== null) this.violated('not-at-rest', rest);
    const restMs = this.history.now() - until;

    this.phase('check');
    for (const text of writers.calledWrong) this.violated('called-wrong', text);
    for (const hub of hubs) {
      if (hub.fellOver > 0) this.violated('hub-fell-over', `${hub.name} ended by itself ${hub.fellOver} times`);
    }
    const found = await find(database.url, kafka, topic);
    this.violations.push(...check(this.history.orders(), found));
    if (rest === null) await this.rebuild(hubs);
    const silenceMs = this.history.longestSilence(from, until);
    return this.result(report(this.history, found, hubs, { seed, seconds, silenceMs, restMs }), found);
  }

  async end({ keep }: { readonly keep: boolean }): Promise<void> {
    for (const close of this.closers.reverse()) await close();
    if (!keep) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private async open() {
    this.phase('start');
    const names = hubNumbers.map((number) => `hub-${number}`);
    // PostgreSQL runs as its own user where this is root.
    chmodSync(this.folder, 0o711);
    const opening = [this.openKafka(names), this.openPostgres()] as const;
    await Promise.allSettled(opening);
    const [cluster, database] = await Promise.all(opening);
    const kafka = new Kafka({ brokers: cluster.bootstrap, logLevel: logLevel.NOTHING, requestTimeout: 5_000 });
    const admin = kafka.admin();
    await admin.connect();
    this.closers.push(() => admin.disconnect());
    const databaseLinks: Link[] = [];
    const hubs: Hub[] = [];
    for (const name of names) {
      const link = await openLink({ target: Number(new URL(database.url).port) });
      this.closers.push(() => link.close());
      databaseLinks.push(link);
      const configuration = configurationOf(cluster.links[name]?.bootstrap ?? [], throughLink(database.url, link));
      const hub = new Hub(name, this.folder, configuration, this.keeper, this.history);
      this.closers.push(() => hub.kill());
      hubs.push(hub);
    }
    for (const hub of hubs) hub.start();
    for (const hub of hubs) await hub.untilReady(hubPatienceMs);
    return { cluster, database, kafka, admin, databaseLinks, hubs };
  }

  private async openKafka(links: readonly string[]): Promise<KafkaCluster> {
    const folder = join(this.folder, 'kafka');
    mkdirSync(folder);
    const longRunning = this.options.seconds >= longRunSeconds;
    const cluster = await startKafka({ brokers: 3, folder, links: [...links], longRunning });
    // What is thrown away need not be ended in order.
    this.closers.push(async () => {
      await Promise.all(cluster.brokers.map((broker) => broker.kill()));
      await cluster.stop();
    });
    return cluster;
  }

  private async openPostgres(): Promise<PostgresServer> {
    const database = await startPostgres({ folder: join(this.folder, 'postgres') });
    this.closers.push(async () => {
      await database.kill();
      await database.stop();
    });
    return database;
  }

  /** @returns null once nothing is left to do; what is, if that takes too long */
  private async atRest(hubs: readonly Hub[], admin: Admin, url: string, patienceMs: number): Promise<string | null> {
    const until = Date.now() + patienceMs;
    let left: string | null = 'nobody looked';
    for (let looks = 0; looks < looksAtRest; looks++) {
      if (Date.now() > until) return left;
      left = await leftToDo(hubs, admin, url).catch((error: unknown) => describeError(error));
      if (left !== null) looks = -1;
      await pause(pollMs);
    }
    return null;
  }

  private async rebuild(hubs: readonly Hub[]): Promise<void> {
    const { views } = rebuiltViews.parse(await hubs[0]?.ask('POST', 'views/rebuild'));
    for (const { name, rowsChanged } of views) {
      if (rowsChanged > 0) this.violated('rebuilt-otherwise', `${name}: ${rowsChanged} rows changed by a rebuild`);
    }
  }

  private phase(phase: string): void {
    this.history.add({ what: 'phase', at: this.history.now(), phase });
  }

  private violated(what: Violation['what'], text: string): void {
    this.violations.push({ what, text });
  }

  private result(counted: Report, found: Found): RunResult {
    const { violations, folder, options } = this;
    if (violations.length > 0) {
      writeFileSync(join(folder, 'violations.jsonl'), violations.map((each) => `${JSON.stringify(each)}\n`).join(''));
      writeFileSync(join(folder, 'archive.jsonl'), found.archive.map((each) => `${JSON.stringify(each)}\n`).join(''));
      writeFileSync(join(folder, 'topic.jsonl'), found.topic.map((each) => `${JSON.stringify(each)}\n`).join(''));
    }
    options.print(JSON.stringify({ ...counted, violations: violations.length }, null, 2));
    for (const { what, text } of violations.slice(0, 20)) options.print(`VIOLATION ${what}: ${text.slice(0, 600)}`);
    if (violations.length > 0) {
      options.print(`${violations.length} violations; what everybody said is in ${folder}`);
      options.print(`again: node test/faults/fleet/run.mjs --seed ${options.seed} --seconds ${options.seconds}`);
    }
    return { violations, report: counted, folder };
  }
}

/** What is not done yet; null if all is. */
async function leftToDo(hubs: readonly Hub[], admin: Admin, url: string): Promise<string | null> {
  const down = hubs.filter(({ ready }) => !ready);
  if (down.length > 0) return `${down.map(({ name }) => name).join(', ')} not ready`;
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  client.on('error', () => undefined); // a question that fails says so itself
  await client.connect();
  try {
    const { archived, outbox, waiting } = await readProgress(client);
    const ends = await admin.fetchTopicOffsets(topic);
    const late = ends.filter(({ partition, high }) => Number(high) !== (archived.get(partition) ?? 0));
    if (late.length > 0) return `the archive is late in ${late.map(({ partition }) => partition).join(', ')}`;
    const behind = behindOf(await Promise.all(hubs.map((hub) => hub.status())));
    if (behind !== null) return behind;
    if (outbox > 0) return `${outbox} decisions in the outbox`;
    return waiting > 0 ? `${waiting} messages wait` : null;
  } finally {
    await client.end();
  }
}

/** Never resolves. */
async function failureOf(working: Promise<void>): Promise<never> {
  await working;
  return new Promise(() => undefined);
}

function behindOf(statuses: readonly HubStatus[]): string | null {
  const owned = statuses.flatMap((status) => status.partitions).sort((a, b) => a - b);
  if (owned.join() !== Array.from({ length: partitions }, (_, at) => at).join())
    return `partitions ${owned.join()} owned`;
  const lags = statuses.flatMap((status) => status.statuses).filter(({ lag }) => lag > 0);
  return lags.length === 0
    ? null
    : lags.map(({ name, lag, lastError }) => `${name} lags ${lag} (${lastError})`).join('; ');
}

function throughLink(url: string, { port }: Link): string {
  const through = new URL(url);
  through.port = String(port);
  return through.href;
}

/** The same for each hub, but for its ways to Kafka and PostgreSQL. */
function configurationOf(brokers: readonly string[], url: string): object {
  return {
    site,
    role: 'hub',
    eventLog: { engine: 'kafka', brokers, topic, partitions },
    views: { engine: 'postgres', url, poolSize: 10 },
    servers: servers.map((name) => ({ name })),
    // Servers run these by themselves.
    checkups: servers.map((server) => ({ name: checkup, server, every: '1m' })),
    rules,
    recipientGroups: groups,
  };
}
