import { expect } from '@jest/globals';
import Database from '#sqlite';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobSchema } from '../../src/api/jobs/jobs.bodies.js';
import { listOf } from '../../src/api/bodies.js';
import { Command } from '../fixtures/command.js';
import { RemovableDisk } from '../fixtures/removable-disk.js';
import { TestSmtpServer } from '../fixtures/smtp.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { SetClock, until, Ward, type Run } from '../fixtures/ward.js';

export const dayMs = 86_400_000;

/** The jobs on the board of a small practice. */
export const jobs = ['documents', 'records', 'wardround'] as const;
export type JobName = (typeof jobs)[number];

/** What each job reads and writes that may be taken away. Wardround's own databases are on its own disk. */
export const partsOf: Readonly<Record<JobName, { readonly source: Part | null; readonly places: readonly Part[] }>> = {
  documents: { source: 'documents', places: ['local', 'usb'] },
  records: { source: 'records', places: ['nas'] },
  wardround: { source: null, places: ['local', 'usb'] },
};
export type Part = 'documents' | 'records' | 'local' | 'usb' | 'nas';

/** A practice with disks that can be pulled, a mail server that can be stopped and a clock that can be set wrong. */
export class World {
  private constructor(
    readonly folder: string,
    readonly disks: Readonly<Record<Part, RemovableDisk>>,
    readonly smtp: TestSmtpServer,
    readonly clock: SetClock,
    readonly ward: Ward,
  ) {}

  static async open(now = Date.now()): Promise<World> {
    const folder = tempFolder();
    const disk = (name: Part) => RemovableDisk.connectAt(join(folder, name));
    const disks = {
      documents: disk('documents'),
      records: disk('records'),
      local: disk('local'),
      usb: disk('usb'),
      nas: disk('nas'),
    };
    for (let number = 0; number < 5; number++) {
      mkdirSync(join(folder, 'documents', 'letters'), { recursive: true });
      writeFileSync(join(folder, 'documents', 'letters', `letter-${number}.txt`), `Letter ${number}`);
    }
    fillDatabase(join(folder, 'records', 'practice.db'));
    const smtp = await TestSmtpServer.start();
    const clock = new SetClock(now);
    const ward = await Ward.open({
      configuration: configuration(folder, smtp.port),
      folder: join(folder, 'ward'),
      clock,
    });
    return new World(folder, disks, smtp, clock, ward);
  }

  run(job: JobName): Promise<Run> {
    return this.ward.run(job);
  }

  /** A night that goes well. */
  async goodNight(job: JobName): Promise<Run> {
    const run = await this.run(job);
    expect(run).toMatchObject({ outcome: 'succeeded' });
    return run;
  }

  /** A night in which all jobs go well, after which the board is green. */
  async goodNightForAll(): Promise<void> {
    await Promise.all(jobs.map((job) => this.goodNight(job)));
    await until(
      () => this.board(),
      (board) => board === 'green',
    );
  }

  /** The folders of a job's snapshots at the places that are connected. */
  snapshotFolders(job: JobName): readonly string[] {
    return partsOf[job].places.flatMap((place) => snapshotsIn(join(this.folder, place, 'backups', job)));
  }

  /** What the board and `wardround status` say. */
  async look(): Promise<{ readonly board: string; readonly status: string; readonly exitCode: number | null }> {
    const board = await this.board();
    const { stdout, exitCode } = await Command.run(this.ward.folder, 'status', '--exit-code');
    return { board, status: stdout, exitCode };
  }

  /** As the API shows it. */
  async lastRunOf(job: JobName) {
    const { body } = await this.ward.get('/api/v1/jobs?limit=500');
    return listOf(jobSchema)
      .parse(body)
      .items.find(({ name }) => name === job)?.lastRun;
  }

  async board(): Promise<string> {
    return /data-board="(\w+)"/.exec(await this.ward.page('/'))?.[1] ?? 'none';
  }

  async expectNotWell(): Promise<void> {
    const { board, status, exitCode } = await this.look();
    expect(board).not.toBe('green');
    expect(status).not.toContain('All is well');
    expect(exitCode).not.toBe(0);
  }

  /** Everything is connected, has room and answers. */
  giveBack(): void {
    for (const disk of Object.values(this.disks)) {
      disk.connect();
      disk.makeRoom();
    }
    this.smtp.refuse(null);
  }

  async close(): Promise<void> {
    await this.ward.close();
    await this.smtp.stop();
    for (const disk of Object.values(this.disks)) disk.destroy();
  }
}

/** Without a timetable, so that each run is the test's own. What the timetable makes of wrong clocks is tested elsewhere. */
function configuration(folder: string, smtpPort: number): object {
  // So short a time that each good night removes what was there before, and a bad one would too.
  const keep = { days: 1, atLeast: 2 };
  const local = { path: join(folder, 'local', 'backups') };
  const copyTo = (place: Part) => [{ name: place, parameters: { path: join(folder, place, 'backups') } }];
  const files = { name: 'files', plugin: 'folder', parameters: { paths: [join(folder, 'documents')] } };
  const database = { name: 'database', plugin: 'sqlite', parameters: { file: join(folder, 'records', 'practice.db') } };
  const own = { name: 'events', plugin: 'sqlite', parameters: { file: '${data}/events.db' } };
  return {
    backups: [
      { name: 'documents', keep, sources: [files], localCopy: local, copies: copyTo('usb') },
      { name: 'records', keep, sources: [database], copies: copyTo('nas') },
      { name: 'wardround', keep, sources: [own], localCopy: local, copies: copyTo('usb') },
    ],
    recipientGroups: [
      { name: 'it', subscriptions: [{ takes: 'failures-only', channel: 'email', to: ['it@clinic.example'] }] },
    ],
    smtp: { host: '127.0.0.1', port: smtpPort, encryption: 'none', from: 'Wardround <backup@clinic.example>' },
  };
}

function fillDatabase(file: string): void {
  const database = new Database(file);
  database.exec('CREATE TABLE patients (name TEXT)');
  for (let number = 0; number < 100; number++)
    database.prepare('INSERT INTO patients VALUES (?)').run(`Patient ${number}`);
  database.close();
}

function snapshotsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /^\d{4}-\d\d-\d\dT[\d-]+Z$/.test(name));
  return names.map((name) => join(folder, name));
}
