import { contribution } from '../definitions/contribution.js';
import { serverKind } from './server.kind.js';
import { serverEvents } from './servers.events.js';
import { serverSayings } from './servers.sayings.js';

export const servers = contribution({
  name: 'servers',
  events: serverEvents,
  sayings: serverSayings,
  kinds: [serverKind],
});
