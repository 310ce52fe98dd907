import { Controller, Inject, Sse, type MessageEvent } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { Needs } from '../access/access-guard.adapter.js';
import { LiveService } from './live.service.js';

@Controller()
export class LiveController {
  constructor(@Inject(LiveService) private readonly live: LiveService) {}

  /** Server-sent events: the names of changed sections. */
  @Sse('live')
  @Needs('read-status')
  changes(): Observable<MessageEvent> {
    return this.live.stream();
  }
}
