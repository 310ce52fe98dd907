import { contribution } from '../definitions/contribution.js';
import { checkupKind } from './checkup.kind.js';
import { checkupEvents } from './checkups.events.js';
import { checkupSayings } from './checkups.sayings.js';
import { checkupStatusView } from './views/checkup-status/checkup-status.view.js';

export const checkups = contribution({
  name: 'checkups',
  events: checkupEvents,
  sayings: checkupSayings,
  kinds: [checkupKind],
  views: [checkupStatusView],
});
