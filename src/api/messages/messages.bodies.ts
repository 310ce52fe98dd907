import { z } from 'zod';
import { inPlaceOfSchema } from '../../notifications/notifications.events.js';
import { allOccasions } from '../../notifications/occasions/all-occasions.js';
import { runAbout } from '../../notifications/occasions/finished-run/run-about.js';
import { locales } from '../../notifications/recipient-group.js';
import type { MessageRow } from '../../notifications/views/messages/messages.entity.js';
import { moment, count, onServer, type Body } from '../bodies.js';

/** A thing that a message is about, of each kind there is. The fields of its address are also beside its kind. */
const aboutSchema = z.union(
  allOccasions.aboutKinds.map(({ kind, ref }) => {
    const shape: { readonly kind: z.ZodLiteral<string>; readonly ref: typeof ref } = { kind: z.literal(kind), ref };
    return z.object({ ...ref.shape, ...shape });
  }),
);

export const messageSchema = z.object({
  messageId: z.string(),
  group: z.string().describe('The recipient group'),
  channel: z.string().describe('The channel of the subscription'),
  to: z.array(z.string()),
  locale: z.enum(locales),
  template: z.enum(allOccasions.templates),
  reason: z.string().describe('Why this group is notified'),
  about: z.array(aboutSchema).describe('What it is about, oldest first: each with a kind and `ref`, its whole address'),
  runs: z.array(z.object({ ...onServer, job: z.string(), runId: z.string() })).describe('The runs it is about'),
  inPlaceOf: inPlaceOfSchema.nullable().describe('The message that could not be delivered, and why'),
  period: z.object({ from: moment, until: moment }).nullable().describe('The period of a digest'),
  state: z
    .enum(['waiting', 'delivered', 'failed', 'withdrawn'])
    .describe('`withdrawn`: it was decided before this installation was restored, and will not be sent'),
  decidedAt: moment,
  attempts: count,
  nextAttemptAt: moment.nullable(),
  lastError: z.string().nullable(),
  deliveredAt: moment.nullable(),
  deliveredBy: z.string().nullable().describe('The channel that carried it'),
  receipt: z.string().nullable().describe('Response of the receiving server'),
  subject: z.string().nullable(),
  text: z.string().nullable().describe('The text as sent'),
  dismissedAt: moment.nullable().describe('When it was dismissed'),
  dismissedBy: z.string().nullable(),
});

export function messageBody(row: MessageRow): Body<typeof messageSchema> {
  const { messageId, group, channel, to, locale, template, reason, about, inPlaceOf, period, state, decidedAt } = row;
  const { attempts, nextAttemptAt, lastError, deliveredAt, deliveredBy, receipt, subject, text } = row;
  const things = about.map(({ kind, ref }) => ({ ...ref, kind, ref }));
  const runs = [...runAbout.among(about)];
  return {
    ...{ messageId, group, channel, to: [...to], locale, template, reason, about: things, runs, period, state },
    ...{ inPlaceOf, decidedAt, attempts, nextAttemptAt, lastError, deliveredAt, deliveredBy, receipt, subject, text },
    ...{ dismissedAt: row.dismissedAt, dismissedBy: row.dismissedBy },
  };
}
