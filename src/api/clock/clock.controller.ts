import { Controller, Inject } from '@nestjs/common';
import { Asking } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { ClockConfirmation } from '../../clock/clock-confirmation.service.js';
import { clockJumpBody } from './clock.bodies.js';
import { Actor, Input, Serves } from '../route.adapter.js';
import type { AnswerOf, InputOf } from '../routes.js';

@Controller()
export class ClockController {
  constructor(@Inject(ClockConfirmation) private readonly confirmation: Pick<ClockConfirmation, 'confirm'>) {}

  @Serves('confirmClock')
  async confirm(
    @Asking() principal: Principal,
    @Input() { body }: InputOf<'confirmClock'>,
    @Actor() actor: string,
  ): Promise<AnswerOf<'confirmClock'>> {
    const confirmed = await this.confirmation.confirm(principal, { actor, note: body.note ?? '' });
    return { confirmed: confirmed.map(clockJumpBody) };
  }
}
