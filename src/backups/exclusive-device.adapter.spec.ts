import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineProcess } from '../../plugins/sdk/index.js';
import { ownershipOf } from '../../test/fixtures/ownership.js';
import { tempFolder } from '../../test/fixtures/temp-folder.js';
import { eventTypes } from '../capabilities.js';
import { isOneOf } from '../event-log/event-types.js';
import { readAll } from '../event-log/event-log.js';
import { openSqliteLog, type SqliteEventLog } from '../event-log/sqlite/sqlite-log.adapter.js';
import { openPluginHost, type ForkingPluginHost } from '../plugin-host/plugin-host.adapter.js';
import { systemClock } from '../shared/clock.adapter.js';
import { factId } from '../shared/ids.js';
import { packageRoot } from '../shared/package.adapter.js';
import { backupLogged } from './backups.events.js';
import { BackupRun } from './backup-run.adapter.js';
import { backupJobDefinitionSchema } from './job.js';
import { RunRecorder } from './run-recorder.adapter.js';

jest.setTimeout(120_000);

describe('two jobs that copy to one device for one call at a time', () => {
  const folder = tempFolder();
  const records = join(folder, 'records');
  let host: ForkingPluginHost;
  let log: SqliteEventLog;

  beforeAll(async () => {
    mkdirSync(records);
    writeFileSync(join(records, 'letter'), 'Dear patient');
    const pluginsFolder = join(packageRoot, 'test/fixtures/exclusive-plugins');
    host = await openPluginHost({ pluginsFolder, resolveReference: () => null });
    log = await openSqliteLog({ file: join(folder, 'events.db'), clock: systemClock, eventTypes });
  });
  afterAll(async () => {
    await host.close();
    await log.close();
  });

  async function run(name: string, slowMs: number): Promise<BackupRun> {
    const job = backupJobDefinitionSchema.parse({
      name,
      sources: [{ name: 'files', plugin: 'plain-folder', parameters: { path: records } }],
      copies: [{ name: 'tape', plugin: 'tape-in-a-file', parameters: { device: join(folder, 'device'), slowMs } }],
    });
    const identity = { site: 'main', server: 'reception', job: name, runId: factId(systemClock.now()) };
    const recorder = new RunRecorder(log, systemClock, identity, { computer: 'PC', user: 'anna', actor: 'test' });
    const engine = new EngineProcess();
    const work = new BackupRun(identity, job, {
      ...{ host, clock: systemClock, recorder, engine, signal: new AbortController().signal },
      ...{ localRoot: join(folder, `local-${name}`), keepsLocalCopy: false, dataFolder: join(folder, 'data') },
      past: { baseline: null, starts: [], startsSinceConfirmed: 0, clockJumps: [], doubtful: new Set<string>() },
      ...{ ownership: ownershipOf(identity), newPlaces: [], leaveOut: [] },
    });
    try {
      await work.execute();
    } finally {
      engine.close();
      await recorder.close(work.step);
    }
    return work;
  }

  it('take turns, and the one that waits says for what', async () => {
    const [first, second] = await Promise.all([run('nightly', 9_000), run('weekly', 9_000)]);
    for (const { reports } of [first, second]) {
      expect(reports.all()).toMatchObject([{ destination: 'tape', outcome: 'succeeded' }]);
    }
    const events = await readAll(log, { types: ['backup.logged'] });
    const texts = events.flatMap((event) =>
      isOneOf(event, [backupLogged]) ? event.data.lines.map(({ text }) => text) : [],
    );
    expect(texts).toContainEqual(
      expect.stringMatching(
        /^Waiting for the device, which one call at a time may use: store for the job (nightly|weekly) has had it for/,
      ),
    );
  });
});
