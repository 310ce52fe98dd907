import { z } from 'zod';

export type AlarmId = string;
export type EventId = string;

export const instantSchema = z.number();

const pendingSchema = z.strictObject({
  /** The condition holds, but not long enough yet. */
  kind: z.literal('pending'),
  since: instantSchema,
  /** The first event that showed it. */
  firstShownBy: z.string(),
});

const raisedSchema = z.strictObject({
  kind: z.literal('raised'),
  alarmId: z.string(),
  since: instantSchema,
  /** It is never cleared before this. What an older version wrote lacks it. */
  raisedAt: instantSchema.optional(),
});

/** What is remembered of a rule on a subject where its condition is not simply absent. */
export const storedAlarmStateSchema = z.discriminatedUnion('kind', [pendingSchema, raisedSchema]);
export type StoredAlarmState = Readonly<z.infer<typeof storedAlarmStateSchema>>;

/** How one rule is on one job or check-up of a server. */
export type AlarmState = { readonly kind: 'quiet' } | StoredAlarmState;

export const quiet: AlarmState = { kind: 'quiet' };
