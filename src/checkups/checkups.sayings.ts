import type { SayingsOf } from '../event-log/saying.js';
import type { checkupEvents } from './checkups.events.js';

const tones = { ok: 'dim', warning: 'yellow', critical: 'red', unknown: 'yellow' } as const;

export const checkupSayings: SayingsOf<typeof checkupEvents> = {
  'checkup.defined': ({ data }) => ({ text: `checkup ${data.checkup} defined` }),
  'checkup.retired': ({ data }) => ({ text: `checkup ${data.checkup} retired` }),
  'checkup.completed': ({ data: { checkup, status, summary } }) => ({
    text: `check-up ${checkup} ${status}: ${summary}`,
    tone: tones[status],
  }),
};
