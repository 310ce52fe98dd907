import { contribution } from '../definitions/contribution.js';
import { clockEvents } from './clock.events.js';
import { clockSayings } from './clock.sayings.js';
import { clocksView } from './views/clocks/clocks.view.js';

export const clock = contribution({
  name: 'clock',
  events: clockEvents,
  sayings: clockSayings,
  views: [clocksView],
});
