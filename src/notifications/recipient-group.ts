import { z } from 'zod';
import { addressPatternSchema, serverPatternSchema } from '../shared/address.js';
import { severities } from '../shared/severity.js';
import { nameSchema } from '../shared/names.js';
import { allOccasions } from './occasions/all-occasions.js';
import type { Occasions } from './occasions/occasions.js';
import { cronSchema, timeZoneSchema } from '../shared/schedule.js';

export const locales = ['en', 'de'] as const;
export type Locale = (typeof locales)[number];

/** Line feeds and their like have no place in an address or a server's name: they would begin their own header. */
const oneLine = /^\P{Cc}+$/u;
const mailAddress = /^[^\s@,;<>"]+@[^\s@,;<>"]+$/;

/** What a subscription may choose by. */
export type SubscriptionFilter = 'sites' | 'servers' | 'jobs' | 'severities' | 'rules' | 'at';

/** The schema of recipient groups that may subscribe to these occasions. */
export function recipientGroupSchema(occasions: Occasions) {
  return z.strictObject({
    name: nameSchema,
    title: z.string().min(1).max(200).optional(),
    locale: z.enum(locales).default('en'),
    timeZone: timeZoneSchema
      .optional()
      .describe("Time zone of digests and of times in messages; default: the computer's"),
    subscriptions: z.array(subscriptionSchema(occasions)).min(1),
  });
}

function subscriptionSchema(occasions: Occasions) {
  const may = (takes: string, filter: SubscriptionFilter) => occasions.filtersOf(takes).includes(filter);
  return z
    .strictObject({
      takes: z.enum(occasions.takes).describe(occasions.takesText),
      channel: nameSchema.default('inbox').describe('A channel plugin, such as inbox or email'),
      to: z
        .array(z.string().min(1).max(320).regex(oneLine, 'must be one line'))
        .max(100)
        .default([])
        .describe('Addresses, in the format of the channel'),
      sites: z.array(nameSchema).min(1).optional().describe('Only what is of these sites; without it, of all'),
      servers: z
        .array(serverPatternSchema)
        .min(1)
        .optional()
        .describe(
          'Only what is of these servers: <server> means every server of that name, <site>/<server> that one; without it, of all',
        ),
      jobs: z
        .array(addressPatternSchema)
        .optional()
        .describe(
          'Only backups of these jobs: <name> means every job of that name, <server>/<name> or <site>/<server>/<name> that one; without it, of all',
        ),
      severities: z
        .array(z.enum(severities))
        .min(1)
        .optional()
        .describe('Only alarms of these severities; default: all'),
      rules: z.array(nameSchema).min(1).optional().describe('Only alarms of these rules; default: all'),
      at: cronSchema.optional().describe('When the digest is due, e.g. "0 7 * * *"; for digests only'),
    })
    .refine(({ takes, at }) => may(takes, 'at') === (at !== undefined), {
      message: '`at` is required for digests and not allowed otherwise',
    })
    .refine(
      ({ takes, severities, rules }) =>
        (severities === undefined || may(takes, 'severities')) && (rules === undefined || may(takes, 'rules')),
      { message: '`severities` and `rules` are only for `takes: alarms`' },
    )
    .refine(
      ({ takes, sites, servers }) =>
        (sites === undefined || may(takes, 'sites')) && (servers === undefined || may(takes, 'servers')),
      { message: '`sites` and `servers` go only with what is about servers' },
    )
    .refine(({ takes, jobs }) => jobs === undefined || may(takes, 'jobs'), {
      error: ({ input }) => jobsFault(input, may),
    })
    .refine((subscription) => subscription.channel !== 'email' || subscription.to.length > 0, {
      message: 'the channel email needs at least one address in `to`',
    })
    .refine(({ channel, to }) => channel !== 'email' || to.every((address) => mailAddress.test(address)), {
      message: 'the channel email takes plain addresses such as it@clinic.example, one per entry',
      path: ['to'],
    });
}

function jobsFault(subscription: unknown, may: (takes: string, filter: SubscriptionFilter) => boolean): string {
  const takes = z.object({ takes: z.string() }).safeParse(subscription).data?.takes ?? '';
  const advice = may(takes, 'rules') ? ': use `rules` to select them' : '';
  return `\`jobs\` selects backups, but this subscription takes ${takes}${advice}`;
}

/** People and addresses, and what they subscribe to. */
export const recipientGroupDefinitionSchema = recipientGroupSchema(allOccasions);
export type RecipientGroupDefinition = z.infer<typeof recipientGroupDefinitionSchema>;
export type MessageSubscription = RecipientGroupDefinition['subscriptions'][number];

/** How mail leaves: an SMTP server. */
export const smtpDefinitionSchema = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .regex(/^[^\s/]+$/, 'must be a host name or address, without spaces or slashes'),
    port: z.number().int().min(1).max(65_535).default(587),
    encryption: z.enum(['tls', 'starttls', 'none']).default('starttls'),
    user: z.string().optional(),
    password: z
      .string()
      .regex(
        /^\$\{(env|file):[^}]+\}$/,
        'must be a reference such as ${env:SMTP_PASSWORD} or ${file:/etc/wardround/smtp}',
      )
      .optional(),
    caFile: z
      .string()
      .min(1)
      .optional()
      .describe("PEM file with the clinic's own certificate authority, if it signed the server's certificate"),
    from: z
      .string()
      .max(400)
      .regex(oneLine, 'must be one line')
      .regex(/^(?:[^<>]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/, 'must be an address, or a name and <address>')
      .describe('Sender, e.g. Wardround <backup@clinic.example>'),
  })
  .refine(({ user, password }) => password === undefined || user !== undefined, {
    message: '`password` requires `user`',
    path: ['user'],
  });
export type SmtpDefinition = z.infer<typeof smtpDefinitionSchema>;
