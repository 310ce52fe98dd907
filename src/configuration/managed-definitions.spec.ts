import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../../test/fixtures/temp-folder.js';
import { theSystem } from '../access/principal.js';
import { allTables, allViews, eventTypes } from '../capabilities.js';
import { allDefinitions } from '../definitions/definitions.queries.js';
import { fileOfTheLog, type ManagedBy } from '../definitions/managed-by.js';
import type { NewEvent } from '../event-log/envelope.js';
import { openSqliteLog, type SqliteEventLog } from '../event-log/sqlite/sqlite-log.adapter.js';
import { fact } from '../event-log/statement.js';
import { ViewsService } from '../folding/views.service.js';
import { openPluginHost, type ForkingPluginHost } from '../plugin-host/plugin-host.adapter.js';
import { ruleDefined } from '../rules/rules.events.js';
import { systemClock } from '../shared/clock.adapter.js';
import { definitionsKey } from '../shared/names.js';
import type { Settings } from '../shared/settings.js';
import { SqliteViewStore } from '../store/sqlite-view-store.adapter.js';
import type { ViewStore } from '../store/view-store.adapter.js';
import { ConfigurationService } from './configuration.service.js';
import { fileIdentity, rememberFile } from './file-identity.adapter.js';
import { standaloneSettings } from './process-settings.js';

let log: SqliteEventLog;
let store: ViewStore;
let views: ViewsService;
let plugins: ForkingPluginHost;

beforeEach(async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'plugins'));
  log = await openSqliteLog({ file: join(folder, 'events.db'), clock: systemClock, eventTypes });
  store = await SqliteViewStore.open(join(folder, 'views.db'), allTables);
  views = new ViewsService(log, store, allViews);
  await views.start();
  plugins = await openPluginHost({ pluginsFolder: join(folder, 'plugins'), resolveReference: () => null });
});
afterEach(async () => {
  await views.stop();
  await plugins.close();
  await log.close();
  await store.close();
});

/** One Wardround with a data folder and a file of its own; on the same log as the others. */
class Installation {
  readonly folder = tempFolder();
  file = join(this.folder, 'wardround.yaml');

  constructor(
    readonly name: string,
    private readonly isShared: boolean,
  ) {}

  states(text: string): this {
    writeFileSync(this.file, text);
    return this;
  }

  /** As after a start: nothing is remembered but what is in the data folder. */
  service(): ConfigurationService {
    const { folder, isShared } = this;
    const settings: Settings = {
      ...{ configFile: this.file, dataFolder: folder, port: 8321, role: 'hub', attended: false, computer: this.name },
      ...{
        engines: { eventLog: 'sqlite', views: 'sqlite' },
        startedWith: standaloneSettings,
        user: 'anna',
        token: 't',
      },
    };
    const definedNow = {
      definitions: async () => {
        await views.caughtUp();
        return allDefinitions(theSystem, store.read);
      },
      fileIdentity: () => fileIdentity(settings, { log, installation: { id: `id-of-${this.name}` }, isShared }),
      rememberFile: (id: string) => rememberFile(folder, id),
      exclusively: <Result>(work: () => Promise<Result>) => store.exclusively('configuration', work),
    };
    return new ConfigurationService(settings, log, plugins, definedNow, systemClock);
  }

  apply(how: { takeOver?: boolean; dryRun?: boolean } = {}) {
    return this.service().apply({ dryRun: false, takeOver: false, actor: 'cli:anna', ...how });
  }
}

const hub = (name: string) => new Installation(name, true);
const standalone = () => new Installation('reception-pc', false);

/** `<kind> <name>: <manager>` of all that is defined. */
async function defined(): Promise<readonly string[]> {
  await views.caughtUp();
  const rows = await allDefinitions(theSystem, store.read);
  return rows.map(({ kind, name, managedBy }) => `${kind} ${name}: ${managedBy.title}`).sort();
}

async function severityOf(rule: string): Promise<unknown> {
  await views.caughtUp();
  const found = (await allDefinitions(theSystem, store.read)).find(
    ({ kind, name }) => kind === 'rule' && name === rule,
  );
  return found?.definition;
}

const rule = (name: string, severity = 'warning') =>
  `  - { name: ${name}, title: ${name}, severity: ${severity}, when: { protocolLine: x } }`;
const file = (server: string, ...rules: string[]) =>
  [
    `site: ${server}-clinic`,
    `servers: [{ name: ${server} }]`,
    ...(rules.length > 0 ? ['rules:', ...rules] : []),
    '',
  ].join('\n');

function stated(managedBy: ManagedBy): NewEvent {
  const definition = { name: 'by-hand', title: 'By hand', severity: 'warning' as const, when: { protocolLine: 'x' } };
  const about = {
    source: '/sites/main/configuration',
    subject: '/definitions/rules/by-hand',
    partitionkey: definitionsKey,
  };
  return fact(ruleDefined, { ...about, now: systemClock.now(), data: { rule: 'by-hand', definition, managedBy } });
}

describe('two hubs with different files', () => {
  it('each define their own, and neither undoes what the other one defined', async () => {
    const north = hub('NORTH').states(file('north', rule('full')));
    const south = hub('SOUTH').states(file('south', rule('slow')));
    expect(await north.apply()).toMatchObject({ outcome: 'applied' });
    expect(await south.apply()).toMatchObject({ outcome: 'applied' });
    const all = [
      'rule full: wardround.yaml on NORTH',
      'rule slow: wardround.yaml on SOUTH',
      'server north: wardround.yaml on NORTH',
      'server south: wardround.yaml on SOUTH',
    ];
    expect(await defined()).toEqual(all);
    for (const one of [north, south, north])
      expect(await one.apply()).toMatchObject({ outcome: 'unchanged', changes: [] });
    expect(await defined()).toEqual(all);
    expect((await north.states(file('north')).apply()).changes).toEqual([
      { kind: 'rule', name: 'full', change: 'removed' },
    ]);
    expect(await defined()).toEqual(all.slice(1));
  });

  it('cannot define one thing in two ways: the second file is refused, with who manages it, where, and what to do', async () => {
    await hub('NORTH')
      .states(file('north', rule('full')))
      .apply();
    const south = hub('SOUTH').states(file('south', rule('slow'), rule('full', 'critical')));
    const service = south.service();
    const report = await service.apply({ dryRun: false, takeOver: false, actor: 'cli:anna' });
    expect(report).toMatchObject({ outcome: 'refused', changes: [] });
    expect(report.problems).toEqual([
      {
        ...{ line: 5, column: 5, path: 'rules[1]' },
        message: 'the rule "full" is managed by the file wardround.yaml on NORTH, and is not defined like this there',
        advice:
          'Change it there, or take it out of this file, or have this file manage it from now on with `wardround apply --take-over`',
      },
    ]);
    expect(service.problems()).toEqual(report.problems);
    expect(await defined()).toEqual(['rule full: wardround.yaml on NORTH', 'server north: wardround.yaml on NORTH']);
  });

  it('may state the same thing alike, which stays with the first', async () => {
    await hub('NORTH')
      .states(file('north', rule('full')))
      .apply();
    const south = hub('SOUTH').states(file('south', rule('full')));
    expect((await south.apply()).changes).toMatchObject([{ kind: 'server', name: 'south', change: 'added' }]);
    await south.states(file('south')).apply();
    expect(await defined()).toContain('rule full: wardround.yaml on NORTH');
  });

  it('hand over with --take-over what one of them states, and nothing else', async () => {
    const north = hub('NORTH').states(file('north', rule('full'), rule('hot')));
    await north.apply();
    const south = hub('SOUTH').states(file('south', rule('full', 'critical')));
    expect(await south.apply({ takeOver: true, dryRun: true })).toMatchObject({ outcome: 'applied' });
    expect(await severityOf('full')).toMatchObject({ severity: 'warning' });
    await south.apply({ takeOver: true });
    expect(await severityOf('full')).toMatchObject({ severity: 'critical' });
    expect(await defined()).toEqual(
      expect.arrayContaining(['rule full: wardround.yaml on SOUTH', 'rule hot: wardround.yaml on NORTH']),
    );
    expect(await north.apply()).toMatchObject({ outcome: 'refused' });
    await south.states(file('south')).apply();
    expect(await severityOf('full')).toBeUndefined();
  });

  it('are not taken for one because one file states all that the other one does, and more', async () => {
    const north = hub('NORTH').states(file('north', rule('full')));
    await north.apply();
    const more = hub('MORE').states(file('north', rule('full'), rule('slow')));
    await more.apply();
    await north.apply();
    expect(await defined()).toContain('rule slow: wardround.yaml on MORE');
  });
});

describe('hubs with the same file', () => {
  it('are one: whichever of them applies a change, it changes and retires what the others defined', async () => {
    const one = hub('ONE').states(file('north', rule('full'), rule('slow')));
    const two = hub('TWO').states(file('north', rule('full'), rule('slow')));
    await one.apply();
    expect(await two.apply()).toMatchObject({ outcome: 'unchanged' });
    await two.states(file('north', rule('full', 'critical'))).apply();
    expect(await severityOf('full')).toMatchObject({ severity: 'critical' });
    expect(await severityOf('slow')).toBeUndefined();
    await one.states(file('north', rule('full', 'critical'), rule('new'))).apply();
    await one.states(file('north')).apply();
    expect(await defined()).toEqual(['server north: wardround.yaml on ONE']);
  });
});

describe('the file of one machine', () => {
  it('manages what it defined also after it was moved and renamed', async () => {
    const one = standalone().states(file('north', rule('full'), rule('slow')));
    await one.apply();
    const moved = join(tempFolder(), 'clinic.yaml');
    renameSync(one.file, moved);
    one.file = moved;
    expect(await one.apply()).toMatchObject({ outcome: 'unchanged' });
    await one.states(file('north', rule('full', 'critical'))).apply();
    expect(await defined()).toEqual([
      'rule full: clinic.yaml on reception-pc',
      'server north: wardround.yaml on reception-pc',
    ]);
  });

  it('is the same in another data folder on another computer, as long as the log is the same', async () => {
    await standalone()
      .states(file('north', rule('full')))
      .apply();
    const restored = new Installation('new-pc', false).states(file('north'));
    expect((await restored.apply()).changes).toEqual([{ kind: 'rule', name: 'full', change: 'removed' }]);
  });

  it('goes on as the file of a fleet into which its log was copied', async () => {
    await standalone()
      .states(file('north', rule('full'), rule('slow')))
      .apply();
    const first = hub('FIRST').states(file('north', rule('full', 'critical'), rule('slow')));
    expect(await first.apply()).toMatchObject({ outcome: 'applied', problems: [] });
    expect(await severityOf('full')).toMatchObject({ severity: 'critical' });
  });

  it('neither changes nor retires what a person manages, and takes it over with no word', async () => {
    const one = standalone().states(file('north'));
    await one.apply();
    await log.append([stated({ kind: 'person', id: 'p1', title: 'Anna Kern' })]);
    await one.apply();
    expect(await defined()).toContain('rule by-hand: Anna Kern');
    const report = await one.states(file('north', rule('by-hand', 'critical'))).apply({ takeOver: true });
    expect(report.problems).toMatchObject([
      {
        message: 'the rule "by-hand" is managed by Anna Kern, and is not defined like this there',
        advice: 'Change it there, or take it out of this file',
      },
    ]);
  });
});

describe('what was defined before definitions named their manager', () => {
  // The log gives these itself.
  const given = ['recordedtime', 'sequence'];
  const asEarlier = ['server.defined.v1', 'recipient-group.defined.v1', 'rule.defined.v1'].map((name) => {
    const path = new URL(`../../test/fixtures/events/${name}.json`, import.meta.url);
    const event = JSON.parse(readFileSync(path, 'utf8')) as NewEvent;
    return Object.fromEntries(Object.entries(event).filter(([key]) => !given.includes(key))) as unknown as NewEvent;
  });
  const sameFile = [
    'site: north-street',
    'servers: [{ name: reception, title: Reception desk }]',
    'rules:',
    '  - name: disk-nearly-full',
    '    title: The data disk is nearly full',
    '    severity: critical',
    '    advice: Delete old exports in /srv/exports, or call support.',
    "    when: { protocolLine: 'no space' }",
    '',
  ].join('\n');

  it('is managed by the configuration file of the log, which changes and retires it', async () => {
    await log.append(asEarlier);
    expect(await defined()).toEqual([
      `recipient-group front-desk: ${fileOfTheLog.title}`,
      `rule disk-nearly-full: ${fileOfTheLog.title}`,
      `server reception: ${fileOfTheLog.title}`,
    ]);
    expect((await standalone().states(sameFile).apply()).changes).toEqual([
      { kind: 'recipient-group', name: 'front-desk', change: 'removed' },
      { kind: 'rule', name: 'disk-nearly-full', change: 'changed' },
    ]);
    expect(await defined()).toEqual([
      'rule disk-nearly-full: wardround.yaml on reception-pc',
      `server reception: ${fileOfTheLog.title}`,
    ]);
  });

  it('in a fleet is changed by a hub that states it, and retired by none that does not have the same file', async () => {
    await log.append(asEarlier);
    expect((await hub('ONE').states(sameFile).apply()).changes).toEqual([
      { kind: 'rule', name: 'disk-nearly-full', change: 'changed' },
    ]);
    expect(await defined()).toContain(`recipient-group front-desk: ${fileOfTheLog.title}`);
  });

  it('in a fleet stays with the hubs that start with the file of before', async () => {
    await log.append(asEarlier.slice(0, 1));
    const asBefore = 'site: north-street\nservers: [{ name: reception, title: Reception desk }]\n';
    const [one, two] = [hub('ONE').states(asBefore), hub('TWO').states(asBefore)];
    for (const each of [one, two]) expect(await each.apply()).toMatchObject({ outcome: 'unchanged' });
    await two.states('site: north-street\nservers: [{ name: desk }]\n').apply();
    expect(await defined()).toEqual(['server desk: wardround.yaml on TWO']);
    await one.states('site: north-street\nservers: [{ name: hall }]\n').apply();
    expect(await defined()).toEqual(['server hall: wardround.yaml on ONE']);
  });
});
