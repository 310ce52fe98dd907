import { Controller, Inject } from '@nestjs/common';
import { EVENT_LOG, type EventLog } from '../event-log/event-log.js';
import { Input, Serves } from './route.adapter.js';
import type { AnswerOf, InputOf } from './routes.js';

@Controller()
export class HealthController {
  constructor(@Inject(EVENT_LOG) private readonly log: EventLog) {}

  /** The process listens only once it is ready, so what is left to ask is whether the log can be read. */
  @Serves('health')
  async health(@Input() _nothing: InputOf<'health'>): Promise<AnswerOf<'health'>> {
    await this.log.head();
    return { status: 'ok' };
  }
}
