import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { allKinds, eventTypes } from '../capabilities.js';
import type { NewEvent } from '../event-log/envelope.js';
import { fromIso } from '../shared/instant.js';
import { DefinitionEvents } from '../definitions/definitions.fold.js';
import { configurationSchema, type Configuration } from './configuration-file.js';
import type { ManagedDefinition } from '../definitions/definition.js';
import { fileOfTheLog } from '../definitions/managed-by.js';
import { definitionsIn, difference as differenceOf } from '../definitions/difference.js';

const by = { actor: 'cli:anna', now: fromIso('2026-11-22T08:00:00Z') };
const configuration = (stated: unknown): Configuration => configurationSchema.parse(stated);
const definitionEvents = new DefinitionEvents(allKinds);

const file = { kind: 'file', id: 'log-1', title: 'wardround.yaml' } as const;
const applying = { manager: file, ofTheLog: [file, fileOfTheLog], isFileOfTheLog: true, takesOver: false };

function difference(defined: readonly ManagedDefinition[], { site, ...rest }: Configuration, stating: typeof by) {
  return differenceOf(allKinds, defined, definitionsIn(allKinds, site, rest), { ...stating, site }, applying);
}

/** What is defined after the events, as the view folds them. */
function after(before: readonly ManagedDefinition[], events: readonly NewEvent[]): readonly ManagedDefinition[] {
  const rows = new Map(before.map((row) => [JSON.stringify([row.kind, row.site, row.server, row.name]), row]));
  for (const event of events) {
    const change = definitionEvents.changeOf(event);
    if (!change) throw new Error(`${event.type} is no definition`);
    const { key, definition, managedBy } = change;
    const text = JSON.stringify([key.kind, key.site, key.server, key.name]);
    if (definition === undefined) rows.delete(text);
    // The database holds JSON.
    else rows.set(text, { ...key, managedBy, definition: JSON.parse(JSON.stringify(definition)) });
  }
  return [...rows.values()];
}

const folder = { name: 'documents', plugin: 'folder', parameters: { paths: ['/srv'], exclude: ['*.tmp'] } };
const small = configuration({
  site: 'clinic',
  servers: [{ name: 'reception' }, { name: 'archive' }],
  checkups: [{ name: 'load', plugin: 'load', every: '1m', server: 'archive' }],
  backups: [{ name: 'records', sources: [folder] }],
  rules: [{ name: 'line', title: 'Line', severity: 'warning', when: { protocolLine: 'x' } }],
  recipientGroups: [{ name: 'staff', subscriptions: [{ takes: 'always-with-log' }] }],
  smtp: { host: 'mail', from: 'a@b.example' },
});

describe('the difference between what is defined and the file', () => {
  it('of a first start is everything, servers first', () => {
    const { events, changes } = difference([], small, by);
    expect(changes).toEqual([
      { kind: 'server', name: 'reception', site: 'clinic', change: 'added' },
      { kind: 'server', name: 'archive', site: 'clinic', change: 'added' },
      { kind: 'checkup', name: 'load', site: 'clinic', server: 'archive', change: 'added' },
      { kind: 'backup-job', name: 'records', site: 'clinic', server: 'reception', change: 'added' },
      { kind: 'rule', name: 'line', change: 'added' },
      { kind: 'recipient-group', name: 'staff', change: 'added' },
      { kind: 'channel', name: 'email', change: 'added' },
    ]);
    expect(events.map(({ type }) => type)).toEqual([
      'server.defined',
      'server.defined',
      'checkup.defined',
      'backup-job.defined',
      'rule.defined',
      'recipient-group.defined',
      'channel.defined',
    ]);
  });

  it('is stated by the server it is about, or by the configuration of the site', () => {
    const { events } = difference([], small, by);
    const ofType = (type: string) => events.find((event) => event.type === type);
    expect(ofType('backup-job.defined')).toMatchObject({
      source: '/sites/clinic/servers/reception',
      partitionkey: '/sites/clinic/servers/reception',
      subject: '/sites/clinic/servers/reception/backups/records',
      actor: 'cli:anna',
      time: '2026-11-22T08:00:00.000Z',
    });
    expect(ofType('rule.defined')).toMatchObject({
      source: '/sites/clinic/configuration',
      partitionkey: '/definitions',
      subject: '/definitions/rules/line',
    });
    expect(events.flatMap((event) => eventTypes.faultsOf(event))).toEqual([]);
  });

  it('retires before it defines, and a server last', () => {
    const next = configuration({ site: 'clinic', servers: [{ name: 'reception' }, { name: 'new' }] });
    expect(difference(after([], difference([], small, by).events), next, by).changes).toEqual([
      { kind: 'channel', name: 'email', change: 'removed' },
      { kind: 'recipient-group', name: 'staff', change: 'removed' },
      { kind: 'rule', name: 'line', change: 'removed' },
      { kind: 'backup-job', name: 'records', site: 'clinic', server: 'reception', change: 'removed' },
      { kind: 'checkup', name: 'load', site: 'clinic', server: 'archive', change: 'removed' },
      { kind: 'server', name: 'archive', site: 'clinic', change: 'removed' },
      { kind: 'server', name: 'new', site: 'clinic', change: 'added' },
    ]);
  });

  it('sees a change of one parameter, and none in the order of keys or in a default written out', () => {
    const before = after([], difference([], small, by).events);
    const reordered = { parameters: { exclude: ['*.tmp'], paths: ['/srv'] }, plugin: 'folder', name: 'documents' };
    const same = configuration({ ...small, backups: [{ sources: [reordered], keep: { days: 30 }, name: 'records' }] });
    expect(difference(before, same, by)).toEqual({ events: [], changes: [], conflicts: [] });
    const changed = { ...folder, parameters: { paths: ['/srv'], exclude: ['*.bak'] } };
    expect(
      difference(before, configuration({ ...small, backups: [{ name: 'records', sources: [changed] }] }), by).changes,
    ).toEqual([{ kind: 'backup-job', name: 'records', site: 'clinic', server: 'reception', change: 'changed' }]);
  });

  it('moves everything when the site is renamed', () => {
    const before = after([], difference([], small, by).events);
    const { changes } = difference(before, { ...small, site: 'practice' }, by);
    expect(changes.filter(({ change }) => change === 'removed')).toHaveLength(4);
    expect(changes.filter(({ change }) => change === 'added')).toHaveLength(4);
  });

  it('is empty once it has been applied, whatever was defined before', () => {
    fc.assert(
      fc.property(configurations, configurations, (first, second) => {
        const before = after([], difference([], first, by).events);
        const { events } = difference(before, second, by);
        expect(events.flatMap((event) => eventTypes.faultsOf(event))).toEqual([]);
        expect(difference(after(before, events), second, by)).toEqual({ events: [], changes: [], conflicts: [] });
      }),
      { numRuns: 200 },
    );
  });
});

const name = fc.constantFrom('a', 'b', 'c');
const parameters = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
const named = <Part extends object>(parts: fc.Arbitrary<Part>) =>
  fc
    .dictionary(name, parts, { maxKeys: 3 })
    .map((byName) => Object.entries(byName).map(([key, part]) => ({ ...part, name: key })));
const pluginUse = fc.record({ plugin: name, parameters });

const configurations: fc.Arbitrary<Configuration> = fc
  .record({
    site: name,
    servers: named(fc.record({ title: name }, { requiredKeys: [] })).filter(({ length }) => length > 0),
    checkups: named(fc.record({ plugin: name, parameters, every: fc.constantFrom('1m', '2h') })),
    backups: named(
      fc.record({ sources: named(pluginUse).filter(({ length }) => length > 0), copies: named(pluginUse) }),
    ),
    rules: named(
      fc.record({
        title: name,
        severity: fc.constantFrom('warning', 'critical'),
        when: fc.oneof(
          fc.record({ protocolLine: name }),
          fc.record({ noSuccessOf: name, within: fc.constant('26h') }),
          fc.record({ checkup: name, metric: name, below: fc.double({ noNaN: true, min: -10, max: 10 }) }),
        ),
      }),
    ),
    recipientGroups: named(fc.record({ subscriptions: fc.constant([{ takes: 'always-with-log' }]) })),
    smtp: fc.option(fc.record({ host: name, from: fc.constant('a@b.example') }), { nil: undefined }),
  })
  .map((stated) => configurationSchema.parse(stated));
