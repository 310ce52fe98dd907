import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal.js';
import { listAlarms } from '../../rules/views/alarms/alarms.queries.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import type { Ward } from '../../ward/ward.js';
import type { Here } from '../humanise.js';
import { checkQuery, timeKeyOf, timeQuerySchema, type TimeQuery } from '../list-query.js';
import { itemsPerPage, pager } from '../lists.js';
import type { Page } from '../page.js';
import { PageTemplates } from '../templates.adapter.js';
import { serverTitles } from '../titles.js';
import { alarmCard, alarmsPart } from './alarm-card.js';

/** Makes the models of open and of past alarms. */
@Injectable()
export class AlarmPages implements Page {
  readonly needs = 'read-status';
  readonly sections: Page['sections'] = {
    alarms: ({ rows, here }) => this.templates.part('section-alarms', alarmsPart(rows, here)),
    'past-alarms': async ({ principal, query, rows, here }) =>
      this.templates.part(
        'section-past-alarms',
        await this.past(principal, checkQuery(timeQuerySchema, query), rows, here),
      ),
  };

  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(PageTemplates) private readonly templates: PageTemplates,
  ) {}

  async alarms(principal: Principal, query: TimeQuery, rows: Ward, here: Here) {
    return { ...alarmsPart(rows, here), ...(await this.past(principal, query, rows, here)) };
  }

  private async past(principal: Principal, query: TimeQuery, rows: Ward, here: Here) {
    const after = timeKeyOf(query);
    const page = await listAlarms(principal, this.store.read, { open: false }, { limit: itemsPerPage, after });
    const titles = serverTitles(rows.servers);
    return {
      past: page.items.map((alarm) => alarmCard(alarm, titles, here)),
      pager: pager('/alarms', {}, page.next, after !== null),
    };
  }
}
