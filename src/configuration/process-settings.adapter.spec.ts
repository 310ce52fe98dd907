import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventTypes } from '../capabilities.js';
import { openSqliteLog } from '../event-log/sqlite/sqlite-log.adapter.js';
import { fact } from '../event-log/statement.js';
import { serverDefined } from '../servers/servers.events.js';
import { systemClock } from '../shared/clock.adapter.js';
import { hasEverRun } from './ever-run.adapter.js';
import { processStart, rememberProcessSettings } from './process-settings.adapter.js';
import { standaloneSettings } from './process-settings.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardround-start-'));
  file = join(folder, 'wardround.yaml');
});
afterEach(() => rmSync(folder, { recursive: true }));

const define = (text: string) => writeFileSync(file, text);
const hub =
  'role: hub\neventLog: { engine: kafka, brokers: [k:9092], topic: clinics }\nviews: { engine: postgres, url: "${env:DB}" }\n';

/** A start that goes well. */
async function start() {
  const begun = await processStart(file, folder);
  await rememberProcessSettings(folder, begun.settings);
  return begun;
}

async function keepAnEvent(): Promise<void> {
  const log = await openSqliteLog({ file: join(folder, 'events.db'), clock: systemClock, eventTypes });
  const key = '/sites/main/servers/reception';
  const data = { site: 'main', server: 'reception', definition: { name: 'reception' } };
  const about = { source: key, subject: key, partitionkey: key, now: systemClock.now() };
  await log.append([fact(serverDefined, { ...about, data })]);
  await log.close();
}

describe('how a process begins', () => {
  it('is as its configuration says, and one machine on SQLite leaves no trace of it', async () => {
    define('servers: [{ name: reception }]');
    expect(await start()).toEqual({ settings: standaloneSettings, notes: [] });
    expect(hasEverRun(folder)).toBe(false);
    define(hub);
    expect(await start()).toMatchObject({ settings: { role: 'hub', eventLog: { topic: 'clinics' } }, notes: [] });
    expect(hasEverRun(folder)).toBe(true);
    expect(readFileSync(join(folder, 'engines.json'), 'utf8')).toContain('"${env:DB}"');
  });

  it('is refused with file and line where the file is wrong and nothing ran before', async () => {
    define('role: agent');
    await expect(processStart(file, folder)).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: expect.stringMatching(/wardround\.yaml:1:1 role: "agent" is not allowed here/),
    });
    await expect(processStart(join(folder, 'other.yaml'), folder)).rejects.toMatchObject({
      message: expect.stringContaining('no configuration file at'),
    });
  });

  it('is as at the last start where the file has become wrong', async () => {
    define(hub);
    await start();
    for (const broken of ['role: [', 'role: hub\neventLog: { engine: kafka }\n']) {
      define(broken);
      expect(await start()).toMatchObject({
        settings: { role: 'hub', eventLog: { topic: 'clinics' } },
        notes: [expect.stringMatching(/of the last start.*wardround\.yaml:[12]:/s)],
      });
    }
    rmSync(file);
    expect(await start()).toMatchObject({ settings: { role: 'hub' }, notes: [expect.stringContaining(file)] });
  });

  it('is one machine on SQLite where the file has become wrong and only SQLite was ever used', async () => {
    await keepAnEvent();
    define('role: [');
    expect(await start()).toEqual({ settings: standaloneSettings, notes: [] });
  });

  it('says where the events of until now stay when the log has become another, once', async () => {
    await keepAnEvent();
    define(hub);
    const { notes } = await start();
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain('The earlier 1 events stay in');
    expect(notes[0]).toContain(`wardround log copy --from sqlite:${folder}/events.db --to kafka`);
    expect((await start()).notes).toEqual([]);
    define(hub.replace('[k:9092]', '[k:9093, l:9092]'));
    expect((await start()).notes).toEqual([]);
    define(hub.replace('clinics', 'others'));
    expect((await start()).notes).toEqual([expect.stringContaining('Kafka (topic clinics)')]);
    define('servers: []');
    expect((await start()).notes).toEqual([
      expect.stringMatching(/stay in Kafka \(topic others\).*--from former.yaml --to sqlite:.*events\.db$/s),
    ]);
    expect((await start()).notes).toEqual([]);
  });
});
