import { Controller, Inject } from '@nestjs/common';
import { Asking } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { Dismissals } from '../../notifications/dismissals.service.js';
import { WardroundError } from '../../shared/errors.js';
import { CLOCK, type Clock } from '../../shared/instant.js';
import { ViewsService } from '../../folding/views.service.js';
import { findMessage, listMessages } from '../../notifications/views/messages/messages.queries.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import { messageBody } from './messages.bodies.js';
import { servePage, timeKeySchema } from '../paging.js';
import { Actor, Input, Serves } from '../route.adapter.js';
import type { AnswerOf, InputOf } from '../routes.js';

@Controller()
export class MessagesController {
  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(ViewsService) private readonly views: Pick<ViewsService, 'caughtUp'>,
    @Inject(Dismissals) private readonly dismissals: Pick<Dismissals, 'dismiss'>,
  ) {}

  @Serves('listMessages')
  list(@Asking() principal: Principal, @Input() { query }: InputOf<'listMessages'>): Promise<AnswerOf<'listMessages'>> {
    const filter = query.state === undefined ? {} : { state: query.state };
    return servePage(
      'listMessages',
      { ...query },
      timeKeySchema,
      (page) => listMessages(principal, this.store.read, filter, page),
      messageBody,
    );
  }

  @Serves('dismissMessage')
  async dismiss(
    @Asking() principal: Principal,
    @Input() { params, body }: InputOf<'dismissMessage'>,
    @Actor() actor: string,
  ): Promise<AnswerOf<'dismissMessage'>> {
    await this.dismissals.dismiss(principal, params.id, { actor, note: body.note ?? '', now: this.clock.now() });
    await this.views.caughtUp();
    const message = await findMessage(principal, this.store.read, params.id);
    if (!message)
      throw new WardroundError('not-found', `there is no message "${params.id}"`, 'GET /api/v1/messages lists them');
    return messageBody(message);
  }
}
