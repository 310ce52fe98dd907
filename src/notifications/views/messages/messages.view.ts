import { defineView, foldedTable } from '../../../folding/view.adapter.js';
import { messageTable } from './messages.entity.js';
import { foldMessage, messageEventTypes } from './messages.fold.js';

/** Messages with their delivery: the inbox, and what the delivery worker has to do. */
export const messagesView = defineView({
  name: 'messages',
  version: 3,
  tables: [
    foldedTable(messageTable, {
      events: messageEventTypes,
      key: ({ data }) => ({ messageId: data.messageId }),
      fold: foldMessage,
    }),
  ],
});
