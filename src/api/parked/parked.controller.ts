import { Controller, Inject } from '@nestjs/common';
import { Asking } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { z } from 'zod';
import { WardroundError } from '../../shared/errors.js';
import { CLOCK, type Clock } from '../../shared/instant.js';
import type { ParkedEventRow } from '../../folding/parked/parked.entity.js';
import { parkedId, parseParkedId, type ParkedPlace } from '../../folding/parked/parked-place.js';
import { listParked } from '../../folding/parked/parked.queries.js';
import { ParkedService } from '../../folding/parked/parked.service.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import { eventBody } from '../events/events.bodies.js';
import { parkedBody } from './parked.bodies.js';
import { servePage } from '../paging.js';
import { Actor, Input, Serves } from '../route.adapter.js';
import type { AnswerOf, InputOf } from '../routes.js';

const place = z.int().nonnegative();
const placeSchema = z.object({ subscription: z.string(), partition: place, eventPartition: place, offset: place });

@Controller()
export class ParkedController {
  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(ParkedService) private readonly parked: ParkedService,
  ) {}

  @Serves('listParked')
  list(@Asking() principal: Principal, @Input() { query }: InputOf<'listParked'>): Promise<AnswerOf<'listParked'>> {
    return servePage(
      'listParked',
      { ...query },
      placeSchema,
      (page) => listParked(principal, this.store.read, filterOf(query), page),
      bodyOf,
    );
  }

  @Serves('findParked')
  async find(
    @Asking() principal: Principal,
    @Input() { params }: InputOf<'findParked'>,
  ): Promise<AnswerOf<'findParked'>> {
    const { row, event } = await this.parked.find(principal, placeIn(params.id));
    return { ...bodyOf(row), event: event && eventBody(event) };
  }

  @Serves('retryAllParked')
  async retryAll(@Input() { body }: InputOf<'retryAllParked'>): Promise<AnswerOf<'retryAllParked'>> {
    return { asked: await this.parked.retryAll(filterOf(body), this.clock.now()) };
  }

  @Serves('retryParked')
  async retry(
    @Asking() principal: Principal,
    @Input() { params }: InputOf<'retryParked'>,
  ): Promise<AnswerOf<'retryParked'>> {
    return { asked: await this.parked.retry(principal, placeIn(params.id), this.clock.now()) };
  }

  @Serves('discardParked')
  async discard(
    @Asking() principal: Principal,
    @Input() { params, body }: InputOf<'discardParked'>,
    @Actor() actor: string,
  ): Promise<AnswerOf<'discardParked'>> {
    const discarding = { actor, reason: body.reason, now: this.clock.now() };
    return { asked: await this.parked.discard(principal, placeIn(params.id), discarding) };
  }
}

function bodyOf(row: ParkedEventRow) {
  return parkedBody(parkedId(row), row);
}

function filterOf({
  subscription,
  partitionkey,
}: {
  readonly subscription?: string | undefined;
  readonly partitionkey?: string | undefined;
}) {
  return {
    ...(subscription === undefined ? {} : { subscription }),
    ...(partitionkey === undefined ? {} : { partitionkey }),
  };
}

/** @throws WardroundError `not-found` */
function placeIn(id: string): ParkedPlace {
  const place = parseParkedId(id);
  if (!place) {
    throw new WardroundError('not-found', `there is no parked event "${id}"`, 'GET /api/v1/parked lists them');
  }
  return place;
}
