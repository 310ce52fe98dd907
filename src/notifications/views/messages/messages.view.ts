import { foldRows } from '../../../folding/fold-rows.adapter.js';
import type { Projection } from '../../../folding/projection.js';
import type { ViewTransaction } from '../../../store/view-store.adapter.js';
import { messageTable } from './messages.entity.js';
import { foldMessage, messageEventTypes } from './messages.fold.js';

/** Messages with their delivery: the inbox, and what the delivery worker has to do. */
export const messagesView: Projection<ViewTransaction, (typeof messageEventTypes)[number]> = {
  name: 'messages',
  version: 2,
  types: messageEventTypes,
  tables: [messageTable.options.name],
  async project(recorded, tx) {
    const events = recorded.map(({ event }) => event);
    await foldRows(tx, messageTable, 'messageId', events, ({ data }) => data.messageId, foldMessage);
  },
};
