import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal.js';
import { findMessage, listMessages } from '../../notifications/views/messages/messages.queries.js';
import { WardroundError } from '../../shared/errors.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import type { Ward } from '../../ward/ward.js';
import type { Here } from '../humanise.js';
import { timeKeyOf, type TimeQuery } from '../list-query.js';
import { itemsPerPage, pager } from '../lists.js';
import type { Page } from '../page.js';
import { PageTemplates } from '../templates.adapter.js';
import { jobTitlesApart } from '../titles.js';
import { messageCard } from './message-card.js';

const messagesOnBoard = 8;

/** Makes the models of the inbox, of one message in it, and of the newest ones, which the board shows. */
@Injectable()
export class InboxPages implements Page {
  readonly needs = 'read-messages';
  readonly sections: Page['sections'] = {
    inbox: async ({ principal, rows, here }) =>
      this.templates.part('section-inbox', {
        ...{ messages: await this.newest(principal, rows, here), src: '/fragments/inbox', short: true, pager: false },
      }),
    'inbox-list': async ({ principal, rows, here }) =>
      this.templates.part('section-inbox', { ...(await this.inbox(principal, {}, rows, here)), short: false }),
  };

  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(PageTemplates) private readonly templates: PageTemplates,
  ) {}

  async newest(principal: Principal, rows: Ward, here: Here) {
    const page = { limit: messagesOnBoard, after: null };
    const { items } = await listMessages(principal, this.store.read, { deliveredBy: 'inbox' }, page);
    return items.map((message) => messageCard(message, jobTitlesApart(rows), here));
  }

  async inbox(principal: Principal, query: TimeQuery, rows: Ward, here: Here) {
    const after = timeKeyOf(query);
    const page = await listMessages(
      principal,
      this.store.read,
      { deliveredBy: 'inbox' },
      { limit: itemsPerPage, after },
    );
    return {
      messages: page.items.map((message) => messageCard(message, jobTitlesApart(rows), here)),
      src: after === null ? '/fragments/inbox-list' : '',
      pager: pager('/inbox', {}, page.next, after !== null),
    };
  }

  /** @throws WardroundError `not-found` */
  async message(principal: Principal, messageId: string, rows: Ward, here: Here) {
    const message = await findMessage(principal, this.store.read, messageId);
    if (message?.state !== 'delivered') throw new WardroundError('not-found', `there is no message "${messageId}"`);
    return messageCard(message, jobTitlesApart(rows), here);
  }
}
