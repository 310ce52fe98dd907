import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-log/event-types.js';
import { fromUnmanaged, managed } from '../definitions/managed-by.js';
import { nameSchema } from '../shared/names.js';
import { severities } from '../shared/severity.js';
import { alarmSubjectSchema } from './alarm-subject.js';
import { conditions } from './conditions/index.js';
import { ruleDefinitionSchema } from './rule.js';

const ofAlarm = {
  ...{ alarmId: z.string(), rule: nameSchema, site: nameSchema, server: nameSchema },
  subject: alarmSubjectSchema,
};

/** Version 1 of alarms' events named no subject. */
const fromVersion1 = { 1: aboutWholeServer };
const version1 = z.looseObject({ server: z.string() });

function aboutWholeServer(old: unknown): unknown {
  const data = version1.safeParse(old);
  return data.success ? { ...data.data, subject: { kind: 'server', name: data.data.server } } : old;
}

const conditionReasons = conditions.map(({ because }) => because);
/** Why a condition holds, as data: each kind of condition has its reason. */
export type ConditionReason = (typeof conditionReasons)[number];
const raiseReasons = [...new Set(['condition-held', 'condition-held-long-enough', ...conditionReasons] as const)];

export const ruleDefined = defineEvent(
  'rule.defined',
  2,
  z.object({ rule: nameSchema, definition: ruleDefinitionSchema, ...managed }),
  { 1: fromUnmanaged },
);
export const ruleRetired = defineEvent('rule.retired', 1, z.object({ rule: nameSchema }));

export const alarmRaised = defineEvent(
  'alarm.raised',
  2,
  z.object({
    ...ofAlarm,
    severity: z.enum(severities),
    title: z.string(),
    advice: z.string(),
    /** Why, as data. */
    because: z.enum(raiseReasons),
    /** Why, for people, such as the value or the line. */
    summary: z.string(),
    /** Start of the condition. */
    since: z.iso.datetime(),
    /** Ids of the events that show it. */
    evidence: z.array(z.string()),
  }),
  fromVersion1,
);
export const alarmAcknowledged = defineEvent(
  'alarm.acknowledged',
  2,
  z.object({ ...ofAlarm, note: z.string().max(1000) }),
  fromVersion1,
);
export const alarmCleared = defineEvent(
  'alarm.cleared',
  2,
  z.object({ ...ofAlarm, because: z.enum(['condition-ended', 'rule-retired', 'rule-changed', 'server-retired']) }),
  fromVersion1,
);

export const ruleEvents = [ruleDefined, ruleRetired, alarmRaised, alarmAcknowledged, alarmCleared] as const;
export type RuleEvent = EventOf<(typeof ruleEvents)[number]>;
