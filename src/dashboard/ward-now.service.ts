import { Inject, Injectable } from '@nestjs/common';
import { may, type Principal } from '../access/principal.js';
import { dutiesOf } from '../shared/duties.js';
import { CLOCK, type Clock } from '../shared/instant.js';
import { ownTimeZone } from '../shared/own-time-zone.adapter.js';
import { SETTINGS, type Settings } from '../shared/settings.js';
import { ViewStore } from '../store/view-store.adapter.js';
import { readWard } from '../ward/ward.adapter.js';
import { emptyWard, type Ward } from '../ward/ward.js';
import type { Here } from './humanise.js';

const locale = 'en-GB';

/** What every page begins with: where and when it is read, and how all servers are then. */
@Injectable()
export class WardNow {
  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  here(): Here {
    return { now: this.clock.now(), timeZone: ownTimeZone(), locale, duties: dutiesOf(this.settings) };
  }

  /** As much of it as the principal sees. */
  rows(principal: Principal, here: Here): Promise<Ward> {
    return may(principal, 'read-status') ? readWard(principal, this.store.read, here.now) : Promise.resolve(emptyWard);
  }

  async read(principal: Principal): Promise<{ readonly here: Here; readonly rows: Ward }> {
    const here = this.here();
    return { here, rows: await this.rows(principal, here) };
  }
}
