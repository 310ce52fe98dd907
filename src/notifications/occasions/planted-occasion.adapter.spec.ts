import { theSystem } from '../../access/principal.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { openFoldedLog, type FoldedLog } from '../../../test/fixtures/folded-log.js';
import { finishedRun } from '../../../test/fixtures/finished-run.js';
import { tempFolder } from '../../../test/fixtures/temp-folder.js';
import { messageBody } from '../../api/messages/messages.bodies.js';
import { backupCompleted, backupRestored } from '../../backups/backups.events.js';
import { allTables, eventTypes } from '../../capabilities.js';
import { fileOfTheLog } from '../../definitions/managed-by.js';
import { readAll, type EventLog } from '../../event-log/event-log.js';
import { defineEvent, EventTypes, isOneOf, type EventOf } from '../../event-log/event-types.js';
import { fact } from '../../event-log/statement.js';
import { openPluginHost, type ForkingPluginHost } from '../../plugin-host/plugin-host.adapter.js';
import { definitionsKey, nameSchema, serverKey } from '../../shared/names.js';
import { packageRoot } from '../../shared/package.adapter.js';
import { openViewStore } from '../../store/open-view-store.adapter.js';
import type { ViewStore } from '../../store/view-store.adapter.js';
import { decideEach, type Judgement } from '../decide.js';
import { DeliveryWorker } from '../delivery.worker.js';
import { nextDigestDue } from '../digest-timetable.adapter.js';
import { NotificationsDecider } from '../notifications.decider.js';
import { recipientGroupDefined } from '../notifications.events.js';
import { oneLine } from '../plain-text.js';
import { recipientGroupSchema } from '../recipient-group.js';
import { MessageRenderer } from '../render.adapter.js';
import { findMessage } from '../views/messages/messages.queries.js';
import { aboutKind } from './about.js';
import { allOccasions } from './all-occasions.js';
import { decideOnRun } from './finished-run/decide-run.js';
import type { Occasion } from './occasion.js';
import { Occasions } from './occasions.js';
import { occurrencesOf } from './occurrences.js';

const restoreAbout = aboutKind(
  'restore',
  z.object({ site: nameSchema, server: nameSchema, job: nameSchema, snapshot: z.string(), eventId: z.string() }),
);
type Reason = 'restored' | 'restored-again';
type Silence = 'no-restores-asked-for' | 'other-jobs-only';

/** An occasion that the product does not have: files were restored. It remembers how often, for each server. */
const restoredFiles: Occasion<typeof backupRestored, number, unknown, EventOf<typeof backupRestored>> = {
  name: 'restored-files',
  subscriptions: { takes: ['restores'], describe: 'of restores', filters: ['jobs'] },
  about: restoreAbout,
  templates: { 'files-restored': 'ok' },
  reasons: {
    restored: { en: 'it subscribes to restores', de: 'sie Nachrichten über Rücksicherungen erhält', board: 'Restored' },
    'restored-again': { en: 'it was not the first time', de: 'es nicht das erste Mal war', board: 'Restored again' },
  },
  events: [backupRestored],
  recalls: ({ partitionkey }) => [partitionkey],
  decide(event, groups, memory) {
    const before = memory.recall(event.partitionkey) ?? 0;
    memory.keep(event.partitionkey, before + 1);
    const { site, server, job, snapshot } = event.data;
    const judge = ({ takes, jobs }: { takes: string; jobs?: string[] | undefined }): Judgement<Reason, Silence> => {
      if (takes !== 'restores') return { tell: false, because: 'no-restores-asked-for' };
      if (jobs !== undefined && !jobs.includes(job)) return { tell: false, because: 'other-jobs-only' };
      return { tell: true, because: before === 0 ? 'restored' : 'restored-again' };
    };
    const definitions = groups.map(({ definition }) => definition);
    const about = restoreAbout.about({ site, server, job, snapshot, eventId: event.id });
    return occurrencesOf(decideEach(definitions, event.id, 'files-restored', judge), about);
  },
  async recordsOf({ about }, sources) {
    for (const { site, server, job, snapshot, eventId } of restoreAbout.among(about)) {
      const subject = `${serverKey(site, server)}/backups/${job}/snapshots/${snapshot}`;
      for (const event of await sources.events(subject, [backupRestored])) {
        if (isOneOf(event, [backupRestored]) && event.id === eventId) return event;
      }
    }
    return null;
  },
  modelOf: ({ data, time }, { formats }) => ({
    ...{ job: oneLine(data.job), folder: oneLine(data.to) },
    ...{ at: formats.moment(time), size: formats.size(data.bytes) },
  }),
};

const occasions = new Occasions([...allOccasions.all, restoredFiles]);
const groupSchema = recipientGroupSchema(occasions);
const groupDefined = defineEvent(
  recipientGroupDefined.type,
  recipientGroupDefined.version,
  recipientGroupDefined.data.extend({ definition: groupSchema }),
  recipientGroupDefined.upcasts,
);
const decider = new NotificationsDecider(nextDigestDue, occasions);
const start = Date.parse('2026-11-22T02:00:00Z');
const key = serverKey('main', 'reception');

/** The product's templates, and those of the planted occasion. */
function templates(): string {
  const folder = tempFolder();
  cpSync(join(packageRoot, 'templates', 'messages'), folder, { recursive: true });
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  for (const [locale, words] of [
    ['en', 'was restored to'],
    ['de', 'wurde zurückgesichert nach'],
  ] as const) {
    write(`${locale}/email/files-restored.subject.hbs`, `{{job}} ${words} {{folder}}`);
    write(`${locale}/email/files-restored.text.hbs`, `{{at}}: {{size}}\n{{> text/footer}}`);
    write(`${locale}/email/files-restored.html.hbs`, `<p>{{job}}: {{folder}}</p>`);
  }
  return folder;
}

function group(name: string, ...subscriptions: readonly Record<string, unknown>[]) {
  const definition = groupSchema.parse({ name, locale: name === 'it' ? 'en' : 'de', subscriptions });
  const about = { source: '/sites/main/configuration', subject: `${definitionsKey}/recipient-groups/${name}` };
  return fact(groupDefined, {
    ...about,
    partitionkey: definitionsKey,
    now: start,
    data: { group: name, definition, managedBy: fileOfTheLog },
  });
}

function restored(snapshot: string, job = 'records') {
  const data = { site: 'main', server: 'reception', job, destination: 'second', snapshot, to: '/tmp/<b>back' };
  return fact(backupRestored, {
    ...{ source: key, subject: `${key}/backups/${job}/snapshots/${snapshot}`, partitionkey: key, now: start },
    data: { ...data, outcome: 'succeeded', error: null, files: 2, bytes: 1_500_000, durationMs: 3 },
  });
}

describe('a further occasion', () => {
  let log: EventLog;
  let store: ViewStore;
  let folded: FoldedLog;
  let plugins: ForkingPluginHost;

  beforeAll(async () => {
    plugins = await openPluginHost({
      pluginsFolder: join(packageRoot, 'dist', 'plugins'),
      resolveReference: () => null,
    });
  });
  afterAll(() => plugins.close());
  beforeEach(async () => {
    const types = eventTypes.all.map((type) => (type.type === groupDefined.type ? groupDefined : type));
    const views = () => openViewStore({ engine: 'sqlite', file: join(tempFolder(), 'wardround.db') }, allTables);
    folded = await openFoldedLog(views, { clock: { now: () => start }, types: new EventTypes(types) });
    ({ log, store } = folded);
  });
  afterEach(() => folded.close());

  /** Appends the events, and what the decider makes of them. @returns the messages */
  async function happen(...events: readonly ReturnType<typeof restored | typeof group>[]) {
    await log.append(events);
    const ids = new Set(events.map(({ id }) => id));
    const stored = (await readAll(log, {})).filter(({ id }) => ids.has(id));
    const batch = stored.map((event, index) => ({ event, position: { partition: 0, offset: index + 1 } }));
    const decided = await store.write((tx) => decider.handle(batch, tx, 0));
    await folded.append(...decided);
    return decided.map(({ data }) => data);
  }

  function worker(known = occasions) {
    const renderer = new MessageRenderer(templates(), known);
    const ports = { log, store, plugins, renderer, clock: { now: () => start } };
    return new DeliveryWorker(ports, { timeZone: 'UTC', occasions: known });
  }

  const row = async (messageId: string) => {
    const found = await findMessage(theSystem, store.read, messageId);
    if (!found) throw new TypeError(`there is no message ${messageId}`);
    return found;
  };

  it('has its message decided, rendered and delivered, in the language of each group', async () => {
    const groups = [group('it', { takes: 'restores' }), group('praxis', { takes: 'restores', jobs: ['records'] })];
    const restore = restored('s1');
    const messages = await happen(...groups, group('staff', { takes: 'failures-only' }), restore);
    expect(messages.map(({ group, template, reason }) => [group, template, reason])).toEqual([
      ['it', 'files-restored', 'restored'],
      ['praxis', 'files-restored', 'restored'],
    ]);
    await new MessageRenderer(templates(), occasions).check();
    const delivery = worker();
    expect([await delivery.deliverNext(), await delivery.deliverNext()]).toEqual(['delivered', 'delivered']);
    await folded.views.caughtUp();
    const [english, german] = await Promise.all(messages.map(({ messageId }) => row(messageId)));
    expect(english).toMatchObject({ state: 'delivered', subject: 'records was restored to /tmp/<b>back' });
    expect(english?.text).toMatch(/22 November 2026 at 02:00:00 UTC: 1\.5\sMB/u);
    expect(english?.text).toContain('because it subscribes to restores.');
    expect(german?.subject).toBe('records wurde zurückgesichert nach /tmp/<b>back');
    const ref = { site: 'main', server: 'reception', job: 'records', snapshot: 's1', eventId: restore.id };
    // The address is also beside the kind, where the API has always had it.
    expect(english && messageBody(english)).toMatchObject({ about: [{ kind: 'restore', ref, ...ref }], runs: [] });
  });

  it('remembers from one batch to the next, and leaves out who asked for something else', async () => {
    await happen(group('it', { takes: 'restores', jobs: ['records'] }), restored('s1', 'images'));
    const [message, ...more] = await happen(restored('s2'));
    expect([message?.reason, ...more]).toEqual(['restored-again']);
  });

  it('is known to subscriptions by its word, with its filters and no others', () => {
    const valid = (...subscriptions: object[]) => groupSchema.safeParse({ name: 'it', subscriptions }).success;
    expect(valid({ takes: 'restores', jobs: ['records'] })).toBe(true);
    expect(valid({ takes: 'restores', severities: ['critical'] })).toBe(false);
    expect(valid({ takes: 'restores', at: '0 7 * * *' })).toBe(false);
    expect(
      recipientGroupSchema(allOccasions).safeParse({ name: 'it', subscriptions: [{ takes: 'restores' }] }),
    ).toEqual(expect.objectContaining({ success: false }));
  });

  it('changes nothing for the others: a run gives its subscription no message, and a reason', () => {
    const definition = groupSchema.parse({ name: 'it', subscriptions: [{ takes: 'restores' }] });
    const run = finishedRun({ runId: 'r1', startedAt: start }).find((event) => isOneOf(event, [backupCompleted]));
    if (!run || !isOneOf(run, [backupCompleted])) throw new TypeError('a finished run has an end');
    const verdicts = decideOnRun([definition], run);
    expect(verdicts).toMatchObject([{ tell: false, because: 'no-backups-asked-for' }]);
  });

  it('keeps its message waiting where a version does not know it, and says which template is missing', async () => {
    const [message] = await happen(group('it', { takes: 'restores' }), restored('s1'));
    await expect(worker(allOccasions).deliverNext()).rejects.toThrow(
      'a message asks for the template "files-restored", which this version of Wardround does not have',
    );
    expect(await row(message?.messageId ?? '')).toMatchObject({ state: 'waiting', attempts: 0 });
  });
});

describe('two occasions', () => {
  it.each([
    ['name', { name: 'alarm', keysBegin: 'other' }],
    ['template', { templates: { 'log-digest': 'ok' } }],
    ['reason', { reasons: { 'digest-due': { en: 'x', de: 'x', board: 'x' } } }],
    ['word after `takes`', { subscriptions: { ...restoredFiles.subscriptions, takes: ['alarms'] } }],
    ['beginning of keys', { keysBegin: 'run' }],
    ['kind of thing', { about: aboutKind('run', restoreAbout.ref) }],
  ] as const)('may not have the same %s', (what, change) => {
    const planted: Occasion = { ...restoredFiles, ...change };
    expect(() => new Occasions([...allOccasions.all, planted])).toThrow(`two occasions have the same ${what}: "`);
  });

  it('may not keep anything where groups are kept', () => {
    const planted: Occasion = { ...restoredFiles, keysBegin: 'group' };
    expect(() => new Occasions([planted])).toThrow('two occasions have the same beginning of keys: "group"');
  });
});

describe('the list of occasions', () => {
  const own = join('notifications', 'occasions');
  const sources = readdirSync(join(packageRoot, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.startsWith(own))
    .map((file) => ({ file, code: readFileSync(join(packageRoot, 'src', file), 'utf8') }));
  const named = (code: string) =>
    allOccasions.all.filter(({ templates, reasons }) =>
      new RegExp(`['"\`](?:${Object.keys({ ...templates, ...reasons }).join('|')})['"\`]`).test(code),
    ).length;

  it('is the only one: what decides on messages, makes and delivers them names no template and no reason', () => {
    const ofMessages = sources.filter(({ file }) => file.startsWith('notifications'));
    expect(ofMessages.length).toBeGreaterThan(20);
    expect(ofMessages.filter(({ code }) => named(code) > 0).map(({ file }) => file)).toEqual([]);
    expect(sources.filter(({ code }) => named(code) > 1).map(({ file }) => file)).toEqual([]);
  });
});
