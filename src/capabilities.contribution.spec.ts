import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EntitySchema, type ObjectLiteral } from 'typeorm';
import { z } from 'zod';
import { allKinds, allViews, capabilities } from './capabilities.js';
import { repeats } from './definitions/checking/checks.js';
import { draftOf, draftText } from './definitions/checking/draft.js';
import { contribution } from './definitions/contribution.js';
import { DefinitionEvents } from './definitions/definitions.fold.js';
import { definitionsIn, difference } from './definitions/difference.js';
import { defineKind } from './definitions/kind.js';
import { listSection } from './definitions/section.js';
import { defineEvent } from './event-log/event-types.js';
import type { SayingsOf } from './event-log/saying.js';
import { defineView, foldedTable } from './folding/view.adapter.js';
import { nameSchema } from './shared/names.js';
import { packageRoot } from './shared/package.adapter.js';
import { key, text } from './store/columns.js';

// A capability that no one has: printers that can be defined, and a view of what they printed.
const printer = z.strictObject({ name: nameSchema, tray: z.number().default(1) });
const printerDefined = defineEvent('printer.defined', 1, z.object({ printer: nameSchema, definition: printer }));
const printerRetired = defineEvent('printer.retired', 1, z.object({ printer: nameSchema }));
const pagePrinted = defineEvent('page.printed', 1, z.object({ printer: nameSchema, page: z.string() }));

interface PageRow {
  printer: string;
  page: string;
}
const pageTable = new EntitySchema<PageRow>({ name: 'pages', columns: { printer: key, page: text } });
const pagesView = defineView({
  name: 'pages',
  version: 1,
  tables: [
    foldedTable(pageTable, {
      events: [pagePrinted],
      key: ({ data }) => ({ printer: data.printer }),
      fold: (_, { data }) => data,
    }),
  ],
});
const printerEvents = [printerDefined, printerRetired, pagePrinted] as const;
const printerSayings: SayingsOf<typeof printerEvents> = {
  'printer.defined': ({ data }) => ({ text: `printer ${data.printer} defined` }),
  'printer.retired': ({ data }) => ({ text: `printer ${data.printer} retired` }),
  'page.printed': ({ data }) => ({ text: `${data.printer} printed ${data.page}` }),
};

const printers = contribution({
  name: 'printers',
  events: printerEvents,
  sayings: printerSayings,
  kinds: [
    defineKind({
      ...{ name: 'printer', title: 'printer', scope: 'installation', schema: printer },
      ...{ defined: printerDefined, retired: printerRetired, nameField: 'printer', folder: 'printers' },
      sections: [
        listSection({
          key: 'printers',
          describe: 'Printers',
          item: printer,
          definition: (item) => item,
          draft: draftOf({ name: draftText }),
          faults: (items, path) => repeats(items, path, 'printer'),
        }),
      ],
    }),
  ],
  views: [pagesView],
});

describe('a capability that is added', () => {
  const kinds = [...allKinds, ...(printers.kinds ?? [])];
  const by = { site: 'main', actor: 'test', now: Date.parse('2026-11-22T08:00:00Z') };
  const manager = { kind: 'file', id: 'log', title: 'wardround.yaml' } as const;
  const ownFile = { manager, ofTheLog: [manager], isFileOfTheLog: true, takesOver: false };

  it('brings a kind that a file can state, change and leave out', () => {
    const file = {
      servers: [{ name: 'reception' }],
      checkups: [],
      backups: [],
      rules: [],
      recipientGroups: [],
      channels: [],
    };
    const stated = definitionsIn(kinds, 'main', { ...file, printers: [{ name: 'laser' }] });
    const added = difference(kinds, [], stated, by, ownFile);
    expect(added.changes.at(-1)).toEqual({ kind: 'printer', name: 'laser', change: 'added' });
    const event = added.events.at(-1);
    expect(event).toMatchObject({
      type: 'printer.defined',
      subject: '/definitions/printers/laser',
      data: { printer: 'laser' },
    });
    expect(event && new DefinitionEvents(kinds).changeOf(event)).toMatchObject({
      key: { kind: 'printer', name: 'laser', server: '' },
      definition: { tray: 1 },
    });
    const without = definitionsIn(kinds, 'main', { ...file, printers: [] });
    const before = stated.map((one) => ({ ...one, managedBy: manager }));
    expect(difference(kinds, before, without, by, ownFile).events).toMatchObject([{ type: 'printer.retired' }]);
  });

  it('says in the file what is wrong with its own section', () => {
    const [section] = printers.kinds?.[0]?.sections ?? [];
    const draft = section?.draft.parse([{ name: 'laser' }, { name: 'laser' }]);
    const knowledge = { plugins: [], parameterFaults: () => [], cronFault: () => null, patternFault: () => null };
    const context = { knowledge: { ...knowledge, placeOf: (place: string) => place }, namesOf: () => [] };
    expect(section?.faults(draft, context as never)).toMatchObject([{ path: ['printers', 1, 'name'] }]);
  });

  it('brings a view that folds its own events', () => {
    const rows = new Map<string, ObjectLiteral>();
    const event = {
      ...{
        specversion: '1.0' as const,
        id: 'p',
        source: '/x',
        type: 'page.printed',
        subject: '/x',
        partitionkey: '/x',
      },
      ...{ time: '2026-11-22T08:00:00.000Z', recordedtime: '2026-11-22T08:00:00.000Z' },
      ...{ datacontenttype: 'application/json' as const, dataschema: 'urn:wardround:event:page.printed:v1' },
      data: { printer: 'laser', page: 'Letter to Dr. Kern' },
    };
    pagesView.tables[0]?.foldInto(rows, [{ event, position: { partition: 0, offset: 1 } }]);
    expect([...rows.values()]).toEqual([{ printer: 'laser', page: 'Letter to Dr. Kern' }]);
  });
});

describe('the list of capabilities', () => {
  const sources = readdirSync(join(packageRoot, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && file !== 'capabilities.ts')
    .map((file) => ({ file, code: readFileSync(join(packageRoot, 'src', file), 'utf8') }));
  const names = (code: string, of: readonly string[]) =>
    of.filter((name) => new RegExp(`['"\`]${name.replace('.', '\\.')}['"\`]`).test(code)).length;

  it('is the only one of all kinds', () => {
    const kinds = allKinds.map(({ name }) => name);
    expect(sources.filter(({ code }) => names(code, kinds) > kinds.length - 2).map(({ file }) => file)).toEqual([]);
  });

  it('is the only one of all types of events', () => {
    const owners = capabilities.map(({ events }) => events.map(({ type }) => type));
    const named = (code: string) => owners.filter((types) => names(code, types) > 0).length;
    expect(sources.filter(({ code }) => named(code) > owners.length / 2).map(({ file }) => file)).toEqual([]);
  });

  it('is the only one of all views, but for what the sections of the board are drawn from', () => {
    const views = allViews.map(({ name }) => name);
    const lists = sources.filter(({ code }) => names(code, views) > views.length - 2).map(({ file }) => file);
    expect(lists.filter((file) => !file.endsWith('sections.ts'))).toEqual([]);
  });
});
