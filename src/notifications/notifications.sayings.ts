import type { SayingsOf } from '../event-log/saying.js';
import type { notificationEvents } from './notifications.events.js';

export const notificationSayings: SayingsOf<typeof notificationEvents> = {
  'recipient-group.defined': ({ data }) => ({ text: `recipient-group ${data.group} defined` }),
  'recipient-group.retired': ({ data }) => ({ text: `recipient-group ${data.group} retired` }),
  'channel.defined': ({ data }) => ({ text: `channel ${data.channel} defined` }),
  'channel.retired': ({ data }) => ({ text: `channel ${data.channel} retired` }),
  'message.decided': ({ data: { template, group, channel } }) => ({
    text: `message ${template} for ${group} by ${channel}`,
  }),
  'message.delivered': ({ data }) => ({ text: `message delivered by ${data.channel}: ${data.subject}` }),
  'message.failed': ({ data: { channel, error, retryAt } }) => ({
    text: `message failed by ${channel}: ${error}${retryAt === null ? '' : ', will be retried'}`,
    tone: 'yellow',
  }),
  'message.dismissed': ({ data }) => ({ text: `message for ${data.group} by ${data.channel} dismissed` }),
  'message.withdrawn': () => ({ text: 'message not sent: it was decided before this installation was restored' }),
};
