import { contribution } from '../definitions/contribution.js';
import { ruleKind } from './rule.kind.js';
import { ruleEvents } from './rules.events.js';
import { ruleSayings } from './rules.sayings.js';
import { alarmsView } from './views/alarms/alarms.view.js';

export const rules = contribution({
  name: 'rules',
  events: ruleEvents,
  sayings: ruleSayings,
  kinds: [ruleKind],
  views: [alarmsView],
});
