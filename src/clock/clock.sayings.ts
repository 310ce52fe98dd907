import type { SayingsOf } from '../event-log/saying.js';
import { jumpText } from './clock-jump.js';
import type { clockEvents } from './clock.events.js';

export const clockSayings: SayingsOf<typeof clockEvents> = {
  'clock.jumped': ({ data }) => ({ text: `${data.computer}: ${jumpText(data)}`, tone: 'yellow' }),
  'clock.confirmed': ({ data: { note } }) => ({
    text: `the clock is confirmed to be correct${note === '' ? '' : `: ${note}`}`,
    tone: 'green',
  }),
};
