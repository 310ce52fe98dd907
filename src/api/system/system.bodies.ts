import { z } from 'zod';
import { epochReasons } from '../../event-log/log-identity.js';
import { roles } from '../../shared/duties.js';
import { consumerStates } from '../../system/consumer.js';
import { moment, count } from '../bodies.js';
import { clockJumpSchema } from '../clock/clock.bodies.js';

export const healthSchema = z.object({ status: z.literal('ok') });

export const readySchema = z.object({ status: z.literal('ready') });

export const consumerSchema = z.object({
  name: z.string().describe('`views`, `rules`, `notifications`; `intake` where events come from another place'),
  state: z
    .enum(consumerStates)
    .describe(
      'failing: tries something again and again; stuck: nothing has moved for a minute, though there is something',
    ),
  lag: count.describe('Events that it still has to go through'),
  rate: z.number().nonnegative().describe('Events a second, over the last minute'),
  parked: count.describe('Events that it does without until somebody sees to them'),
  lastError: z.string().nullable().describe('Null while it is well'),
  since: moment.nullable().describe('Since when it is failing or stuck'),
});

export const systemSchema = z.object({
  version: z.string(),
  computer: z.string(),
  pid: count,
  role: z.enum(roles),
  engines: z.object({ eventLog: z.enum(['sqlite', 'kafka']), views: z.enum(['sqlite', 'postgres']) }),
  startedAt: moment,
  uptimeSeconds: count,
  log: z
    .object({
      id: z.string().describe('Given once to a log; a copy keeps it'),
      epoch: z.string().describe('In which facts are counted now; a restored or copied log begins a new one'),
      because: z.enum(epochReasons).describe('Why this epoch began'),
      before: z.string().nullable().describe('The epoch before; null for the first'),
    })
    .nullable()
    .describe('Whose the event log is; null: not known now'),
  partitions: z.array(count).describe('Of the event log: those that this process handles now'),
  parts: z
    .array(z.object({ name: z.string(), trouble: z.string().nullable() }))
    .describe('What it depends on; trouble is null while all is well'),
  consumers: z.array(consumerSchema).describe('Of this process, in its partitions'),
  outboxWaiting: count
    .nullable()
    .describe('Decisions on their way to the event log, of all processes; null: not known now'),
  messagesWaiting: count.nullable().describe('Messages to be delivered, of all processes; null: not known now'),
  clockJumps: z
    .array(clockJumpSchema)
    .nullable()
    .describe(
      'Jumps of the clock for which no old backup is removed; POST /api/v1/clock/confirm ends it. null: not known now',
    ),
  undelivered: z
    .array(
      z.object({
        group: z.string(),
        channel: z.string(),
        to: z.array(z.string()),
        messageId: z.string().describe('The newest of them; POST /api/v1/messages/{id}/dismiss ends all'),
        since: moment,
        error: z.string().nullable().describe('What went wrong last'),
        messages: count,
        gaveUp: z.boolean().describe('False: still tried, for more than an hour'),
      }),
    )
    .nullable()
    .describe('Groups that could not be told; it ends when a later message to them is delivered. null: not known now'),
  withoutMailServer: z
    .array(z.string())
    .nullable()
    .describe('Groups that ask for e-mail while no mail server is configured'),
  pluginProblems: z
    .array(z.object({ folder: z.string().describe('Within the folder of all plugins'), message: z.string() }))
    .describe('Plugins that cannot be used, whether or not the configuration names them'),
});
