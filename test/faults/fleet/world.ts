import { z } from 'zod';
import { backupCompleted, backupLogged, backupStarted } from '../../../src/backups/backups.events.js';
import { checkupCompleted } from '../../../src/checkups/checkups.events.js';
import type { NewEvent } from '../../../src/event-log/envelope.js';
import { type EventDefinition, type EventOf } from '../../../src/event-log/event-types.js';
import { fact } from '../../../src/event-log/statement.js';
import { runSubject } from '../../../src/notifications/occasions/finished-run/run-about.js';
import { recipientGroupDefinitionSchema } from '../../../src/notifications/recipient-group.js';
import { ruleDefinitionSchema } from '../../../src/rules/rule.js';
import { toIso, type Instant } from '../../../src/shared/instant.js';
import { serverKey } from '../../../src/shared/names.js';

/** The world that is watched while everything breaks: its servers, the rules and groups, and what happens on a server. */
export const site = 'main';
const job = 'records';
export const checkup = 'probe';

export const servers = Array.from({ length: 50 }, (_, at) => `server-${String(at + 1).padStart(2, '0')}`);

/** One on what is measured now, one on what has been measured for some time, one on lines of a protocol. */
export const rules = z.array(ruleDefinitionSchema).parse([
  { name: 'high-tide', title: 'High tide', severity: 'critical', when: { checkup, metric: 'wave', above: 79 } },
  {
    name: 'long-ebb',
    title: 'Long ebb',
    severity: 'warning',
    when: { checkup, metric: 'swell', below: 30, for: '3s' },
  },
  { name: 'no-room', title: 'No room', severity: 'critical', when: { protocolLine: 'no room', level: 'error' } },
]);

export const groups = z.array(recipientGroupDefinitionSchema).parse([
  { name: 'everyone', subscriptions: [{ takes: 'always-with-log', channel: 'inbox' }] },
  {
    name: 'on-call',
    locale: 'de',
    subscriptions: [{ takes: 'failures-only', channel: 'inbox', to: ['night', 'day'] }],
  },
]);

export type Fact = NewEvent<
  EventOf<typeof checkupCompleted | typeof backupStarted | typeof backupLogged | typeof backupCompleted>
>;

/** Facts of one server that are appended together: all of them, or none. */
export interface Order {
  readonly server: string;
  /** Of its first fact: facts count from 1 per server. */
  readonly number: number;
  readonly facts: readonly Fact[];
}

export function factId(server: string, number: number): string {
  return `${server}-${number}`;
}

/** What happens on one server. The same chance gives the same happenings; only their times are those of the moment. */
export class Happenings {
  private next = 1;
  private swell = 50;
  private run: { readonly id: string; readonly fails: boolean; readonly startedAt: Instant } | null = null;

  constructor(
    private readonly server: string,
    private readonly random: () => number,
  ) {}

  /** @param now when it happens */
  order(now: Instant): Order {
    const number = this.next;
    const chance = this.random();
    if (this.run) {
      const facts = chance < 0.4 ? this.ended(now) : [this.measured(now)];
      return { server: this.server, number, facts };
    }
    if (chance < 0.03) return { server: this.server, number, facts: [...this.begun(now), ...this.ended(now)] };
    if (chance < 0.06) return { server: this.server, number, facts: this.begun(now) };
    const count = chance < 0.16 ? 3 : 1;
    return { server: this.server, number, facts: Array.from({ length: count }, () => this.measured(now)) };
  }

  private measured(now: Instant): Fact {
    // The swell goes up and down slowly, so that it stays low for some time.
    this.swell = Math.min(100, Math.max(0, this.swell + Math.round((this.random() - 0.5) * 40)));
    const wave = Math.floor(this.random() * 100);
    return this.state(checkupCompleted, `${serverKey(site, this.server)}/checkups/${checkup}`, now, {
      ...{ site, server: this.server, checkup, plugin: checkup, status: wave > 79 ? 'critical' : 'ok' },
      ...{ summary: `number ${this.next}`, details: '', durationMs: this.next, trigger: 'timetable' },
      metrics: [
        { name: 'wave', value: wave, unit: '' },
        { name: 'swell', value: this.swell, unit: '' },
      ],
    });
  }

  private begun(now: Instant): Fact[] {
    this.run = { id: `run-${this.server}-${this.next}`, fails: this.random() < 0.4, startedAt: now };
    const data = {
      ...{ ...this.about(), trigger: 'timetable' as const, plannedFor: toIso(now), computer: this.server },
      ...{ user: 'probe', destinations: ['second'] },
    };
    return [this.state(backupStarted, runSubject(this.about()), now, data)];
  }

  private ended(now: Instant): Fact[] {
    const fails = this.run?.fails ?? false;
    const startedAt = this.run?.startedAt ?? now;
    const line = { number: 1, time: toIso(now), level: fails ? ('error' as const) : ('info' as const), step: 'copy' };
    const logged = this.state(backupLogged, runSubject(this.about()), now, {
      ...this.about(),
      lines: [
        {
          ...{ ...line, computer: this.server, user: 'probe', place: '/records' },
          ...{ outcome: fails ? ('failed' as const) : ('done' as const), text: fails ? 'no room' : 'copied' },
        },
      ],
    });
    const error = fails ? { code: 'no-space' as const, text: 'no room' } : null;
    const completed = this.state(backupCompleted, runSubject(this.about()), now, {
      ...{ ...this.about(), outcome: fails ? ('failed' as const) : ('succeeded' as const), error },
      copies: [
        { destination: 'second', outcome: fails ? 'failed' : 'succeeded', place: fails ? null : '/second', error },
      ],
      ...{ suspicions: [], sources: [], warnings: null },
      ...{ files: 3, bytes: 300, startedAt: toIso(startedAt), durationMs: Math.max(0, now - startedAt) },
    });
    this.run = null;
    return [logged, completed];
  }

  private about() {
    return { site, server: this.server, job, runId: this.run?.id ?? '' };
  }

  private state<D extends EventDefinition>(definition: D, subject: string, now: Instant, data: z.input<D['data']>) {
    const key = serverKey(site, this.server);
    const stated = fact(definition, { source: key, subject, partitionkey: key, now, data });
    return { ...stated, id: factId(this.server, this.next++) };
  }
}
