import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../access/principal.js';
import { notAgreed } from '../clock/clock-jump.js';
import { EVENT_LOG, type EventLog, type PartHealth } from '../event-log/event-log.js';
import type { LogIdentity } from '../event-log/log-identity.js';
import { CLOCK, toIso, type Clock, type Instant } from '../shared/instant.js';
import { programVersion } from '../shared/package.adapter.js';
import { SETTINGS, type Settings } from '../shared/settings.js';
import { readDeliveryTroubles } from '../notifications/undelivered.adapter.js';
import type { Undelivered } from '../notifications/undelivered.js';
import type { ClockJump } from '../clock/views/clocks/clocks.entity.js';
import { openClockJumps } from '../clock/views/clocks/clocks.queries.js';
import { outboxTable } from '../store/bookkeeping.entity.js';
import { messageTable } from '../notifications/views/messages/messages.entity.js';
import { ViewStore } from '../store/view-store.adapter.js';
import type { Consumer } from './consumer.js';
import { Consumers } from './consumers.service.js';
import { Readiness } from './readiness.service.js';
import { withTimeLimit } from '../shared/time-limit.adapter.js';

const patienceMs = 1_500;

/** How this process is, for those who run it. */
export interface SystemReport {
  readonly version: string;
  readonly computer: string;
  readonly pid: number;
  readonly role: Settings['role'];
  readonly engines: Settings['engines'];
  /** RFC 3339. */
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  /** Whose the event log is; null if that cannot be read now. */
  readonly log: LogIdentity | null;
  /** The partitions of the log whose events this process handles now. */
  readonly partitions: readonly number[];
  readonly parts: readonly PartHealth[];
  readonly consumers: readonly Consumer[];
  /** Decisions that are not in the log yet, of all processes; null if they cannot be counted now. */
  readonly outboxWaiting: number | null;
  /** Messages that are still to be delivered, of all processes; null if they cannot be counted now. */
  readonly messagesWaiting: number | null;
  /** Jumps of the clock that keep retention waiting; null if that cannot be read now. */
  readonly clockJumps: readonly ClockJump[] | null;
  /** Groups that could not be told; null if that cannot be read now. */
  readonly undelivered: readonly Undelivered[] | null;
  /** Groups that asked for e-mail while no mail server is configured; null if that cannot be read now. */
  readonly withoutMailServer: readonly string[] | null;
}

/** Gathers what there is to say about this process. */
@Injectable()
export class SystemService {
  private readonly startedAt: Instant;
  private readonly version = programVersion();

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(ViewStore) private readonly store: Pick<ViewStore, 'read'>,
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(Consumers) private readonly consumers: Consumers,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(EVENT_LOG) private readonly log: Pick<EventLog, 'identity'>,
  ) {
    this.startedAt = clock.now();
  }

  /** Answers within two seconds or so, whatever hangs. */
  async report(principal: Principal): Promise<SystemReport> {
    const { read } = this.store;
    const [parts, consumers, outboxWaiting, messagesWaiting, troubles, log, jumps] = await Promise.all([
      this.readiness.parts(),
      this.consumers.list(),
      orNull(read.count(outboxTable)),
      orNull(read.countBy(messageTable, { state: 'waiting' })),
      orNull(readDeliveryTroubles(principal, read, this.clock.now())),
      orNull(this.log.identity()),
      orNull(openClockJumps(principal, read)),
    ]);
    const { role, engines, computer } = this.settings;
    return {
      ...{ version: this.version, computer, pid: process.pid, role, engines },
      startedAt: toIso(this.startedAt),
      uptimeSeconds: Math.max(0, Math.round((this.clock.now() - this.startedAt) / 1000)),
      partitions: this.consumers.partitions(),
      ...{ log, parts, consumers, outboxWaiting, messagesWaiting },
      clockJumps: jumps && notAgreed(jumps, this.clock.now()),
      undelivered: troubles && troubles.undelivered,
      withoutMailServer: troubles && troubles.withoutMailServer,
    };
  }
}

/** Null where the database does not say: that is among the parts. */
async function orNull<Value>(asked: Promise<Value>): Promise<Value | null> {
  try {
    return await withTimeLimit(patienceMs, asked);
  } catch {
    return null;
  }
}
