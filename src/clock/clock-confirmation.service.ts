import type { Principal } from '../access/principal.js';
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_LOG, type EventLog } from '../event-log/event-log.js';
import { installationSource } from '../event-log/installation.events.js';
import { decision } from '../event-log/statement.js';
import { WardroundError } from '../shared/errors.js';
import { CLOCK, type Clock } from '../shared/instant.js';
import { definitionsKey } from '../shared/names.js';
import { ViewsService } from '../folding/views.service.js';
import { ViewStore } from '../store/view-store.adapter.js';
import type { ClockJump } from './views/clocks/clocks.entity.js';
import { openClockJumps } from './views/clocks/clocks.queries.js';
import { clockConfirmed, clockSubject } from './clock.events.js';

/** What people say of the clocks of computers. */
@Injectable()
export class ClockConfirmation {
  constructor(
    @Inject(EVENT_LOG) private readonly log: Pick<EventLog, 'append'>,
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(ViewsService) private readonly views: Pick<ViewsService, 'caughtUp'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Says that all clocks are right as they are: what waited for that continues.
   * @returns the jumps that are confirmed now
   * @throws WardroundError `conflict` if no jump waits for it
   */
  async confirm(
    principal: Principal,
    { actor, note }: { readonly actor: string; readonly note: string },
  ): Promise<readonly ClockJump[]> {
    await this.views.caughtUp();
    const open = await openClockJumps(principal, this.store.read);
    if (open.length === 0) {
      throw new WardroundError('conflict', 'no clock jump is waiting for confirmation', 'Nothing to do');
    }
    const installations = [...new Set(open.map(({ installation }) => installation))];
    const events = installations.map((installation) => {
      const jumps = open.filter((jump) => jump.installation === installation).map(({ jumpId }) => jumpId);
      return decision(clockConfirmed, jumps, {
        ...{ data: { installation, jumps, note }, source: installationSource, subject: clockSubject(installation) },
        ...{ partitionkey: definitionsKey, now: this.clock.now(), actor },
      });
    });
    await this.log.append(events);
    await this.views.caughtUp();
    return open;
  }
}
