import Database from '#sqlite';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { readProcessFile } from '../../src/process/folder-lock.adapter.js';

const child = fileURLToPath(new URL('./clinic.child.mjs', import.meta.url));

/** The servers whose numbered facts the killed process appends, each to its own order. */
export const probes = ['reception', 'x-ray', 'dentist'];
/** The metric `wave` of fact number n is n % 100: above this it is too high. */
export const highTide = 89;
export const job = 'records';
const filesOfRecords = 300;

export interface Acknowledged {
  readonly server: string;
  readonly number: number;
  readonly id: string;
}

/** A clinic in its own folder: what is backed up, where to, and the process that is killed and started again. */
export class Clinic {
  /** Everything that any life of the process said was in the log. */
  readonly acknowledged: Acknowledged[] = [];
  readonly configFile: string;
  readonly dataFolder: string;
  readonly localFolder: string;
  readonly secondFolder: string;
  readonly recordsFolder: string;
  readonly recordsFile: string;

  constructor(
    readonly folder: string,
    smtpPort: number,
  ) {
    this.configFile = join(folder, 'wardround.yaml');
    this.dataFolder = join(folder, 'data');
    this.localFolder = join(folder, 'local');
    this.secondFolder = join(folder, 'second');
    this.recordsFolder = join(folder, 'records');
    this.recordsFile = join(folder, 'records.db');
    writeFileSync(this.configFile, this.configuration(smtpPort));
    this.makeRecords();
  }

  /** @param burst so many events come at once after the start, twice a server */
  start({ work, burst = 0 }: { readonly work: boolean; readonly burst?: number }): Life {
    const { configFile, dataFolder, recordsFile, recordsFolder } = this;
    const orders = { configFile, dataFolder, work, servers: probes, recordsFile, recordsFolder, burst };
    return new Life(JSON.stringify(orders), (fact) => this.acknowledged.push(fact));
  }

  private makeRecords(): void {
    for (let number = 0; number < filesOfRecords; number++) {
      const folder = join(this.recordsFolder, `year-${2000 + (number % 10)}`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `record-${number}.txt`), `Record ${number}\n`.repeat(1 + ((number * 37) % 900)));
    }
    const records = new Database(this.recordsFile);
    records.pragma('journal_mode = WAL');
    records.exec('CREATE TABLE visits (id INTEGER PRIMARY KEY, note TEXT NOT NULL)');
    records.close();
  }

  /** JSON is YAML, too. */
  private configuration(smtpPort: number): string {
    const email = { takes: 'always-with-log', channel: 'email', to: ['it@clinic.example'] };
    return JSON.stringify({
      servers: [{ name: 'desk' }, ...probes.map((name) => ({ name }))],
      checkups: [
        { name: 'memory', plugin: 'memory', every: '1s' },
        ...probes.map((server) => ({ name: 'probe', server, every: '1h' })),
      ],
      backups: [
        {
          name: job,
          sources: [
            { name: 'files', plugin: 'folder', parameters: { paths: [this.recordsFolder] } },
            { name: 'visits', plugin: 'sqlite', parameters: { file: this.recordsFile } },
          ],
          localCopy: { path: this.localFolder },
          copies: [{ name: 'second', plugin: 'folder', parameters: { path: this.secondFolder } }],
        },
      ],
      rules: [
        {
          ...{ name: 'high-tide', title: 'High tide', severity: 'warning' },
          when: { checkup: 'probe', metric: 'wave', above: highTide },
        },
        {
          ...{ name: 'backup-failed', title: 'A backup failed', severity: 'critical' },
          when: { protocolLine: '.', level: 'error', job },
        },
      ],
      recipientGroups: [
        { name: 'it', subscriptions: [email] },
        { name: 'staff', subscriptions: [{ takes: 'always-with-log', channel: 'inbox' }] },
      ],
      smtp: { host: '127.0.0.1', port: smtpPort, encryption: 'none', from: 'Wardround <backup@clinic.example>' },
    });
  }
}

/** One life of the process, from its start to its end. */
export class Life {
  readonly startedAt = Date.now();
  private readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly exited: Promise<unknown>;
  private readonly watchers = new Set<(line: string) => void>();
  private readonly ended: Promise<never>;
  private errors = '';
  private url: string | null = null;
  /** When it said that it listens: milliseconds since 1970; null before. */
  readyAt: number | null = null;
  private hasEnded = false;

  constructor(orders: string, onAcknowledged: (fact: Acknowledged) => void) {
    this.process = spawn(process.execPath, [child, orders], { stdio: ['pipe', 'pipe', 'pipe'] });
    // What was printed before the kill still comes in; only then the life is over.
    this.exited = once(this.process, 'close').finally(() => (this.hasEnded = true));
    this.ended = this.exited.then(() => {
      throw new Error(`the process ended by itself:\n${this.errors}`);
    });
    this.ended.catch(() => undefined); // Who waits for a line hears of it.
    this.process.stdin.on('error', () => undefined); // It was killed before it had read: that is what the test does.
    this.process.stderr.on('data', (text: Buffer) => (this.errors += text.toString()));
    createInterface(this.process.stdout).on('line', (line) => {
      const [kind, first = '', number = '', id = ''] = line.split(' ');
      if (kind === 'acknowledged') onAcknowledged({ server: first, number: Number(number), id });
      if (kind === 'ready') {
        this.url = first;
        this.readyAt = Date.now();
      }
      for (const watcher of this.watchers) watcher(line);
    });
  }

  /** What it said to its standard error. */
  get complaints(): string {
    return this.errors;
  }

  /** Resolves with the address once it listens. @throws if it ends before */
  async ready(): Promise<string> {
    if (this.url === null) await this.says((line) => line.startsWith('ready '));
    return this.url ?? '';
  }

  /** Resolves with the next line that fits. @throws if the process ends before */
  says(fits: (line: string) => boolean): Promise<string> {
    const said = new Promise<string>((resolve) => {
      const watcher = (line: string): void => {
        if (!fits(line)) return;
        this.watchers.delete(watcher);
        resolve(line);
      };
      this.watchers.add(watcher);
    });
    return Promise.race([said, this.ended]);
  }

  /** SIGKILL, and the end of it. @returns when it was sent: milliseconds since 1970 */
  async kill(): Promise<number> {
    if (this.hasEnded) throw new Error(`the process had ended by itself before the kill:\n${this.errors}`);
    const killedAt = Date.now();
    this.process.kill('SIGKILL');
    await this.exited;
    return killedAt;
  }

  /** Lets it end in order. */
  async stop(): Promise<void> {
    this.process.stdin.end();
    await this.exited;
    if (this.process.exitCode !== 0) throw new Error(`it ended with ${this.process.exitCode}:\n${this.errors}`);
  }

  /** Asks the API, as the owner of the data folder may. @throws unless the answer is good */
  async ask(dataFolder: string, method: 'GET' | 'POST', path: string, body: object = {}): Promise<unknown> {
    const token = readProcessFile(dataFolder)?.token ?? '';
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const request = method === 'GET' ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`${await this.ready()}/api/v1/${path}`, request);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }
}
