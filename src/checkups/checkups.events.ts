import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-log/event-types.js';
import { fromUnmanaged, managed } from '../definitions/managed-by.js';
import { nameSchema } from '../shared/names.js';
import { checkupDefinitionSchema, checkupStatuses } from './checkup.js';

const ofCheckup = { site: nameSchema, server: nameSchema, checkup: nameSchema };

/** One measured value, named and bounded as in Nagios performance data. */
export const metricSchema = z.object({
  name: z.string().min(1).max(100),
  value: z.number(),
  /** `%`, `B`, `s`, `ms`, `d`, `c`, or empty for a plain number. */
  unit: z.string().max(20),
  /** Nagios ranges, e.g. `15:` warns below 15. */
  warn: z.string().max(100).optional(),
  critical: z.string().max(100).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
});
export type Metric = z.infer<typeof metricSchema>;

export const checkupDefined = defineEvent(
  'checkup.defined',
  2,
  z.object({ ...ofCheckup, definition: checkupDefinitionSchema, ...managed }),
  { 1: fromUnmanaged },
);
export const checkupRetired = defineEvent('checkup.retired', 1, z.object(ofCheckup));

export const checkupCompleted = defineEvent(
  'checkup.completed',
  1,
  z.object({
    ...ofCheckup,
    plugin: nameSchema,
    status: z.enum(checkupStatuses),
    /** One line for people. */
    summary: z.string().max(1000),
    /** More lines, for those who look closer; empty if none. */
    details: z.string().max(64_000),
    metrics: z.array(metricSchema).max(200),
    durationMs: z.number().nonnegative(),
    trigger: z.enum(['timetable', 'person']),
  }),
);

export const checkupEvents = [checkupDefined, checkupRetired, checkupCompleted] as const;
export type CheckupEvent = EventOf<(typeof checkupEvents)[number]>;
