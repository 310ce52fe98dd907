import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HangingShare, whyNoHangingShare } from '../../test/fixtures/hanging-share.js';
import { ownershipOf } from '../../test/fixtures/ownership.js';
import { tempFolder } from '../../test/fixtures/temp-folder.js';
import { EngineProcess } from '../../plugins/sdk/index.js';
import { eventTypes } from '../capabilities.js';
import { isOneOf } from '../event-log/event-types.js';
import { backupLogged } from './backups.events.js';
import { readAll } from '../event-log/event-log.js';
import { openSqliteLog, type SqliteEventLog } from '../event-log/sqlite/sqlite-log.adapter.js';
import { openPluginHost } from '../plugin-host/plugin-host.adapter.js';
import type { PluginHost } from '../plugin-host/plugin-host.js';
import { systemClock } from '../shared/clock.adapter.js';
import { factId } from '../shared/ids.js';
import { packageRoot } from '../shared/package.adapter.js';
import { BackupRun } from './backup-run.adapter.js';
import { toRunError } from './run-errors.adapter.js';
import { backupJobDefinitionSchema } from './job.js';
import { RunRecorder } from './run-recorder.adapter.js';
import type { RunError } from './run-report.js';

jest.setTimeout(60_000);

const noShare = whyNoHangingShare();
if (noShare !== null) process.stderr.write(`skipped: a source that hangs: ${noShare}\n`);

interface Bad {
  readonly source?: object;
  /** Without it, the job has no further copy. */
  readonly destination?: object;
  readonly signal?: AbortSignal;
}

describe('a run of a job with plugins that behave badly', () => {
  const folder = tempFolder();
  const records = join(folder, 'records');
  let host: PluginHost;
  let log: SqliteEventLog;

  beforeAll(async () => {
    mkdirSync(records);
    writeFileSync(join(records, 'letter'), 'Dear patient');
    host = await openPluginHost({
      pluginsFolder: join(packageRoot, 'test/fixtures/bad-plugins'),
      resolveReference: () => null,
      limits: { killAfterMs: 200 },
    });
    log = await openSqliteLog({ file: join(folder, 'events.db'), clock: systemClock, eventTypes });
  });
  afterAll(async () => {
    await host.close();
    await log.close();
  });

  /** The host, with the same patience for every call: no one waits a day here. */
  const impatient: PluginHost = {
    plugins: () => host.plugins(),
    problems: () => host.problems(),
    faultsOf: (...fault) => host.faultsOf(...fault),
    call: (call) => host.call({ ...call, timeoutMs: Math.min(call.timeoutMs ?? 3000, 3000) }),
    close: () => host.close(),
  };

  async function execute({ source = {}, destination, signal = new AbortController().signal }: Bad) {
    const localRoot = join(tempFolder(), 'local');
    const memory = join(tempFolder(), 'memory');
    const job = backupJobDefinitionSchema.parse({
      name: 'records',
      sources: [{ name: 'files', plugin: 'bad-source', parameters: { path: records, ...source } }],
      localCopy: { path: localRoot },
      copies: destination ? [{ name: 'tape', plugin: 'bad-destination', parameters: { memory, ...destination } }] : [],
      keep: { days: 1, atLeast: 1 },
    });
    const run = { site: 'main', server: 'reception', job: 'records', runId: factId(systemClock.now()) };
    const recorder = new RunRecorder(log, systemClock, run, { computer: 'PC', user: 'anna', actor: 'test' });
    const engine = new EngineProcess({ stallMs: 6000, quickCallMs: 15_000 });
    const around = {
      ...{ host: impatient, clock: systemClock, recorder, signal, localRoot, keepsLocalCopy: true },
      dataFolder: join(folder, 'data'),
      past: { baseline: null, starts: [], startsSinceConfirmed: 0, clockJumps: [], doubtful: new Set<string>() },
      engine,
      ...{ ownership: ownershipOf(run), newPlaces: [], leaveOut: [] },
    };
    const work = new BackupRun(run, job, around);
    const thrown: RunError | null = await work.execute().then(() => null, toRunError);
    engine.close();
    await recorder.close(work.step);
    const lines = [];
    for (const event of await readAll(log, { types: ['backup.logged'] })) {
      if (isOneOf(event, [backupLogged]) && event.data.runId === run.runId) lines.push(...event.data.lines);
    }
    const troubles = lines.filter(({ level }) => level !== 'info').map(({ step, text }) => `${step}: ${text}`);
    const stored = existsSync(join(localRoot, 'records')) ? readdirSync(join(localRoot, 'records')) : [];
    const snapshots = stored.filter((name) => name !== '.wardround.json');
    return { thrown, reports: work.reports, step: work.step, lines, troubles, snapshots, localRoot };
  }

  it('says which source failed, with its own text', async () => {
    const { thrown, step, snapshots } = await execute({ source: { check: 'throws' } });
    expect(thrown).toEqual({
      code: 'source-unreadable',
      text: 'source files: bad-source: the cable is loose (check). Fix the cause, or change the source in the configuration, and run the job again',
    });
    expect(step).toBe('prepare');
    expect(snapshots).toEqual([]);
  });

  it('keeps what a source said before it failed, at its place', async () => {
    const { thrown, lines } = await execute({ source: { prepare: 'throws' } });
    expect(thrown?.text).toContain('source files: bad-source: the cable is loose (prepare)');
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'warning', text: 'prepares badly', place: records, step: 'prepare' }),
    );
  });

  it('ends a source that hangs when its time is up, and says so', async () => {
    const { thrown, snapshots, localRoot } = await execute({ source: { prepare: 'hangs' } });
    expect(thrown).toMatchObject({ code: 'plugin-timed-out' });
    expect(thrown?.text).toMatch(/^source files: bad-source.*3 s/);
    expect(snapshots).toEqual([]);
    expect(existsSync(join(localRoot, 'records', '.scratch'))).toBe(false);
  });

  (noShare === null ? it : it.skip)('H5: ends when a source hangs while it is copied, and says where', async () => {
    const share = await HangingShare.mount({ files: 3, hangOn: 'read' });
    const { thrown } = await execute({ source: { path: share.mountPoint } });
    share.destroy();
    expect(thrown?.code).toBe('unreachable');
    expect(thrown?.text).toMatch(
      /no progress for 6 seconds at .*\/share\/file-\d: check that the disk or share is connected and responding/,
    );
  });

  it('outlives a source that takes its process down', async () => {
    const { thrown } = await execute({ source: { check: 'exits' } });
    expect(thrown).toMatchObject({ code: 'plugin-crashed', text: expect.stringMatching(/^source files: bad-source/) });
  });

  it('says which path a source handed over that does not exist', async () => {
    const missing = join(folder, 'never-made');
    const { thrown, reports } = await execute({ source: { path: missing } });
    expect(thrown?.text).toContain(missing);
    expect(reports.all()).toMatchObject([{ destination: 'local-copy', outcome: 'failed' }]);
  });

  it.each([
    ['check', 'destination-unusable', 'prepare'],
    ['store', 'destination-unusable', 'copy tape'],
    ['verify', 'verification-failed', 'verify tape'],
  ])('fails the copy alone when its destination fails to %s', async (operation, code, step) => {
    const { thrown, reports, troubles } = await execute({ destination: { fails: [operation] } });
    expect(thrown).toBeNull();
    const text = expect.stringContaining(`bad-destination: the tape is torn (${operation}). `);
    expect(reports.all()).toMatchObject([
      { destination: 'local-copy', outcome: 'succeeded' },
      { destination: 'tape', outcome: 'failed', place: null, error: { code, text } },
    ]);
    expect(troubles.filter((line) => line.startsWith(`${step}: tape: bad-destination`))).toHaveLength(1);
  });

  it.each([
    ['list', ['list-later']],
    ['remove', ['remove']],
  ])('takes it for a warning when a destination fails to %s what is no longer kept', async (operation, fails) => {
    const holds = ['2020-01-01T00-00-00Z', '2020-01-02T00-00-00Z', '2020-01-03T00-00-00Z'];
    const { thrown, reports, troubles } = await execute({ destination: { fails, holds } });
    expect(thrown).toBeNull();
    expect(reports.firstError()).toBeNull();
    const said = troubles.filter((line) => line.includes(`the tape is torn (${operation})`));
    expect(said.length).toBeGreaterThan(0);
    expect(said.every((line) => line.startsWith('tidy up: '))).toBe(true);
  });

  it('ends at once when it is cancelled, and calls no copy bad that was only interrupted', async () => {
    const abort = new AbortController();
    const reason = new Error('stopped by the test');
    const memory = join(tempFolder(), 'memory-of-cancelled');
    const running = execute({ destination: { hangs: 'store', memory }, signal: abort.signal });
    while (!existsSync(memory)) await new Promise((resolve) => setTimeout(resolve, 10));
    abort.abort(reason);
    const { thrown, reports } = await running;
    expect(thrown?.text).toContain('stopped by the test');
    expect(reports.all()).toMatchObject([{ outcome: 'succeeded' }, { outcome: 'not-reached', error: null }]);
  });
});
