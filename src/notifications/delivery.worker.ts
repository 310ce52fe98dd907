import { Logger } from '@nestjs/common';
import type { EventOf } from '../event-log/event-types.js';
import type { NewEvent } from '../event-log/envelope.js';
import { readAll } from '../event-log/event-log.js';
import { decision } from '../event-log/statement.js';
import { describeError } from '../shared/errors.js';
import { toIso, type Clock, type Instant } from '../shared/instant.js';
import { LastingTrouble } from '../shared/lasting-trouble.js';
import { afterAttempt, latestWait } from './after-attempt.js';
import { DeliveryClaims, type DueMessage, longestClaimMs } from './delivery-claims.adapter.js';
import { deliveryHistory, type DeliveryHistory } from './delivery-history.js';
import { messageSubject } from './message-address.js';
import {
  MessageSender,
  type Records,
  type Route,
  type SenderPorts,
  type SentMessage,
} from './message-sender.adapter.js';
import { messageDelivered, messageFailed, notificationsSource, type messageDecided } from './notifications.events.js';
import type { Occasions } from './occasions/occasions.js';
import { otherWays } from './other-way.js';
import { cutText } from './plain-text.js';
import { words } from './message-words.js';

const pollMs = 1_000;
const usualClaimMs = 60_000;
/** When to look again for what the log does not hold yet, such as the end of a run. */
const laterMs = 5_000;
/** When to try again after something of our own failed, such as the database. */
const afterFaultMs = 60_000;
const longestStoredText = 200_000;

export interface DeliveryPorts extends SenderPorts {
  readonly clock: Clock;
}

export interface DeliverySettings {
  /** Whose clock the times in messages mean, unless the group says another; without it, the computer's own. */
  readonly timeZone?: string;
  /** True (the default) where no other process delivers from the same database: then claims that a kill left are void. */
  readonly alone?: boolean;
  /**
   * So long after its holder has died, or could not reach the database, someone else may take a message; a minute if
   * absent. Anyone who has it in progress holds on to it for as long as that takes.
   */
  readonly claimMs?: number;
  /** What messages can be about; without it, all that the product knows. */
  readonly occasions?: Occasions;
}

export type DeliveryResult = 'delivered' | 'retry' | 'gave-up' | 'later' | 'settled-already' | 'nothing-due';

type Open = Extract<DeliveryHistory, { state: 'open' }>;

/**
 * Delivers messages that are due: claims, renders, calls the channel's plugin, appends what became of it.
 *
 * The messages view only says where to look; whether a message is still to be sent is read from the log itself, so that
 * a view that lags or is being rebuilt sends nothing twice. One gap is left, as with every mail program: if the process
 * is killed after the other side accepted a message and before that is in the log, it is sent again, with the same id.
 */
export class DeliveryWorker {
  private readonly logger = new Logger('Delivery');
  private readonly trouble = new LastingTrouble(this.logger);
  private readonly claims: DeliveryClaims;
  private readonly sender: MessageSender;
  /** One message at a time per channel: a mail server that hangs does not hold up the inbox. */
  private readonly lanes = new Map<string, Promise<void>>();
  /** What could not be appended. The message is not sent again while this process remembers. */
  private readonly unrecorded = new Map<string, NewEvent>();
  /** By message, what went wrong with it here, as it was said last: it is tried again each minute. */
  private readonly said = new Map<string, string>();
  private timer: NodeJS.Timeout | null = null;
  private round: Promise<void> | null = null;
  private asked = false;
  private sweptAt: Instant = 0;

  constructor(
    private readonly ports: DeliveryPorts,
    private readonly settings: DeliverySettings = {},
  ) {
    this.claims = new DeliveryClaims(ports.store);
    this.sender = new MessageSender(ports, settings.timeZone, settings.occasions);
  }

  /** Begins to deliver. Call it once the views have caught up with the log. */
  async start(): Promise<void> {
    if (this.isAlone) await this.claims.releaseAll();
    this.timer = setInterval(() => this.wake(), pollMs).unref();
    this.wake();
  }

  /** Says that something may be due. Does nothing unless started. */
  wake(): void {
    if (this.timer === null) return;
    if (this.round) {
      this.asked = true;
      return;
    }
    this.round = this.lookRound().finally(() => {
      this.round = null;
      if (!this.asked) return;
      this.asked = false;
      this.wake();
    });
  }

  /** Starts nothing more, and resolves when the work in progress is done. */
  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.round;
    await Promise.all(this.lanes.values());
    await this.recordTheRest();
  }

  private get isAlone(): boolean {
    return this.settings.alone ?? true;
  }

  private get claimMs(): number {
    return this.settings.claimMs ?? usualClaimMs;
  }

  private async recordTheRest(): Promise<void> {
    for (const [messageId, event] of this.unrecorded) {
      try {
        await this.record(messageId, event);
      } catch (error) {
        this.logger.error(`message ${messageId} was sent, but this could not be recorded: ${describeError(error)}`);
      }
    }
  }

  /** Claims and delivers the message that has been due for longest. */
  async deliverNext(): Promise<DeliveryResult> {
    const now = this.ports.clock.now();
    const message = await this.claims.claimDue(now, now + this.claimMs, []);
    return message ? this.deliver(message) : 'nothing-due';
  }

  private async lookRound(): Promise<void> {
    try {
      await this.claimAll();
      this.trouble.over('Finding messages that are due works again');
    } catch (error) {
      const text = `Messages that are due cannot be read at the moment: ${describeError(error)}`;
      this.trouble.met(text, this.ports.store.troubleKind(error));
    }
  }

  private async claimAll(): Promise<void> {
    while (this.timer !== null) {
      const now = this.ports.clock.now();
      const message = await this.claims.claimDue(now, now + this.claimMs, [...this.lanes.keys()]);
      if (!message) break;
      this.lanes.set(message.channel, this.runLane(message));
    }
    await this.sweep();
  }

  private async sweep(): Promise<void> {
    const now = this.ports.clock.now();
    if (now < this.sweptAt + this.claimMs) return;
    this.sweptAt = now;
    await this.claims.sweep(now);
  }

  private async runLane(message: DueMessage): Promise<void> {
    try {
      await this.deliver(message);
      this.said.delete(message.messageId);
    } catch (error) {
      this.sayOnce(message.messageId, describeError(error));
    } finally {
      this.lanes.delete(message.channel);
      this.wake();
    }
  }

  private sayOnce(messageId: string, text: string): void {
    if (this.said.get(messageId) === text) return;
    this.said.set(messageId, text);
    this.logger.error(`message ${messageId}: ${text}. It is tried again every minute`);
  }

  private async deliver(message: DueMessage): Promise<DeliveryResult> {
    const { messageId, group } = message;
    const holdingOn = setInterval(() => this.holdOn(messageId), this.claimMs / 4).unref();
    try {
      const settled = this.unrecorded.get(messageId);
      if (settled) {
        await this.record(messageId, settled);
        return 'settled-already';
      }
      const history = deliveryHistory(await readAll(this.ports.log, { subject: messageSubject(group, messageId) }));
      if (history.state === 'settled') return 'settled-already';
      const now = this.ports.clock.now();
      if (history.state === 'unknown') return await this.later(messageId, now + laterMs);
      if (history.dueAt > now && history.dueAt <= latestWait(now)) return await this.later(messageId, history.dueAt);
      const records = await this.sender.recordsOf(history.decided.data);
      return records === null ? await this.later(messageId, now + laterMs) : await this.attempt(history, records);
    } catch (error) {
      await this.claims.holdUntil(messageId, this.ports.clock.now() + afterFaultMs);
      throw error;
    } finally {
      clearInterval(holdingOn);
    }
  }

  private holdOn(messageId: string): void {
    this.claims.extend(messageId, this.ports.clock.now() + this.claimMs).catch((error: unknown) => {
      this.logger.warn(`message ${messageId} is being sent, and its claim may expire: ${describeError(error)}`);
    });
  }

  private async later(messageId: string, until: Instant): Promise<'later'> {
    await this.claims.holdUntil(messageId, until);
    return 'later';
  }

  private async attempt(history: Open, records: Records): Promise<DeliveryResult> {
    const { decided } = history;
    const startedAt = this.ports.clock.now();
    const route = await this.sender.routeOf(decided);
    let sent: SentMessage;
    try {
      sent = await this.sender.send(decided, route, records);
    } catch (error) {
      return this.failed(history, route, error, startedAt);
    }
    const { messageId, locale } = decided.data;
    const { subject, text } = sent.message;
    const event = decision(messageDelivered, [messageId], {
      ...this.about(decided),
      data: {
        ...{ messageId, channel: route.channel, attempt: history.attempt, subject },
        receipt: `${sent.receipt}${route.note}`.slice(0, 1000),
        text: cutText(text, longestStoredText, words[locale].cut),
      },
      now: this.ports.clock.now(),
    });
    // From here on the message has gone out: whatever happens to the append, it must not go out again.
    await this.record(messageId, event);
    if (!this.isAlone) await this.claims.holdUntil(messageId, this.ports.clock.now() + longestClaimMs);
    return 'delivered';
  }

  private async failed(history: Open, route: Route, error: unknown, startedAt: Instant): Promise<DeliveryResult> {
    const { decided, attempt } = history;
    const { messageId } = decided.data;
    const kind = isPermanent(error) ? 'permanent' : 'retryable';
    const now = this.ports.clock.now();
    const verdict = afterAttempt({ attempt, firstAttemptAt: history.firstAttemptAt ?? startedAt }, { kind }, now);
    const retryAt = verdict.next === 'retry' ? verdict.retryAt : null;
    const text = describeError(error).slice(0, 2000);
    const event = decision(messageFailed, [messageId, String(attempt)], {
      ...this.about(decided),
      data: {
        ...{ messageId, channel: route.channel, attempt, kind, error: text },
        retryAt: retryAt === null ? null : toIso(retryAt),
      },
      now,
    });
    const failure = { error: text, gaveUp: retryAt === null, now };
    const group = await this.sender.groupOf(decided);
    await this.ports.log.append([event, ...otherWays(decided, group, failure)]);
    if (retryAt === null) return 'gave-up';
    await this.claims.holdUntil(messageId, retryAt);
    return 'retry';
  }

  private about(decided: EventOf<typeof messageDecided>) {
    const { partitionkey, subject, id } = decided;
    return { source: notificationsSource, partitionkey, subject, causationid: id };
  }

  private async record(messageId: string, event: NewEvent): Promise<void> {
    this.unrecorded.set(messageId, event);
    await this.ports.log.append([event]);
    this.unrecorded.delete(messageId);
  }
}

/** The plugin host says so by the cause of its error. */
function isPermanent(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === 'PermanentFailure';
}
