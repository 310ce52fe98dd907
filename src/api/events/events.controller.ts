import { Controller, Inject, Req, Res, type OnModuleDestroy } from '@nestjs/common';
import { Asking } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { EVENT_LOG, type Checkpoint, type EventLog } from '../../event-log/event-log.js';
import { fromIso, toIso } from '../../shared/instant.js';
import { cursorScope, decodeCursor, encodeCursor } from '../cursor.js';
import { isSamePosition, readEventPage, type EventPage } from './event-page.js';
import { EventsIn } from './events-in.service.js';
import { eventBody } from './events.bodies.js';
import { Actor, Input, Serves } from '../route.adapter.js';
import type { AnswerOf, InputOf } from '../routes.js';

type EventQuery = InputOf<'listEvents'>['query'];

/** How often the log is asked whether it has grown, while someone waits for an event: milliseconds. */
const lookEveryMs = 200;

/** A place in the log: the last offset per partition. */
const positionSchema = z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative()]));

@Controller()
export class EventsController implements OnModuleDestroy {
  private stopping = false;

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(EventsIn) private readonly eventsIn: EventsIn,
  ) {}

  @Serves('listEvents')
  async list(
    @Asking() principal: Principal,
    @Input() { query }: InputOf<'listEvents'>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerOf<'listEvents'>> {
    const { cursor, limit, wait, ...filters } = query;
    const scope = cursorScope('listEvents', filters);
    const after = new Map(cursor === undefined ? [] : decodeCursor(scope, cursor, positionSchema));
    const page = await this.read(principal, query, after, limit, reply);
    const following = wait !== undefined;
    const next = page.more || following ? encodeCursor(scope, [...page.position]) : null;
    return { items: page.events.map(eventBody), next };
  }

  @Serves('stateEvents')
  state(
    @Asking() principal: Principal,
    @Input() _nothing: InputOf<'stateEvents'>,
    @Req() { headers, raw, body }: FastifyRequest,
    @Actor() actor: string,
  ): Promise<AnswerOf<'stateEvents'>> {
    const contentType = headers['content-type'] ?? '';
    // A body in chunks comes without a length.
    const bytes = Number(headers['content-length'] ?? Buffer.byteLength(JSON.stringify(body)));
    return this.eventsIn.take(principal, { contentType, rawHeaders: raw.rawHeaders, body, bytes }, actor);
  }

  /** No one waits for events of a process that stops. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  /** Reads a page; an empty one again whenever the log has grown, until the time to wait is over or no one waits. */
  private async read(
    principal: Principal,
    query: EventQuery,
    after: Checkpoint,
    limit: number,
    reply: FastifyReply,
  ): Promise<EventPage> {
    let page = await readEventPage(principal, this.log, filterOf(query), after, limit);
    const longestMs = (query.wait ?? 0) * 1000;
    for (let waitedMs = 0; waitedMs < longestMs && page.events.length === 0; waitedMs += lookEveryMs) {
      if (this.stopping || reply.raw.destroyed) break;
      await sleep(lookEveryMs);
      if (isSamePosition(page.position, await this.log.head())) continue;
      page = await readEventPage(principal, this.log, filterOf(query), page.position, limit);
    }
    return page;
  }
}

function filterOf({ source, type, since, until }: EventQuery) {
  return {
    ...(source === undefined ? {} : { source }),
    ...(type === undefined ? {} : { types: [type] }),
    ...(since === undefined ? {} : { since: toIso(fromIso(since)) }),
    ...(until === undefined ? {} : { until: toIso(fromIso(until)) }),
  };
}
