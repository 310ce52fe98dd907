import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-log/event-types.js';
import { fromUnmanaged, managed } from '../definitions/managed-by.js';
import { nameSchema } from '../shared/names.js';
import { channelDefinitionSchema } from './channel.js';
import { fromDecidedV1, fromDecidedV2 } from './older-messages.js';
import { locales, recipientGroupDefinitionSchema, smtpDefinitionSchema } from './recipient-group.js';

/** Who states decisions about messages, and what became of them. */
export const notificationsSource = '/wardround/notifications';

export const recipientGroupDefined = defineEvent(
  'recipient-group.defined',
  2,
  z.object({ group: nameSchema, definition: recipientGroupDefinitionSchema, ...managed }),
  { 1: fromUnmanaged },
);
export const recipientGroupRetired = defineEvent('recipient-group.retired', 1, z.object({ group: nameSchema }));

export const channelDefined = defineEvent(
  'channel.defined',
  3,
  z.object({ channel: nameSchema, definition: channelDefinitionSchema, ...managed }),
  {
    2: fromUnmanaged,
    // There was one channel with settings: the mail server.
    1: (old) => {
      const { channel, definition } = z.object({ channel: z.string(), definition: smtpDefinitionSchema }).parse(old);
      return { channel, definition: { plugin: 'email', parameters: { ...definition } } };
    },
  },
);
export const channelRetired = defineEvent('channel.retired', 1, z.object({ channel: nameSchema }));

/** A thing that a message is about: its kind, and its whole address (site, server, name, ids) as its occasion states it. */
export const aboutSchema = z.object({ kind: nameSchema, ref: z.record(z.string(), z.string()) });
export type About = z.infer<typeof aboutSchema>;

/** The message that could not be delivered, and instead of which another one goes another way. */
export const inPlaceOfSchema = z.object({
  messageId: z.string(),
  channel: nameSchema,
  to: z.array(z.string()),
  error: z.string(),
});
export type InPlaceOf = z.infer<typeof inPlaceOfSchema>;

export const messageDecided = defineEvent(
  'message.decided',
  3,
  z.object({
    messageId: z.string(),
    group: nameSchema,
    /** The channel of the subscription. A message for `email` goes to the inbox while no SMTP server is configured. */
    channel: nameSchema,
    to: z.array(z.string()),
    locale: z.enum(locales),
    /** One of an occasion's templates. */
    template: nameSchema,
    /** One of an occasion's reasons: shown to people. */
    reason: nameSchema,
    /** The period of a digest. */
    period: z.object({ from: z.iso.datetime(), until: z.iso.datetime() }).nullable(),
    /** Oldest first. */
    about: z.array(aboutSchema),
    inPlaceOf: inPlaceOfSchema.nullable(),
  }),
  { 1: fromDecidedV1, 2: fromDecidedV2 },
);
export type MessageData = EventOf<typeof messageDecided>['data'];

export const messageDelivered = defineEvent(
  'message.delivered',
  1,
  z.object({
    messageId: z.string(),
    /** The channel that carried it. */
    channel: nameSchema,
    /** Counts from 1. */
    attempt: z.number().int().positive(),
    /** Response of the recipient's server, e.g. `250 2.0.0 queued`. */
    receipt: z.string().max(1000),
    subject: z.string(),
    /** The text as sent, so that the inbox shows what was said. */
    text: z.string(),
  }),
);

export const messageFailed = defineEvent(
  'message.failed',
  1,
  z.object({
    messageId: z.string(),
    channel: nameSchema,
    attempt: z.number().int().positive(),
    /** `retryable` failures are tried again at `retryAt`; after a `permanent` one, or the last try, it is null. */
    kind: z.enum(['retryable', 'permanent']),
    error: z.string().max(2000),
    retryAt: z.iso.datetime().nullable(),
  }),
);

/** A person says that a message which could not be delivered needs no more attention. */
export const messageDismissed = defineEvent(
  'message.dismissed',
  1,
  z.object({ messageId: z.string(), group: nameSchema, channel: nameSchema, note: z.string().max(1000) }),
);

/** A message that was decided is not sent after all. */
export const messageWithdrawn = defineEvent(
  'message.withdrawn',
  1,
  z.object({
    messageId: z.string(),
    /** `restored`: it was decided before the log was restored from a backup, and may have been sent since. */
    because: z.enum(['restored']),
  }),
);

export const notificationEvents = [
  recipientGroupDefined,
  recipientGroupRetired,
  channelDefined,
  channelRetired,
  messageDecided,
  messageDelivered,
  messageFailed,
  messageDismissed,
  messageWithdrawn,
] as const;
export type NotificationEvent = EventOf<(typeof notificationEvents)[number]>;
