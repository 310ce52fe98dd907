import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Principal } from '../../access/principal.js';
import { EVENT_LOG, type EventLog } from '../../event-log/event-log.js';
import { WardroundError } from '../../shared/errors.js';
import { CLOCK, type Clock } from '../../shared/instant.js';
import { bytesText, countText } from '../../shared/quantity.js';
import { DataSpace } from '../../system/data-space.service.js';
import { AppendAdmission } from './append-admission.js';
import { contentModeOf, eventMediaTypes, readBinaryEvent, readJsonEvent, type SentEvent } from './cloud-events.js';
import { KnownCheckups } from './known-checkups.service.js';
import { judgeOutsideEvent, type RightEvent } from './outside-events.js';
import { ComeLater, InvalidEvents, InvalidRequest, type EventFaults } from '../problems.js';
import { mostEventsAtOnce, sourceQuota } from '../http/request-limits.js';
import { SourceQuota, type Stated } from './source-quota.js';

/** So many events that are not right are told of; the rest is not looked at. */
const mostErrors = 100;

/** A request with events, its body parsed from JSON. */
export interface EventsRequest {
  readonly contentType: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly body: unknown;
  /** Of the body as it came. */
  readonly bytes: number;
}

/** Takes events from outside into the log. */
@Injectable()
export class EventsIn {
  private readonly admission = new AppendAdmission();
  private readonly quota = new SourceQuota();

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(KnownCheckups) private readonly known: KnownCheckups,
    @Optional() @Inject(DataSpace) private readonly space: DataSpace | null = null,
  ) {}

  /**
   * Stores all events of a request, or none. Resolves once they are durable. What was stored before is not stored again, and
   * counts like the others.
   * @throws WardroundError `unsupported-media-type`, `bad-request` (with the faults of each event), `forbidden` (of results that
   * are not for outsiders to state), `conflict` (an id is known with other content), `too-large`,
   * `too-many-requests`, `not-ready` (the log is away), and what else `append` throws
   */
  async take(principal: Principal, request: EventsRequest, actor: string): Promise<{ readonly stored: number }> {
    const sent = sentEvents(request);
    const judged = this.judge(sent, actor);
    if (judged.length === 0) return { stored: 0 };
    await this.refuseStrangers(principal, judged);
    await this.refuseWithoutRoom();
    const events = judged.map(({ event }) => event);
    const stated = statedBySource(events, request.bytes);
    const leave = this.admission.enter(events.length, request.bytes);
    try {
      this.refuseTooMuch(stated);
      await this.store(stated, () =>
        this.log.append(events, { comparesTime: sent.map(({ attributes }) => attributes.has('time')) }),
      );
    } catch (error) {
      throw towardsSender(error);
    } finally {
      leave();
    }
    return { stored: events.length };
  }

  /** @throws ComeLater `no-space` while what room there is on the disk is kept for Wardround's own facts */
  private async refuseWithoutRoom(): Promise<void> {
    const refusal = await this.space?.refusesOutside();
    if (refusal) throw new ComeLater('no-space', refusal, 'Free some space on it', null);
  }

  /** @throws ComeLater `too-many-requests` if one of the sources has used up its quota; then nothing is taken of any */
  private refuseTooMuch(stated: ReadonlyMap<string, Stated>): void {
    const taken: [string, Stated][] = [];
    for (const [source, one] of stated) {
      const seconds = this.quota.take(source, one, performance.now());
      if (seconds === 0) {
        taken.push([source, one]);
        continue;
      }
      for (const [other, given] of taken) this.quota.giveBack(other, given, performance.now());
      throw usedUp(source, seconds);
    }
  }

  private async store(stated: ReadonlyMap<string, Stated>, append: () => Promise<unknown>): Promise<void> {
    try {
      await append();
    } catch (error) {
      for (const [source, one] of stated) this.quota.giveBack(source, one, performance.now());
      throw error;
    }
  }

  private judge(sent: readonly SentEvent[], actor: string): readonly RightEvent[] {
    const now = this.clock.now();
    const events: RightEvent[] = [];
    const errors: EventFaults[] = [];
    for (const [index, one] of sent.entries()) {
      const judged = judgeOutsideEvent(one, { now, actor });
      if ('event' in judged) events.push(judged);
      else errors.push({ index, id: idOf(one), faults: [...judged.faults] });
      if (errors.length === mostErrors) break;
    }
    if (errors.length > 0) throw new InvalidEvents(errors, sent.length);
    return events;
  }

  /** @throws InvalidEvents `forbidden` where results are not for outsiders to state */
  private async refuseStrangers(principal: Principal, events: readonly RightEvent[]): Promise<void> {
    const refusals = await this.known.refusals(
      principal,
      events.map(({ stated }) => stated),
    );
    const errors = events.flatMap(({ event }, index): EventFaults[] => {
      const refusal = refusals[index] ?? null;
      return refusal === null ? [] : [{ index, id: event.id, faults: [refusal] }];
    });
    if (errors.length > 0) throw new InvalidEvents(errors.slice(0, mostErrors), events.length, 'forbidden');
  }
}

function sentEvents({ contentType, rawHeaders, body }: EventsRequest): readonly SentEvent[] {
  const types = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
  if (types.length > 1) throw faulty('header.content-type', 'is given more than once');
  const mode = contentModeOf(contentType);
  switch (mode) {
    case 'binary':
      return [readBinaryEvent(rawHeaders, body)];
    case 'structured':
      return [readJsonEvent(mode, body)];
    case 'batch':
      if (!Array.isArray(body)) throw faulty('body', 'must be a JSON array of events');
      if (body.length > mostEventsAtOnce) throw tooMany(body.length);
      return body.map((item: unknown) => readJsonEvent(mode, item));
    case null:
      throw new WardroundError(
        'unsupported-media-type',
        `the Content-Type "${contentType}" is not supported`,
        `Supported types: ${Object.values(eventMediaTypes).join(', ')}, in UTF-8`,
      );
  }
}

function faulty(path: string, message: string): InvalidRequest {
  return new InvalidRequest('POST /api/v1/events', [{ path, message }]);
}

function tooMany(events: number): WardroundError {
  return new WardroundError(
    'too-large',
    `the batch has ${events} events; the maximum is ${mostEventsAtOnce}`,
    'Send them in several requests',
  );
}

/** The bytes of a request are shared out among its events: what matters is their sum. */
function statedBySource(events: readonly { readonly source: string }[], bytes: number): ReadonlyMap<string, Stated> {
  const stated = new Map<string, Stated>();
  for (const { source } of events) {
    const before = stated.get(source) ?? { events: 0, bytes: 0 };
    stated.set(source, { events: before.events + 1, bytes: before.bytes + bytes / events.length });
  }
  return stated;
}

function usedUp(source: string, seconds: number): ComeLater {
  const { events, eventsPerSecond, bytes, bytesPerSecond } = sourceQuota;
  return new ComeLater(
    'too-many-requests',
    `${source} exceeded the rate limit of a source: ${countText(events, 'event')} or ${bytesText(bytes)} in a burst, and ${eventsPerSecond} events and ${bytesText(bytesPerSecond)} per second`,
    'Retry later with the same ids, and send fewer events',
    seconds,
  );
}

function idOf({ attributes }: SentEvent): string | null {
  const id = attributes.get('id');
  return typeof id === 'string' ? id.slice(0, 200) : null;
}

const sendAgain = 'Send the same events again with the same ids: events that are already stored are not duplicated';

/** What the log says, for anyone who sent the events. */
function towardsSender(error: unknown): unknown {
  if (!(error instanceof WardroundError)) return error;
  const { code, message } = error;
  if (code === 'outcome-unknown') return new WardroundError(code, message, sendAgain, { cause: error });
  if (code === 'unreachable') {
    return new WardroundError('not-ready', `the event log is not available: ${message}`, sendAgain, { cause: error });
  }
  // They were right by their schemas: what the log does not take of them is for the sender to know, such as their size.
  if (code === 'event-invalid') return new WardroundError('bad-request', message, error.advice, { cause: error });
  return error;
}
