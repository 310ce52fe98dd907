import type { SayingsOf } from '../event-log/saying.js';
import type { ruleEvents } from './rules.events.js';

const tones = { warning: 'yellow', critical: 'red' } as const;

export const ruleSayings: SayingsOf<typeof ruleEvents> = {
  'rule.defined': ({ data }) => ({ text: `rule ${data.rule} defined` }),
  'rule.retired': ({ data }) => ({ text: `rule ${data.rule} retired` }),
  'alarm.raised': ({ data: { severity, title, summary } }) => ({
    text: `alarm raised (${severity}): ${title}: ${summary}`,
    tone: tones[severity],
  }),
  'alarm.acknowledged': ({ data: { rule, note } }) => ({
    text: `alarm ${rule} acknowledged${note === '' ? '' : `: ${note}`}`,
  }),
  'alarm.cleared': ({ data }) => ({ text: `alarm ${data.rule} cleared (${data.because})`, tone: 'green' }),
};
