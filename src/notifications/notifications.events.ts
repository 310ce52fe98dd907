import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-log/event-types.js';
import { nameSchema } from '../shared/names.js';
import { locales, recipientGroupDefinitionSchema, smtpDefinitionSchema } from './recipient-group.js';

export const messageTemplates = ['backup-succeeded', 'backup-failed', 'log-digest'] as const;
export type MessageTemplate = (typeof messageTemplates)[number];

/** Why a group is told. */
export const messageReasons = ['backup-failed', 'always-with-log', 'digest-due'] as const;
export type MessageReason = (typeof messageReasons)[number];

/** Who states decisions about messages, and what became of them. */
export const notificationsSource = '/wardround/notifications';

/** The one channel with settings of its own, so far: `email`. */
const channelName = z.literal('email');

export const recipientGroupDefined = defineEvent(
  'recipient-group.defined',
  1,
  z.object({ group: nameSchema, definition: recipientGroupDefinitionSchema }),
);
export const recipientGroupRetired = defineEvent('recipient-group.retired', 1, z.object({ group: nameSchema }));

export const channelDefined = defineEvent(
  'channel.defined',
  1,
  z.object({ channel: channelName, definition: smtpDefinitionSchema }),
);
export const channelRetired = defineEvent('channel.retired', 1, z.object({ channel: channelName }));

export const messageDecided = defineEvent(
  'message.decided',
  1,
  z.object({
    messageId: z.string(),
    group: nameSchema,
    /** The channel asked for. A message for `email` goes to the inbox while no SMTP server is configured. */
    channel: nameSchema,
    to: z.array(z.string()),
    locale: z.enum(locales),
    template: z.enum(messageTemplates),
    /** Shown to people. */
    reason: z.enum(messageReasons),
    /** The runs it tells of, oldest first. */
    runs: z.array(z.object({ site: nameSchema, server: nameSchema, job: nameSchema, runId: z.string() })),
    /** For a digest: the time it covers. */
    period: z.object({ from: z.iso.datetime(), until: z.iso.datetime() }).nullable(),
  }),
);

export const messageDelivered = defineEvent(
  'message.delivered',
  1,
  z.object({
    messageId: z.string(),
    /** The channel that carried it. */
    channel: nameSchema,
    /** Counts from 1. */
    attempt: z.number().int().positive(),
    /** What the other side answered, e.g. `250 2.0.0 queued`. */
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
  messageWithdrawn,
] as const;
export type NotificationEvent = EventOf<(typeof notificationEvents)[number]>;
