import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-log/event-types.js';
import { nameSchema } from '../shared/names.js';
import { ruleDefinitionSchema, severities } from './rule.js';

const ofAlarm = { alarmId: z.string(), rule: nameSchema, site: nameSchema, server: nameSchema };

export const ruleDefined = defineEvent(
  'rule.defined',
  1,
  z.object({ rule: nameSchema, definition: ruleDefinitionSchema }),
);
export const ruleRetired = defineEvent('rule.retired', 1, z.object({ rule: nameSchema }));

export const alarmRaised = defineEvent(
  'alarm.raised',
  1,
  z.object({
    ...ofAlarm,
    severity: z.enum(severities),
    title: z.string(),
    advice: z.string(),
    /** Why, as data. */
    because: z.enum(['condition-held', 'condition-held-long-enough', 'line-matched', 'no-success-in-time']),
    /** Why, for people: the value, the line, the time without success. */
    summary: z.string(),
    /** Since when the condition holds. */
    since: z.iso.datetime(),
    /** Ids of the events that show it. */
    evidence: z.array(z.string()),
  }),
);
export const alarmAcknowledged = defineEvent(
  'alarm.acknowledged',
  1,
  z.object({ ...ofAlarm, note: z.string().max(1000) }),
);
export const alarmCleared = defineEvent(
  'alarm.cleared',
  1,
  z.object({ ...ofAlarm, because: z.enum(['condition-ended', 'rule-retired', 'rule-changed', 'server-retired']) }),
);

export const ruleEvents = [ruleDefined, ruleRetired, alarmRaised, alarmAcknowledged, alarmCleared] as const;
export type RuleEvent = EventOf<(typeof ruleEvents)[number]>;
