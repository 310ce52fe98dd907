import { contribution } from '../definitions/contribution.js';
import { channelKind } from './channel.kind.js';
import { deliveryClaimTable } from './delivery-claim.entity.js';
import { notificationEvents } from './notifications.events.js';
import { notificationSayings } from './notifications.sayings.js';
import { recipientGroupKind } from './recipient-group.kind.js';
import { messagesView } from './views/messages/messages.view.js';

export const notifications = contribution({
  name: 'notifications',
  events: notificationEvents,
  sayings: notificationSayings,
  kinds: [recipientGroupKind, channelKind],
  views: [messagesView],
  tables: [deliveryClaimTable],
});
