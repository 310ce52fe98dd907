import type { SayingsOf } from '../event-log/saying.js';
import type { serverEvents } from './servers.events.js';

export const serverSayings: SayingsOf<typeof serverEvents> = {
  'server.defined': ({ data }) => ({ text: `server ${data.server} defined` }),
  'server.retired': ({ data }) => ({ text: `server ${data.server} retired` }),
};
