import { z } from 'zod';
import { epochReasons } from '../../event-log/log-identity.js';
import { roles } from '../../shared/duties.js';
import { consumerStates } from '../../system/consumer.js';
import { moment, count } from '../bodies.js';
import { clockJumpSchema } from '../clock/clock.bodies.js';

export const healthSchema = z.object({ status: z.literal('ok') });

export const readySchema = z.object({ status: z.literal('ready') });

export const consumerSchema = z.object({
  name: z.string().describe('`views`, `rules`, `notifications`; `intake` where events come from Kafka'),
  state: z
    .enum(consumerStates)
    .describe('failing: retries repeatedly; stuck: no progress for a minute although events are waiting'),
  lag: count.describe('Events waiting to be processed'),
  rate: z.number().nonnegative().describe('Events per second, over the last minute'),
  parked: count.describe('Parked events'),
  lastError: z.string().nullable().describe('null while there is no error'),
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
      id: z.string().describe('ID of the log; a copy keeps it'),
      epoch: z.string().describe('Current epoch of the sequence numbers; a restored or copied log begins a new one'),
      because: z.enum(epochReasons).describe('Why this epoch began'),
      before: z.string().nullable().describe('The previous epoch; null for the first'),
    })
    .nullable()
    .describe('Identity of the event log; null: currently unknown'),
  partitions: z.array(count).describe('Partitions of the event log that this process currently handles'),
  parts: z
    .array(z.object({ name: z.string(), trouble: z.string().nullable() }))
    .describe('Dependencies; trouble is null while all is well'),
  consumers: z.array(consumerSchema).describe('Event processing in the partitions of this process'),
  outboxWaiting: count
    .nullable()
    .describe('Decisions waiting to be appended to the event log, of all processes; null: currently unknown'),
  messagesWaiting: count
    .nullable()
    .describe('Messages waiting for delivery, of all processes; null: currently unknown'),
  clockJumps: z
    .array(clockJumpSchema)
    .nullable()
    .describe(
      'Unconfirmed clock jumps, which pause retention; confirm with POST /api/v1/clock/confirm. null: currently unknown',
    ),
  undelivered: z
    .array(
      z.object({
        group: z.string(),
        channel: z.string(),
        to: z.array(z.string()),
        messageId: z.string().describe('The newest message; dismiss all with POST /api/v1/messages/{id}/dismiss'),
        since: moment,
        error: z.string().nullable().describe('The last error'),
        messages: count,
        gaveUp: z.boolean().describe('false: still retrying after more than an hour'),
      }),
    )
    .nullable()
    .describe('Groups that could not be notified, until a later message to them is delivered. null: currently unknown'),
  withoutMailServer: z
    .array(z.string())
    .nullable()
    .describe('Groups that want e-mail although no mail server is configured'),
  pluginProblems: z
    .array(z.object({ folder: z.string().describe('Within the folder of all plugins'), message: z.string() }))
    .describe('Plugins that cannot be used, whether or not the configuration names them'),
});
