import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readProcessFile } from '../../../src/process/folder-lock.adapter.js';
import type { Keeper, Kept } from '../../tools/keeper.mjs';
import type { Answer, History, Way } from './history.js';
import type { Fact } from './world.js';

const child = fileURLToPath(new URL('./hub.child.mjs', import.meta.url));
const pollMs = 100;
const restartMs = 500;

const ordersSchema = z.object({ pid: z.number(), port: z.number() });
const appendSchema = z.object({ stored: z.boolean(), code: z.string().optional(), text: z.string().optional() });
const statusSchema = z.object({
  partitions: z.array(z.number()),
  statuses: z.array(z.object({ name: z.string(), lag: z.number(), lastError: z.string().nullable() })),
});
export type HubStatus = z.infer<typeof statusSchema>;

export interface Answered {
  readonly answer: Answer;
  readonly detail: string;
}

interface Address {
  readonly board: string;
  readonly orders: string;
  readonly token: string;
}

/** A hub in its own folder, whose process is started again whenever it ends, unless it is to stay down. */
export class Hub {
  private readonly folder: string;
  private life: Kept | null = null;
  private address: Address | null = null;
  private wanted = false;
  private killed = false;
  private living: Promise<void> = Promise.resolve();
  /** How often it ended by itself after it had been ready. */
  fellOver = 0;
  failedStarts = 0;

  /** @param configuration of which JSON is made, which is YAML, too */
  constructor(
    readonly name: string,
    folder: string,
    configuration: object,
    private readonly keeper: Keeper,
    private readonly history: History,
  ) {
    this.folder = join(folder, name);
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.configFile, JSON.stringify(configuration, null, 2));
  }

  get log(): string {
    return join(this.folder, 'hub.log');
  }

  get ready(): boolean {
    return this.address !== null;
  }

  /** Begins a life; see {@link untilReady}. */
  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.living = this.living.then(() => this.live());
  }

  async untilReady(patienceMs: number): Promise<void> {
    const until = Date.now() + patienceMs;
    while (!this.ready) {
      if (Date.now() > until) throw new Error(`${this.name} was not ready in ${patienceMs} ms: see ${this.log}`);
      await pause(pollMs);
    }
  }

  /** By SIGKILL. It stays down until it is started. */
  async kill(): Promise<void> {
    this.wanted = false;
    this.killed = true;
    this.address = null;
    await this.life?.end('SIGKILL', 10_000);
    await this.living;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.life?.alive()) process.kill(this.life.pid, signal);
  }

  /** Sends facts to be appended, and says what is known of them then. */
  async append(way: Way, facts: readonly Fact[], patienceMs: number): Promise<Answered> {
    const { address } = this;
    if (!address) return { answer: 'refused', detail: 'down' };
    try {
      return await (way === 'http' ? post(address, facts, patienceMs) : order(address, facts, patienceMs));
    } catch (error) {
      const detail = whyUnanswered(error);
      if (detail === null) throw error;
      return { answer: detail.includes('ECONNREFUSED') ? 'refused' : 'unknown', detail };
    }
  }

  async status(): Promise<HubStatus> {
    if (!this.address) throw new Error(`${this.name} is down`);
    const answer = await fetch(`${this.address.orders}/status`, { signal: AbortSignal.timeout(10_000) });
    return statusSchema.parse(await answer.json());
  }

  /** Asks the API, as the owner of the data folder may. @throws unless the answer is good */
  async ask(method: 'GET' | 'POST', path: string): Promise<unknown> {
    if (!this.address) throw new Error(`${this.name} is down`);
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${this.address.token}` };
    const request = method === 'GET' ? { method, headers } : { method, headers, body: '{}' };
    const answer = await fetch(`${this.address.board}/api/v1/${path}`, request);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  private get configFile(): string {
    return join(this.folder, 'wardround.yaml');
  }

  private get dataFolder(): string {
    return join(this.folder, 'data');
  }

  private get ordersFile(): string {
    return join(this.folder, 'orders.json');
  }

  private async live(): Promise<void> {
    while (this.wanted) {
      this.killed = false;
      const life = await this.keeper.run({
        command: process.execPath,
        args: ['--enable-source-maps', child, JSON.stringify(this.orders())],
        folder: this.folder,
        output: this.log,
      });
      this.life = life;
      // A kill may have come while it was being started.
      if (!this.wanted) await life.end('SIGKILL', 10_000);
      await this.announced(life);
      const { code, signal } = await life.exit;
      this.afterLife(`code ${code}, signal ${signal}`);
      if (this.wanted) await pause(restartMs);
    }
  }

  private orders() {
    return { configFile: this.configFile, dataFolder: this.dataFolder, ordersFile: this.ordersFile };
  }

  private afterLife(detail: string): void {
    if (this.wanted && !this.killed) {
      if (this.ready) this.fellOver++;
      else this.failedStarts++;
    }
    this.address = null;
    this.history.add({ what: 'hub', at: this.history.now(), hub: this.name, did: 'ended', detail });
  }

  /** Resolves when the process has said where it listens, or has ended. */
  private async announced(life: Kept): Promise<void> {
    while (life.alive()) {
      const orders = this.readOrders();
      const file = readProcessFile(this.dataFolder);
      if (orders?.pid === life.pid && file?.pid === life.pid && file.url !== null) {
        if (!this.wanted) return;
        this.address = { board: file.url, orders: `http://127.0.0.1:${orders.port}`, token: file.token };
        this.history.add({ what: 'hub', at: this.history.now(), hub: this.name, did: 'ready', detail: file.url });
        return;
      }
      await pause(pollMs);
    }
  }

  private readOrders(): z.infer<typeof ordersSchema> | null {
    try {
      return ordersSchema.parse(JSON.parse(readFileSync(this.ordersFile, 'utf8')));
    } catch {
      return null; // it is not there yet
    }
  }
}

/** By its form: Jest's own Error is another one than that of Node, which fetch throws. */
const thrownSchema = z.object({ name: z.string(), message: z.string(), cause: z.unknown().optional() });

/** Why there is no answer, if that is what fetch says: the other side is away, hangs up or says nothing in time. */
function whyUnanswered(error: unknown): string | null {
  const thrown = thrownSchema.safeParse(error).data;
  if (thrown?.name === 'TimeoutError') return 'no answer in time';
  if (!thrown || !/^(fetch failed|terminated)$/.test(thrown.message)) return null;
  const cause = thrownSchema.safeParse(thrown.cause).data;
  return cause ? `${cause.name}: ${cause.message}` : thrown.message;
}

async function order(address: Address, facts: readonly Fact[], patienceMs: number): Promise<Answered> {
  const answer = await fetch(`${address.orders}/append`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(facts),
    signal: AbortSignal.timeout(patienceMs),
  });
  const { stored, code = '', text = '' } = appendSchema.parse(await answer.json());
  if (stored) return { answer: 'acknowledged', detail: '' };
  const detail = `${code}: ${text}`;
  if (code === 'event-invalid') return { answer: 'called-wrong', detail };
  return { answer: code === 'outcome-unknown' || code === 'internal' ? 'unknown' : 'refused', detail };
}

/** As a server's own probe does: CloudEvents over HTTP, one in structured mode or several in a batch. */
async function post(address: Address, facts: readonly Fact[], patienceMs: number): Promise<Answered> {
  const [only, ...more] = facts;
  const isBatch = more.length > 0;
  const answer = await fetch(`${address.board}/api/v1/events`, {
    method: 'POST',
    headers: {
      'content-type': `application/cloudevents${isBatch ? '-batch' : ''}+json`,
      authorization: `Bearer ${address.token}`,
    },
    body: JSON.stringify(isBatch ? facts : only),
    signal: AbortSignal.timeout(patienceMs),
  });
  if (answer.ok) {
    await answer.arrayBuffer();
    return { answer: 'acknowledged', detail: '' };
  }
  const detail = `${answer.status} ${(await answer.text()).slice(0, 500)}`;
  if (answer.status === 429 || answer.status === 503) return { answer: 'refused', detail };
  return { answer: answer.status < 500 ? 'called-wrong' : 'unknown', detail };
}
