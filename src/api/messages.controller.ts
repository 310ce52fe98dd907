import { Controller, Inject } from '@nestjs/common';
import { listMessages } from '../views/messages/messages.queries.adapter.js';
import { ViewStore } from '../views/view-store.adapter.js';
import { messageBody } from './mapping.js';
import { servePage, timeKeySchema } from './paging.js';
import { Input, Serves } from './route.adapter.js';
import type { AnswerOf, InputOf } from './routes.js';

@Controller()
export class MessagesController {
  constructor(@Inject(ViewStore) private readonly store: ViewStore) {}

  @Serves('listMessages')
  list(@Input() { query }: InputOf<'listMessages'>): Promise<AnswerOf<'listMessages'>> {
    const filter = query.state === undefined ? {} : { state: query.state };
    return servePage(
      'listMessages',
      { ...query },
      timeKeySchema,
      (page) => listMessages(this.store.read, filter, page),
      messageBody,
    );
  }
}
