import { theSystem } from '../access/principal.js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventTypes, allTables, allViews } from '../capabilities.js';
import { readAll } from '../event-log/event-log.js';
import { openSqliteLog, type SqliteEventLog } from '../event-log/sqlite/sqlite-log.adapter.js';
import { openPluginHost, type ForkingPluginHost } from '../plugin-host/plugin-host.adapter.js';
import { systemClock } from '../shared/clock.adapter.js';
import type { Settings } from '../shared/settings.js';
import { allDefinitions } from '../definitions/definitions.queries.js';
import { SqliteViewStore } from '../store/sqlite-view-store.adapter.js';
import type { ViewStore } from '../store/view-store.adapter.js';
import { ViewsService } from '../folding/views.service.js';
import { ConfigurationService } from './configuration.service.js';
import { fileIdentity, rememberFile } from './file-identity.adapter.js';
import type { DefinedNow } from './defined-now.js';
import { standaloneSettings } from './process-settings.js';

let folder: string;
let file: string;
let log: SqliteEventLog;
let store: ViewStore;
let views: ViewsService;
let plugins: ForkingPluginHost;
let service: ConfigurationService;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wardround-configuration-'));
  file = join(folder, 'wardround.yaml');
  await mkdir(join(folder, 'plugins'));
  log = await openSqliteLog({ file: join(folder, 'events.db'), clock: systemClock, eventTypes });
  store = await SqliteViewStore.open(join(folder, 'wardround.db'), allTables);
  views = new ViewsService(log, store, allViews);
  await views.start();
  plugins = await openPluginHost({ pluginsFolder: join(folder, 'plugins'), resolveReference: () => null });
  const settings: Settings = {
    configFile: file,
    dataFolder: folder,
    port: 8321,
    role: 'standalone',
    engines: { eventLog: 'sqlite', views: 'sqlite' },
    startedWith: standaloneSettings,
    attended: false,
    computer: 'here',
    user: 'anna',
    token: 'token',
  };
  const definedNow: DefinedNow = {
    definitions: async () => {
      await views.caughtUp();
      return allDefinitions(theSystem, store.read);
    },
    fileIdentity: () => fileIdentity(settings, { log, installation: { id: 'installation' }, isShared: false }),
    rememberFile: (id) => rememberFile(folder, id),
    exclusively: (work) => store.exclusively('configuration', work),
  };
  service = new ConfigurationService(settings, log, plugins, definedNow, systemClock);
});

afterEach(async () => {
  await views.stop();
  await plugins.close();
  await log.close();
  await store.close();
  await rm(folder, { recursive: true });
});

const apply = (dryRun = false) => service.apply({ dryRun, takeOver: false, actor: 'cli:anna' });
const define = (text: string) => writeFile(file, text);
const events = () => readAll(log, {});

describe('applying the configuration file', () => {
  it('defines what it states, which the views then show', async () => {
    await define('servers: [{ name: reception }]\n');
    expect(await apply()).toEqual({
      outcome: 'applied',
      dryRun: false,
      file,
      changes: [{ kind: 'server', name: 'reception', site: 'main', change: 'added' }],
      restart: [],
      problems: [],
    });
    expect(await allDefinitions(theSystem, store.read)).toMatchObject([{ kind: 'server', name: 'reception' }]);
    expect(await events()).toMatchObject([{ type: 'server.defined', actor: 'cli:anna' }]);
  });

  it('changes nothing the second time', async () => {
    await define('servers: [{ name: reception }]\n');
    await apply();
    expect(await apply()).toMatchObject({ outcome: 'unchanged', changes: [] });
    expect(await events()).toHaveLength(1);
  });

  it('says what of the file waits for a restart, each time until then', async () => {
    const log = 'eventLog: { engine: kafka, brokers: ["${env:KAFKA_BROKERS}"] }';
    const views = 'views: { engine: postgres, url: "${env:DATABASE_URL}" }';
    await define(`role: hub\n${log}\n${views}\nservers: [{ name: reception }]\n`);
    const restart = ['role', 'eventLog', 'views'];
    expect(await apply(true)).toMatchObject({ outcome: 'applied', restart });
    expect(await apply()).toMatchObject({ outcome: 'applied', restart });
    expect(await apply()).toMatchObject({ outcome: 'unchanged', restart });
    await define('eventLog: { engine: sqlite }\nservers: [{ name: reception }]\n');
    expect(await apply()).toMatchObject({ outcome: 'unchanged', restart: [] });
  });

  it('only says what it would do in a dry run', async () => {
    await define('servers: [{ name: reception }]\n');
    expect(await apply(true)).toMatchObject({ outcome: 'applied', dryRun: true, changes: [{ name: 'reception' }] });
    expect(await events()).toEqual([]);
  });

  it('refuses a wrong file whole, and keeps its problems until it is right', async () => {
    await define('servers: [{ name: reception }]\n');
    await apply();
    await define('servers: [{ name: Reception }, { name: archive }]\n');
    const problems = [{ line: 1, column: 13, path: 'servers[0].name' }];
    expect(await apply()).toMatchObject({ outcome: 'refused', changes: [], problems });
    expect(service.problems()).toMatchObject(problems);
    expect(await allDefinitions(theSystem, store.read)).toMatchObject([{ name: 'reception' }]);
    await define('servers: [{ name: reception }, { name: archive }]\n');
    await apply();
    expect(service.problems()).toEqual([]);
  });

  it('F40: refuses two copies at one place, however it is written, with both lines', async () => {
    await mkdir(join(folder, 'disk'));
    await symlink(join(folder, 'disk'), join(folder, 'link'));
    const lines = (first: string, second: string) => [
      'servers: [{ name: reception }]',
      'backups:',
      '  - name: records',
      '    sources: [{ name: a, plugin: folder, parameters: { paths: [/srv] } }]',
      `    localCopy: { path: '\${data}/local' }`,
      '    copies:',
      '      - name: first',
      `        parameters: { path: '${first}' }`,
      '      - name: second',
      `        parameters: { path: '${second}' }`,
    ];
    const said = async (first: string, second: string) => {
      await define(`${lines(first, second).join('\n')}\n`);
      return (await apply(true)).problems.filter(({ message }) => message.includes('goes to'));
    };
    for (const second of ['disk', 'disk/', 'disk/x/..', 'link', './link//']) {
      expect(await said(join(folder, 'disk'), `${folder}/${second}`)).toEqual([
        expect.objectContaining({ line: 10, message: expect.stringMatching(/the place of "first" in line 8$/) }),
      ]);
    }
    expect(await said(`${folder}/link/new/one`, '${data}/disk/new/one')).toHaveLength(1);
    expect(await said(`${folder}/link/new/one`, '${config}/local')).toEqual([
      expect.objectContaining({ line: 10, message: expect.stringMatching(/the place of "local-copy" in line 5$/) }),
    ]);
    expect(await said(`${folder}/link`, `${folder}/disk/one`)).toEqual([]);
  });

  it('tells those who listen once the views show the change, and only then', async () => {
    const heard: string[][] = [];
    const stop = service.onApplied(async () => {
      heard.push((await allDefinitions(theSystem, store.read)).map(({ name }) => name));
    });
    await define('servers: [{ name: reception }]\n');
    await apply(true);
    await apply();
    await apply();
    await define('servers: [{ name: reception }, { name: archive }]\n');
    await apply();
    stop();
    await define('servers: [{ name: reception }]\n');
    await apply();
    expect(heard).toEqual([['reception'], ['reception', 'archive']]);
  });

  it('does one apply after the other, so that nothing is defined twice', async () => {
    await define('servers: [{ name: reception }]\n');
    const outcomes = (await Promise.all([apply(), apply(), apply()])).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['applied', 'unchanged', 'unchanged']);
    expect(await events()).toHaveLength(1);
  });

  it('says where it looked for a file that is not there, and continues afterwards', async () => {
    await expect(apply()).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: `no configuration file at ${file}`,
      advice: expect.stringContaining('--config'),
    });
    await define('servers: [{ name: reception }]\n');
    expect(await apply()).toMatchObject({ outcome: 'applied' });
  });

  it.each([
    ['a folder', () => mkdir(file), 'is a folder'],
    ['no UTF-8', () => writeFile(file, Buffer.from([0x73, 0xff, 0xfe])), 'not UTF-8 text'],
  ])('says so when the file is %s', async (_what, make, said) => {
    await make();
    await expect(apply()).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: expect.stringContaining(said),
    });
  });
});
