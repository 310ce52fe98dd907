import { theSystem } from '../access/principal.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { finishedRun, type FinishedRunOptions } from '../../test/fixtures/finished-run.js';
import { TestSmtpServer } from '../../test/fixtures/smtp.js';
import { openFoldedLog, type FoldedLog } from '../../test/fixtures/folded-log.js';
import { eachViewStore, storePatienceMs } from '../../test/fixtures/view-stores.js';
import type { AnyEvent } from '../capabilities.js';
import { isOneOf, typesOf } from '../event-log/event-types.js';
import type { NewEvent } from '../event-log/envelope.js';
import { readAll, type EventLog } from '../event-log/event-log.js';
import { decision, fact } from '../event-log/statement.js';
import { openPluginHost, type ForkingPluginHost } from '../plugin-host/plugin-host.adapter.js';
import type { PluginHost } from '../plugin-host/plugin-host.js';
import { WardroundError } from '../shared/errors.js';
import { definitionsKey, serverKey } from '../shared/names.js';
import { packageRoot } from '../shared/package.adapter.js';
import { deliveryClaimTable } from './delivery-claim.entity.js';
import { messageTable } from './views/messages/messages.entity.js';
import { findMessage } from './views/messages/messages.queries.js';
import type { ViewStore } from '../store/view-store.adapter.js';
import type { ViewsService } from '../folding/views.service.js';
import { DeliveryWorker, type DeliveryPorts, type DeliverySettings } from './delivery.worker.js';
import { messageSubject } from './message-address.js';
import {
  channelDefined,
  messageDecided,
  notificationsSource,
  messageDelivered,
  messageFailed,
} from './notifications.events.js';
import { MessageRenderer } from './render.adapter.js';

const minute = 60_000;
const start = Date.parse('2026-11-22T02:00:00Z');
const error = { code: 'no-space', text: 'no space left on the disk of /mnt/usb' } as const;
const secret = 'correct horse battery staple';
const renderer = new MessageRenderer();

let plugins: ForkingPluginHost;
let smtp: TestSmtpServer;
let folded: FoldedLog;
let log: EventLog;
let store: ViewStore;
let views: ViewsService;
let now = start;

beforeAll(async () => {
  plugins = await openPluginHost({
    pluginsFolder: join(packageRoot, 'dist', 'plugins'),
    resolveReference: (reference) => (reference.kind === 'env' ? secret : null),
  });
});
afterAll(() => plugins.close());

function worker(settings: DeliverySettings = {}, ports: Partial<DeliveryPorts> = {}): DeliveryWorker {
  const clock = { now: () => now };
  return new DeliveryWorker({ store, log, plugins, renderer, clock, ...ports }, { timeZone: 'UTC', ...settings });
}

function append(...events: readonly NewEvent[]): Promise<void> {
  return folded.append(...events);
}

function failedRun(runId: string, more: Partial<FinishedRunOptions> = {}) {
  const lines = [{ text: 'source can be read' }, { level: 'error', text: error.text } as const];
  return finishedRun({ runId, startedAt: start, error, lines, ...more });
}

function decided(messageId: string, channel = 'email', runIds: readonly string[] = ['r1']): NewEvent<AnyEvent> {
  return decision(messageDecided, [messageId], {
    source: notificationsSource,
    subject: messageSubject('it', messageId),
    partitionkey: serverKey('main', 'reception'),
    now: start + 5 * minute,
    data: {
      ...{ messageId, group: 'it', channel, to: channel === 'email' ? ['it@clinic.example'] : [], locale: 'en' },
      ...{ template: 'backup-failed', reason: 'backup-failed', period: null, inPlaceOf: null },
      about: runIds.map((runId) => ({
        kind: 'run',
        ref: { site: 'main', server: 'reception', job: 'records', runId },
      })),
    },
  });
}

function mailServer(more: Record<string, unknown> = {}): NewEvent<AnyEvent> {
  const settings = { host: '127.0.0.1', port: smtp.port, encryption: 'none', from: 'Wardround <ward@clinic.example>' };
  return fact(channelDefined, {
    ...{ source: '/wardround/configuration', subject: '/channels/email', partitionkey: definitionsKey, now: start },
    data: { channel: 'email', definition: { plugin: 'email', parameters: { ...settings, ...more } } },
  });
}

async function fates(messageId: string) {
  const types = [messageDelivered, messageFailed] as const;
  const events = await readAll(log, { subject: messageSubject('it', messageId), types: typesOf(types) });
  return events.filter((event) => isOneOf(event, types));
}

async function claimEnd(messageId: string): Promise<string> {
  return (await store.read.findOneByOrFail(deliveryClaimTable, { messageId })).claimedUntil;
}

const row = async (messageId: string) => findMessage(theSystem, store.read, messageId);

describe.each(eachViewStore)('on $name', ({ open }) => {
  beforeEach(async () => {
    now = start + 10 * minute;
    smtp = await TestSmtpServer.start();
    folded = await openFoldedLog(open, { clock: { now: () => now } });
    ({ log, store, views } = folded);
  }, storePatienceMs);
  afterEach(async () => {
    await folded.close();
    await smtp.stop();
  });

  describe('a worker that delivers', () => {
    it('says once of a message why it cannot be made, however often it is tried', async () => {
      const said = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
      const strange = decided('m1', 'inbox');
      await append(...failedRun('r1'), {
        ...strange,
        data: Object.assign({}, strange.data, { template: 'of-tomorrow' }),
      });
      const patient = worker();
      for (let times = 0; times < 3; times++) {
        await patient.start();
        const claim = () => store.read.findOneBy(deliveryClaimTable, { messageId: 'm1' });
        while (((await claim())?.claimedUntil ?? '') <= new Date(now).toISOString()) await sleep(20);
        await patient.stop();
        now += 2 * minute;
      }
      expect(said.mock.calls).toEqual([
        [expect.stringMatching(/^message m1: .*of-tomorrow.* tried again every minute$/)],
      ]);
      said.mockRestore();
    });

    it('sends what was decided, with the whole protocol, and records what it said', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'));
      expect(await worker().deliverNext()).toBe('delivered');
      const [received, ...more] = smtp.mails;
      expect(more).toEqual([]);
      expect(received?.to).toEqual(['it@clinic.example']);
      expect(received?.mail.subject).toBe('Backup failed: records on reception');
      expect(received?.mail.text).toContain('source can be read');
      expect(received?.mail.text).toContain(error.text);
      expect(received?.mail.html).toContain(error.text);
      expect(received?.mail.messageId).toBe('<m1@clinic.example>');
      await views.caughtUp();
      expect(await row('m1')).toMatchObject({
        ...{ state: 'delivered', attempts: 1, deliveredBy: 'email', subject: 'Backup failed: records on reception' },
        receipt: expect.stringMatching(/^250 /),
        text: expect.stringContaining('02:00:01  Error'),
      });
      expect(await worker().deliverNext()).toBe('nothing-due');
    });

    it('gives a channel the settings that the configuration states for it', async () => {
      const pagers = await openPluginHost({
        pluginsFolder: join(packageRoot, 'test/fixtures/plugins'),
        resolveReference: () => '/dev/ttyS0',
      });
      const pager = fact(channelDefined, {
        ...{ source: '/wardround/configuration', subject: '/channels/pager', partitionkey: definitionsKey, now: start },
        data: { channel: 'pager', definition: { plugin: 'sends', parameters: { device: '${env:PAGER}' } } },
      });
      await append(pager, ...failedRun('r1'), decided('m1', 'pager'));
      expect(await worker({}, { plugins: pagers }).deliverNext()).toBe('delivered');
      await views.caughtUp();
      expect(await row('m1')).toMatchObject({ state: 'delivered', deliveredBy: 'pager' });
      expect((await row('m1'))?.receipt).toMatch(/^took m1 by /);
      await pagers.close();
    });

    it('tries again when the mail server was down, under the same Message-ID, and says when', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'));
      await smtp.stop();
      expect(await worker().deliverNext()).toBe('retry');
      await views.caughtUp();
      expect(await row('m1')).toMatchObject({
        ...{ state: 'waiting', attempts: 1, nextAttemptAt: '2026-11-22T02:11:00.000Z' },
        lastError: expect.stringContaining('is not reachable'),
      });
      await smtp.startAgain();
      expect(await worker().deliverNext()).toBe('nothing-due');
      now += minute;
      expect(await worker().deliverNext()).toBe('delivered');
      expect(smtp.mails.map(({ mail }) => mail.messageId)).toEqual(['<m1@clinic.example>']);
      expect((await fates('m1')).map(({ type, data }) => [type, data.attempt])).toEqual([
        ['message.failed', 1],
        ['message.delivered', 2],
      ]);
    });

    it('gives up at once what the mail server refuses for good', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'));
      smtp.refuse({ at: 'recipient', code: 550, text: 'no such user' });
      expect(await worker().deliverNext()).toBe('gave-up');
      await views.caughtUp();
      expect(await row('m1')).toMatchObject({
        state: 'failed',
        lastError: expect.stringContaining('550 no such user'),
      });
      now += 60 * minute;
      // The inbox gets it in its place, once, and the mail server is not asked again.
      expect(await worker().deliverNext()).toBe('delivered');
      await views.caughtUp();
      expect(await row('m1')).toMatchObject({ state: 'failed', attempts: 1 });
      now += 60 * minute;
      expect(await worker().deliverNext()).toBe('nothing-due');
    });

    it('gives up after three days without a mail server', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'));
      await smtp.stop();
      await worker().deliverNext();
      await views.caughtUp();
      now += 3 * 24 * 60 * minute;
      expect(await worker().deliverNext()).toBe('gave-up');
      expect((await fates('m1')).at(-1)).toMatchObject({ data: { kind: 'retryable', retryAt: null } });
    });

    it('F6 kind: sends what was decided by a clock that ran ahead, once that is right', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'));
      now = start - 730 * 24 * 60 * minute;
      expect(await worker().deliverNext()).toBe('delivered');
      expect(smtp.mails).toHaveLength(1);
      await views.caughtUp();
      expect(await worker().deliverNext()).toBe('nothing-due');
    });

    it('F6 kind: tries again within an hour what was to be tried again by a clock that ran ahead', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'));
      const right = now;
      now += 730 * 24 * 60 * minute;
      await smtp.stop();
      expect(await worker().deliverNext()).toBe('retry');
      await views.caughtUp();
      now = right;
      // The inbox has it meanwhile, as always when an address is out of reach.
      expect(await worker().deliverNext()).toBe('delivered');
      await views.caughtUp();
      expect(await worker().deliverNext()).toBe('retry');
      await views.caughtUp();
      expect(await worker().deliverNext()).toBe('nothing-due');
      const { nextAttemptAt } = (await row('m1')) ?? {};
      expect(Date.parse(nextAttemptAt ?? '')).toBeLessThanOrEqual(right + 60 * minute);
    });

    it('puts mail into the inbox while no mail server is configured, and says so', async () => {
      await append(...failedRun('r1'), decided('m1'));
      expect(await worker().deliverNext()).toBe('delivered');
      await views.caughtUp();
      expect(await row('m1')).toMatchObject({
        ...{ state: 'delivered', channel: 'email', deliveredBy: 'inbox' },
        receipt: expect.stringMatching(/no mail server is configured.*instead of it@clinic\.example/),
      });
    });

    it('waits for the end of a run that the log does not hold yet', async () => {
      await append(mailServer(), decided('m1'));
      expect(await worker().deliverNext()).toBe('later');
      await append(...failedRun('r1'));
      now += 5_000;
      expect(await worker().deliverNext()).toBe('delivered');
    });

    it('never shows a password, also where the mail server refuses it', async () => {
      const strict = await TestSmtpServer.start({ login: { user: 'ward', password: 'another one' } });
      const login = { port: strict.port, user: 'ward', password: '${env:SMTP_PASSWORD}' };
      await append(mailServer(login), ...failedRun('r1'), decided('m1'));
      expect(await worker().deliverNext()).toBe('retry');
      await strict.stop();
      expect(await fates('m1')).toMatchObject([
        { data: { error: expect.stringContaining('refused the user "ward"') } },
      ]);
      expect(JSON.stringify(await readAll(log, {}))).not.toContain(secret);
    });

    it('records a text of great length cut, with a note', async () => {
      const lines = Array.from({ length: 5_000 }, (_, index) => ({ text: `line ${index} ${'x'.repeat(80)}` }));
      await append(...failedRun('r1', { lines }), decided('m1', 'inbox'));
      await worker().deliverNext();
      await views.caughtUp();
      const text = (await row('m1'))?.text ?? '';
      expect(text.length).toBeLessThanOrEqual(200_000);
      expect(text).toMatch(/omitted here because of its length\. The Wardround board shows all of it\.\)$/);
    });

    it('tries again later what it has no channel for: someone may still install it', async () => {
      await append(...failedRun('r1'), decided('m1', 'fax'));
      expect(await worker().deliverNext()).toBe('retry');
      expect(await fates('m1')).toMatchObject([
        { data: { error: expect.stringContaining('no channel plugin "fax"') } },
      ]);
    });
  });

  describe('no message is sent twice', () => {
    it('by two workers at once', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'), decided('m2'));
      const workers = [worker(), worker(), worker(), worker()];
      const results = await Promise.all(workers.map((one) => one.deliverNext()));
      expect([...results].sort()).toEqual(['delivered', 'delivered', 'nothing-due', 'nothing-due']);
      expect(smtp.mails.map(({ mail }) => mail.messageId).sort()).toEqual([
        '<m1@clinic.example>',
        '<m2@clinic.example>',
      ]);
    });

    it('while the view lags behind the log, even after the claim has ended', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'));
      await views.stop();
      expect(await worker().deliverNext()).toBe('delivered');
      expect((await row('m1'))?.state).toBe('waiting');
      now += 11 * minute;
      expect(await worker().deliverNext()).toBe('settled-already');
      expect(smtp.mails).toHaveLength(1);
    });

    it('by another process while one has it in progress for longer than a claim lasts', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'));
      const gate = gateBefore('email');
      const slow = worker({ alone: false, claimMs: 200 }, { plugins: gate.host }).deliverNext();
      await gate.reached;
      for (let round = 0; round < 3; round++) {
        const end = await claimEnd('m1');
        now += 150;
        while ((await claimEnd('m1')) <= end) await new Promise((resolve) => setTimeout(resolve, 10));
        expect(await worker({ alone: false }).deliverNext()).toBe('nothing-due');
      }
      gate.open();
      expect(await slow).toBe('delivered');
      expect(smtp.mails).toHaveLength(1);
    });

    it('when the view is rebuilt and shows it as waiting meanwhile', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'));
      await worker().deliverNext();
      await views.caughtUp();
      const waiting = { state: 'waiting', attempts: 0, nextAttemptAt: '2026-11-22T02:05:00.000Z' } as const;
      await store.write((tx) => tx.update(messageTable, { messageId: 'm1' }, waiting));
      now += 60 * minute;
      expect(await worker().deliverNext()).toBe('settled-already');
      expect(smtp.mails).toHaveLength(1);
    });

    it('by another process that does not see yet that it went out', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'));
      await views.stop();
      expect(await worker({ alone: false }).deliverNext()).toBe('delivered');
      now += 11 * minute;
      const late: EventLog = {
        read: async function* (filter) {
          for await (const batch of log.read(filter)) {
            yield batch.filter(({ event }) => event.type !== 'message.delivered');
          }
        },
        append: (events) => log.append(events),
        head: () => log.head(),
        identity: () => log.identity(),
        partitions: () => log.partitions(),
        subscribe: (options) => log.subscribe(options),
        close: () => log.close(),
      };
      expect(await worker({ alone: false }, { log: late }).deliverNext()).toBe('nothing-due');
      expect(smtp.mails).toHaveLength(1);
    });

    it('when it went out and the log could not take that down at first', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'));
      let full = true;
      const failing: EventLog = {
        append: (events) =>
          full ? Promise.reject(new WardroundError('no-space', 'the disk is full')) : log.append(events),
        read: (filter) => log.read(filter),
        head: () => log.head(),
        identity: () => log.identity(),
        partitions: () => log.partitions(),
        subscribe: (options) => log.subscribe(options),
        close: () => log.close(),
      };
      const one = worker({}, { log: failing });
      await expect(one.deliverNext()).rejects.toThrow('the disk is full');
      now += 2 * minute;
      await expect(one.deliverNext()).rejects.toThrow('the disk is full');
      full = false;
      now += 2 * minute;
      expect(await one.deliverNext()).toBe('settled-already');
      expect(smtp.mails).toHaveLength(1);
      expect(await fates('m1')).toMatchObject([{ type: 'message.delivered', data: { attempt: 1 } }]);
    });
  });

  describe('a worker that was started', () => {
    it('delivers by itself all that is due, and what it is woken for', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'), decided('m2', 'inbox'));
      const one = worker();
      await one.start();
      await smtp.received(1);
      await append(decided('m3'));
      one.wake();
      await smtp.received(2);
      await one.stop();
      await views.caughtUp();
      for (const messageId of ['m1', 'm2', 'm3']) expect(await row(messageId)).toMatchObject({ state: 'delivered' });
    });

    it('says once that the database is not available, and once that it is back', async () => {
      const lines: string[] = [];
      const take = (text: string) => void lines.push(text);
      Logger.overrideLogger({ log: take, warn: take, error: take });
      let looks = 0;
      let away = true;
      const { read } = store;
      jest.spyOn(store, 'isAway').mockReturnValue(true);
      jest.spyOn(store, 'read', 'get').mockImplementation(() => {
        looks++;
        if (away) throw new Error(`refused ${looks} times`);
        return read;
      });
      const one = worker({ alone: false });
      await one.start();
      for (; looks < 5; one.wake()) await sleep(1);
      away = false;
      for (; lines.length < 2; one.wake()) await sleep(1);
      await one.stop();
      jest.restoreAllMocks();
      Logger.overrideLogger(['error', 'warn', 'fatal']);
      expect(lines).toEqual([
        'Messages that are due cannot be read at the moment: refused 1 times',
        'Finding messages that are due works again',
      ]);
    });

    it('finishes what it has in progress when it is stopped, and takes nothing more', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'), decided('m2'));
      const gate = gateBefore('email');
      const one = worker({}, { plugins: gate.host });
      await one.start();
      await gate.reached;
      const stopped = one.stop();
      gate.open();
      await stopped;
      expect(await fates('m1')).toMatchObject([{ type: 'message.delivered' }]);
      expect(await fates('m2')).toEqual([]);
    });

    it('does not let a mail server that hangs hold up the inbox', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'), decided('m2', 'inbox'));
      const gate = gateBefore('email');
      const one = worker({}, { plugins: gate.host });
      await one.start();
      while ((await fates('m2')).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await fates('m1')).toEqual([]);
      gate.open();
      await one.stop();
    });

    it('takes up at once what a kill left claimed, where it is alone; elsewhere when the claim ends', async () => {
      await append(mailServer(), ...failedRun('r1'), decided('m1'));
      const gate = gateBefore('email');
      const killed = worker({}, { plugins: gate.host });
      const hanging = killed.deliverNext();
      await gate.reached;
      const other = worker({ alone: false });
      await other.start();
      expect(await other.deliverNext()).toBe('nothing-due');
      await other.stop();
      const next = worker({ alone: true });
      await next.start();
      await smtp.received(1);
      await next.stop();
      gate.fail();
      await hanging;
      expect(smtp.mails).toHaveLength(1);
    });
  });

  /** The real host, but calls of one channel wait until the gate opens, or then fail. */
  function gateBefore(channel: string) {
    const opened = promised<boolean>();
    const arrived = promised<true>();
    const host: PluginHost = {
      plugins: () => plugins.plugins(),
      problems: () => plugins.problems(),
      faultsOf: (...about) => plugins.faultsOf(...about),
      close: () => plugins.close(),
      call: async (call) => {
        if (call.plugin === channel) {
          arrived.resolve(true);
          if (!(await opened.promise)) throw new WardroundError('cancelled', 'the process was killed');
        }
        return plugins.call(call);
      },
    };
    return { host, reached: arrived.promise, open: () => opened.resolve(true), fail: () => opened.resolve(false) };
  }

  /** A promise and what resolves it. */
  function promised<T>() {
    const waiting: ((value: T) => void)[] = [];
    const promise = new Promise<T>((resolve) => waiting.push(resolve));
    return { promise, resolve: (value: T) => waiting.forEach((resolve) => resolve(value)) };
  }
});
