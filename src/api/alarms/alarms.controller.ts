import { Controller, Inject } from '@nestjs/common';
import { Asking } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { AlarmsService } from '../../rules/alarms.service.js';
import { WardroundError } from '../../shared/errors.js';
import { CLOCK, type Clock } from '../../shared/instant.js';
import { findAlarm, listAlarms } from '../../rules/views/alarms/alarms.queries.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import { ViewsService } from '../../folding/views.service.js';
import { alarmBody } from './alarms.bodies.js';
import { servePage, timeKeySchema } from '../paging.js';
import { Actor, Input, Serves } from '../route.adapter.js';
import type { AnswerOf, InputOf } from '../routes.js';

@Controller()
export class AlarmsController {
  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(ViewsService) private readonly views: Pick<ViewsService, 'caughtUp'>,
    @Inject(AlarmsService) private readonly alarms: Pick<AlarmsService, 'acknowledge'>,
  ) {}

  @Serves('listAlarms')
  list(@Asking() principal: Principal, @Input() { query }: InputOf<'listAlarms'>): Promise<AnswerOf<'listAlarms'>> {
    const { open, site, server, subject: name, subjectKind } = query;
    return servePage(
      'listAlarms',
      { ...query },
      timeKeySchema,
      (page) => listAlarms(principal, this.store.read, { open, site, server, name, subjectKind }, page),
      alarmBody,
    );
  }

  @Serves('acknowledgeAlarm')
  async acknowledge(
    @Asking() principal: Principal,
    @Input() { params, body }: InputOf<'acknowledgeAlarm'>,
    @Actor() actor: string,
  ): Promise<AnswerOf<'acknowledgeAlarm'>> {
    await this.alarms.acknowledge(principal, params.id, { actor, note: body.note ?? '', now: this.clock.now() });
    await this.views.caughtUp();
    const alarm = await findAlarm(principal, this.store.read, params.id);
    if (!alarm)
      throw new WardroundError('not-found', `there is no alarm "${params.id}"`, 'GET /api/v1/alarms lists them');
    return alarmBody(alarm);
  }
}
