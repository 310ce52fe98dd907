import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { join } from 'node:path';
import { eventTypes, type AnyEvent, allTables, allViews } from '../../src/capabilities.js';
import type { NewEvent } from '../../src/event-log/envelope.js';
import { readAll, type EventLog } from '../../src/event-log/event-log.js';
import { openSqliteLog } from '../../src/event-log/sqlite/sqlite-log.adapter.js';
import { fact } from '../../src/event-log/statement.js';
import { nextDigestDue } from '../../src/notifications/digest-timetable.adapter.js';
import { NotificationsDecider } from '../../src/notifications/notifications.decider.js';
import { recipientGroupDefined } from '../../src/notifications/notifications.events.js';
import { RulesDecider } from '../../src/rules/rules.decider.js';
import { systemClock } from '../../src/shared/clock.adapter.js';
import { definitionsKey } from '../../src/shared/names.js';
import { asDecider } from '../../src/folding/decider.js';
import { DecidersService } from '../../src/folding/deciders.service.js';
import { OutboxService } from '../../src/folding/outbox.service.js';
import { SqliteViewStore } from '../../src/store/sqlite-view-store.adapter.js';
import type { ViewStore } from '../../src/store/view-store.adapter.js';
import { ViewsService } from '../../src/folding/views.service.js';
import { events, midnight, minute, rule } from '../fixtures/rule-events.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { mortalLog, mortalStore, Mortality } from './mortal.js';

/** What happens at the clinic while the process lives, dies and lives again. */
type Happening =
  | { readonly what: 'measured'; readonly server: string; readonly free: readonly number[] }
  | { readonly what: 'backed-up'; readonly server: string; readonly outcome: 'succeeded' | 'failed' }
  | { readonly what: 'rule-changed'; readonly below: number | null }
  /** The process that folds, decides and appends decisions lives for so many breaths. */
  | { readonly what: 'life'; readonly breaths: number }
  /** One is started, and continues while other things happen. */
  | { readonly what: 'rebuild' };

const server = fc.constantFrom('reception', 'x-ray');
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    what: fc.constant('measured' as const),
    server,
    free: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 8 }),
  }),
  fc.record({ what: fc.constant('backed-up' as const), server, outcome: fc.constantFrom('succeeded', 'failed') }),
  fc.record({ what: fc.constant('rule-changed' as const), below: fc.option(fc.integer({ min: 5, max: 15 })) }),
  fc.record({ what: fc.constant('life' as const), breaths: fc.nat({ max: 40 }) }),
  fc.constant({ what: 'rebuild' as const }),
);

/** The facts of a clinic, each at its own moment; the same happenings give the same facts, ids included. */
class Facts {
  private count = 0;

  defined(): readonly NewEvent<AnyEvent>[] {
    const group = { name: 'it', subscriptions: [{ takes: 'always-with-log' as const, channel: 'inbox' }] };
    const about = { source: definitionsKey, subject: definitionsKey, partitionkey: definitionsKey, now: midnight };
    return [
      ...['reception', 'x-ray'].map((name) => events.serverDefined(this.id(), this.now(), name)),
      events.ruleDefined(this.id(), this.now(), rule('disk', { checkup: 'disk', metric: 'free', below: 10 })),
      events.ruleDefined(this.id(), this.now(), rule('trouble', { protocolLine: 'no room', level: 'error' })),
      { ...fact(recipientGroupDefined, { ...about, data: { group: 'it', definition: group } }), id: this.id() },
    ];
  }

  of(happening: Happening): readonly NewEvent<AnyEvent>[] {
    switch (happening.what) {
      case 'measured':
        return happening.free.map((free) => events.diskFree(this.id(), this.now(), happening.server, free));
      case 'backed-up': {
        const runId = this.id();
        const about = [this.now(), happening.server, 'records', runId] as const;
        const lines = happening.outcome === 'failed' ? ['no room'] : ['done'];
        const level = happening.outcome === 'failed' ? 'error' : 'info';
        return [
          events.logged(this.id(), ...about, lines, level),
          events.completed(this.id(), ...about, happening.outcome),
        ];
      }
      case 'rule-changed':
        return happening.below === null
          ? [events.ruleRetired(this.id(), this.now(), 'disk')]
          : [
              events.ruleDefined(
                this.id(),
                this.now(),
                rule('disk', { checkup: 'disk', metric: 'free', below: happening.below }),
              ),
            ];
      case 'life':
      case 'rebuild':
        return [];
    }
  }

  private id(): string {
    return `fact-${++this.count}`;
  }

  private now(): number {
    return midnight + this.count * minute;
  }
}

/** One life of all that follows the log. */
class Following {
  readonly views: ViewsService;
  private readonly outbox: OutboxService;
  private readonly deciders: DecidersService;

  constructor(log: EventLog, store: ViewStore) {
    this.views = new ViewsService(log, store, allViews);
    this.outbox = new OutboxService(log, store);
    const deciders = [asDecider(new RulesDecider()), asDecider(new NotificationsDecider(nextDigestDue))];
    this.deciders = new DecidersService(log, store, this.outbox, deciders);
  }

  async start(): Promise<void> {
    await this.views.start();
    await this.deciders.start();
  }

  /** Resolves when all that follows from the log is in the log. */
  async settled(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      await this.deciders.caughtUp();
      await this.outbox.drained();
    }
    await this.views.caughtUp();
  }

  async end(): Promise<void> {
    await this.views.stop();
    await this.deciders.stop();
  }
}

interface Clinic {
  readonly log: EventLog;
  readonly store: ViewStore;
}

async function openClinic(): Promise<Clinic> {
  const folder = tempFolder();
  const log = await openSqliteLog({ file: join(folder, 'events.db'), clock: systemClock, eventTypes });
  return { log, store: await SqliteViewStore.open(join(folder, 'wardround.db'), allTables) };
}

async function closeClinic({ log, store }: Clinic): Promise<void> {
  await store.close();
  await log.close();
}

/** What is in the log before the first start is not decided on, so that a start must come before what happens. */
async function firstLife({ log, store }: Clinic): Promise<Following> {
  const following = new Following(log, store);
  await following.start();
  return following;
}

/** Lives as happened, with deaths; the last life comes to rest. @returns what was decided, and what a rebuild changed */
async function lives({ log, store }: Clinic, happenings: readonly Happening[]) {
  const facts = new Facts();
  await log.append(facts.defined());
  let current = await firstLife({ log, store });
  const rebuilds: Promise<unknown>[] = [];
  for (const happening of happenings) {
    await log.append(facts.of(happening));
    if (happening.what === 'life') {
      await current.end();
      const mortality = new Mortality(happening.breaths);
      current = new Following(mortalLog(log, mortality), mortalStore(store, mortality));
      await current.start().catch(ofDeath);
    }
    if (happening.what === 'rebuild') rebuilds.push(current.views.rebuild().catch(ofDeath));
  }
  await current.end();
  await Promise.all(rebuilds);
  return settle({ log, store });
}

/** All in one life that never dies. */
async function oneLife({ log, store }: Clinic, happenings: readonly Happening[]) {
  const facts = new Facts();
  await log.append(facts.defined());
  const following = await firstLife({ log, store });
  for (const happening of happenings) await log.append(facts.of(happening));
  await following.settled();
  await following.end();
  return settle({ log, store });
}

async function settle({ log, store }: Clinic) {
  const last = new Following(log, store);
  await last.start();
  await last.settled();
  const rebuilt = await last.views.rebuild();
  await last.end();
  const all = await readAll(log, {});
  const decided = all
    .filter(({ source }) => source.startsWith('/wardround/'))
    .map(({ id, type, subject, time, data }) => ({ id, type, subject, time, data }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  expect(new Set(decided.map(({ id }) => id)).size).toBe(decided.length);
  return { decided, changed: rebuilt.filter(({ rowsChanged }) => rowsChanged > 0) };
}

function silence(silent: boolean): void {
  Logger.overrideLogger(silent ? false : ['error', 'warn', 'fatal']);
}

function ofDeath(error: unknown): void {
  if (!(error instanceof Error) || !/^dead$|Wardround is stopping/.test(error.message)) throw error;
}

describe('lives that end anywhere between a fact and what follows from it', () => {
  // The dying say that they could not continue: that is expected here.
  beforeAll(() => silence(true));
  afterAll(() => silence(false));

  it('decide and show together what one long life does, each decision once', async () => {
    let decisions = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 4, maxLength: 24 }), async (happenings) => {
        const [short, long] = [await openClinic(), await openClinic()];
        try {
          const ofMany = await lives(short, happenings);
          const ofOne = await oneLife(long, happenings);
          expect(ofMany).toEqual(ofOne);
          expect(ofMany.changed).toEqual([]);
          decisions += ofOne.decided.length;
        } finally {
          await Promise.all([closeClinic(short), closeClinic(long)]);
        }
      }),
      { numRuns: 20 },
    );
    expect(decisions).toBeGreaterThan(20);
  }, 120_000);
});
