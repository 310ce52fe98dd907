import { z } from 'zod';
import {
  copiedSourceSchema,
  copyReportSchema,
  protocolLineSchema,
  runOutcomes,
  runTriggers,
  suspicionSchema,
} from '../backups/backups.events.js';
import { jobReasons, jobStates } from '../backups/job-freshness.js';
import { checkupStatuses } from '../checkups/checkup.js';
import { checkupCompleted, metricSchema } from '../checkups/checkups.events.js';
import { inPlaceOfSchema } from '../notifications/notifications.events.js';
import { allOccasions } from '../notifications/occasions/all-occasions.js';
import { epochReasons } from '../event-log/log-identity.js';
import { locales } from '../notifications/recipient-group.js';
import { severities } from '../shared/severity.js';
import { conditionReasons } from '../ward/condition.js';
import { errorCodes } from '../shared/errors.js';
import { consumerStates } from '../system/consumer.js';
import { cursorPattern } from './cursor.js';
import { outsideTypeNames } from './outside-events.js';

// The bodies of the API's answers. Moments are RFC 3339 in UTC; `href` is the address of the thing itself.

const moment = z.iso.datetime();
const count = z.int().nonnegative();
const onServer = { site: z.string(), server: z.string() };
const status = z.enum(checkupStatuses);

/** A part of a list, and where the next one begins. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z
      .string()
      .regex(cursorPattern)
      .nullable()
      .describe('The `cursor` of the next page; null if this is the last'),
  });
}

export const serverSchema = z.object({
  site: z.string(),
  name: z.string(),
  title: z.string(),
  status: status.describe(
    'The worst of its check-ups, its backup jobs and its open alarms; unknown where nothing recent is known',
  ),
  because: z.enum(conditionReasons).describe('What that follows from'),
  since: moment.nullable().describe('Since when; null where all is well or there is no moment to name'),
  checkups: z.object({ ok: count, warning: count, critical: count, unknown: count }),
  openAlarms: z.object({ warning: count, critical: count, unacknowledged: count }),
  jobs: z.object({ defined: count, running: count }),
});

export const resultSchema = z.object({
  time: moment,
  status,
  summary: z.string(),
  metrics: z.array(metricSchema),
});

export const checkupSchema = z.object({
  id: z.string().describe('`<site>.<server>.<name>`'),
  ...onServer,
  name: z.string(),
  title: z.string(),
  plugin: z.string().nullable().describe('null: nothing is run, its results come by POST /api/v1/events'),
  every: z.string().nullable().describe('Interval such as `1m`; null if it has a cron line'),
  at: z.string().nullable().describe('Cron line; null if it has an interval'),
  timeZone: z.string().nullable().describe("Whose clock `at` means; null: the computer's own"),
  status: status.describe('What may be said now: unknown if the newest result is older than it should be'),
  because: z
    .enum(['looked', 'never-looked', 'overdue', 'clock-wrong'])
    .describe('Why the status is this one; `clock-wrong`: the newest result is dated after now'),
  newest: resultSchema
    .extend({
      since: moment.describe('Since when the result is this one'),
      details: z.string(),
      durationMs: z.number(),
    })
    .nullable()
    .describe('The newest result, however old'),
  href: z.string().describe('Its history'),
});

export const historicResultSchema = resultSchema.extend({ eventId: z.string() });

export const runSchema = z.object({
  runId: z.string(),
  ...onServer,
  job: z.string(),
  outcome: z
    .enum(runOutcomes)
    .describe(
      '`suspicious`: copied and verified, but it looks as if something of the sources were missing; `captured`: it was in hand when the event log was copied that this installation was restored from',
    ),
  trigger: z.string().describe(`Why it ran: ${runTriggers.join(', ')}`),
  plannedFor: moment.nullable().describe('The planned start that it serves; null if a person asked for it'),
  computer: z.string(),
  user: z.string(),
  startedAt: moment,
  completedAt: moment.nullable(),
  clockWrong: z.boolean().describe('True: its times were stated by a clock that ran ahead, and are not believed'),
  error: z.object({ code: z.enum(errorCodes), text: z.string() }).nullable(),
  destinations: z.array(z.string()),
  copies: z.array(copyReportSchema),
  percent: z.number().min(0).max(100),
  step: z.string().describe('The step in hand; empty before and after'),
  files: count,
  bytes: count,
  totalFiles: count.describe('0 while not known'),
  totalBytes: count.describe('0 while not known'),
  suspicions: z.array(suspicionSchema).describe('What looked odd; stays when a person has accepted the run'),
  sources: z.array(copiedSourceSchema).describe('What was copied of each source; empty while that is not known'),
  warnings: count.nullable().describe('Lines of the protocol that are warnings; null while not counted'),
  accepted: z
    .object({ at: moment, by: z.string(), note: z.string() })
    .nullable()
    .describe('Who said that a suspicious run is right; it counts as succeeded then'),
  href: z.string(),
});

export const runWithProtocolSchema = runSchema.extend({
  protocol: z.object({
    lines: z.array(protocolLineSchema),
    lastLine: count.describe('The `afterLine` that asks for what follows'),
    more: z.boolean().describe('Whether there are more lines already'),
  }),
});

export const jobSchema = z.object({
  ...onServer,
  name: z.string(),
  title: z.string(),
  at: z.string().nullable().describe('Cron line; null if it runs on demand only'),
  timeZone: z.string().nullable().describe("Whose clock `at` means; null: the computer's own"),
  sources: z.array(z.string()),
  destinations: z.array(z.string()).describe('Where its snapshots stay, the local copy first if it has one'),
  nextPlanned: moment.nullable().describe('Its next planned start'),
  status: status.describe('How bad its state is'),
  state: z
    .enum(jobStates)
    .describe(
      'fresh: the last run succeeded and no planned start was missed since; waiting: its first run is still to come; ' +
        'overdue: a planned start has passed without a run; never-succeeded: it has not run since it was defined',
    ),
  because: z.enum(jobReasons).describe('Why it has that state'),
  since: moment.nullable().describe('Since when it has that state; null for a job on demand that never ran'),
  running: runSchema.nullable(),
  lastRun: runSchema.nullable().describe('The newest run; not one that was captured in a backup'),
  lastSuccess: runSchema.nullable().describe('The newest by the order of the log whose stated time can be believed'),
});

export const snapshotSchema = z.object({
  ...onServer,
  job: z.string(),
  destination: z.string().describe('`local-copy`, or the name of the destination'),
  snapshot: z.string().describe('Its name, its time: `2026-11-22T02-00-00Z`'),
  runId: z.string(),
  place: z.string(),
  files: count,
  bytes: count,
  manifestSha256: z.string(),
  verifiedAt: moment,
});

export const alarmSchema = z.object({
  alarmId: z.string(),
  rule: z.string(),
  ...onServer,
  subject: z
    .object({ kind: z.enum(['job', 'checkup', 'server']), name: z.string() })
    .describe('What it is about; a rule has one open alarm at most on each. `server`: raised by an older version'),
  state: z.enum(['raised', 'acknowledged', 'cleared']),
  severity: z.enum(severities),
  title: z.string(),
  advice: z.string(),
  summary: z.string().describe('Why: the value, the line, the time without success'),
  because: z.string().describe('Why, as a word'),
  since: moment.describe('Since when the condition holds'),
  raisedAt: moment,
  acknowledgedAt: moment.nullable(),
  acknowledgedBy: z.string().nullable(),
  note: z.string().nullable(),
  clearedAt: moment.nullable(),
  clearedBecause: z.string().nullable(),
});

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
  channel: z.string().describe('The channel asked for'),
  to: z.array(z.string()),
  locale: z.enum(locales),
  template: z.enum(allOccasions.templates),
  reason: z.string().describe('Why this group is told'),
  about: z.array(aboutSchema).describe('What it is about, oldest first: each a kind, and `ref`, its whole address'),
  runs: z.array(z.object({ ...onServer, job: z.string(), runId: z.string() })).describe('The runs among these'),
  inPlaceOf: inPlaceOfSchema.nullable().describe('The message that could not be delivered, and why'),
  period: z.object({ from: moment, until: moment }).nullable().describe('For a digest: the time it covers'),
  state: z
    .enum(['waiting', 'delivered', 'failed', 'withdrawn'])
    .describe('`withdrawn`: it was decided before this installation was restored, and is not sent'),
  decidedAt: moment,
  attempts: count,
  nextAttemptAt: moment.nullable(),
  lastError: z.string().nullable(),
  deliveredAt: moment.nullable(),
  deliveredBy: z.string().nullable().describe('The channel that carried it'),
  receipt: z.string().nullable().describe('What the other side answered'),
  subject: z.string().nullable(),
  text: z.string().nullable().describe('The text as sent'),
  dismissedAt: moment.nullable().describe('When a person said that it needs no more attention'),
  dismissedBy: z.string().nullable(),
});

export const eventSchema = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string().describe('Unique together with `source`'),
    source: z.string(),
    type: z.string(),
    subject: z.string(),
    time: moment.describe('When it happened'),
    datacontenttype: z.literal('application/json'),
    dataschema: z.string().describe('`urn:wardround:event:<type>:v<version>`'),
    data: z.record(z.string(), z.unknown()),
    partitionkey: z.string().describe('Events of one key are told in their order'),
    sequence: z.string().optional().describe('Gapless per source and epoch, 16 digits; decisions carry none'),
    epoch: z
      .string()
      .optional()
      .describe(
        'What the sequence counts in: `1`, or `2-k3f9x2ab`; a log that was restored or copied begins a new one',
      ),
    causationid: z.string().optional().describe('The id of the event that this one follows from'),
    actor: z.string().optional().describe('Who caused it'),
    recordedtime: moment.describe('When it was stored'),
  })
  .describe('A CloudEvents 1.0 event in JSON');

export const sentEventSchema = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string().min(1).max(200).describe('Unique together with `source`: sent again, it is stored once'),
    source: z.string().describe('The server: `/sites/<site>/servers/<server>`'),
    type: z.enum(outsideTypeNames),
    time: z.iso.datetime({ offset: true }).optional().describe('When it happened; without it, now'),
    subject: z.string().optional().describe('`<source>/checkups/<checkup>`, filled in'),
    datacontenttype: z.literal('application/json').optional(),
    dataschema: z.string().optional().describe('`urn:wardround:event:<type>:v<version>`; without it, the newest'),
    partitionkey: z.string().optional().describe('The source, filled in'),
    data: checkupCompleted.data,
  })
  .describe('A CloudEvents 1.0 event in JSON, as a probe on a server states it');

export const storedEventsSchema = z.object({
  stored: count.describe(
    'The events of the request, each of which is in the log now, from this request or an earlier one',
  ),
});

export const parkedEventSchema = z.object({
  id: z.string().describe('Of the parked event: `<subscription>.<partition>.<partition of the event>.<offset>`'),
  subscription: z.string().describe('Who does without it meanwhile: `views`, `rules` or `notifications`'),
  partition: count.describe('The partition of the event log that it waits for'),
  partitionkey: z.string().describe('Later events of this key wait behind it'),
  eventId: z.string(),
  source: z.string(),
  type: z.string(),
  error: z.string().nullable().describe('Why it was refused; null if it only waits behind another one of its key'),
  attempts: count.describe('How often it was refused'),
  parkedAt: moment,
  askedAt: moment.nullable().describe('Since when it is to be tried again; null if nobody asked'),
  href: z.string().describe('With the event itself'),
});

export const parkedEventWithEventSchema = parkedEventSchema.extend({
  event: eventSchema.nullable().describe('As it stands in the event log'),
});

export const askedAgainSchema = z.object({ asked: count.describe('How many events will be tried again') });

export const startedRunSchema = z.object({ runId: z.string(), job: z.string(), href: z.string() });

export const checkupRunSchema = resultSchema.extend({
  id: z.string(),
  details: z.string(),
  durationMs: z.number(),
  href: z.string().describe('Its history'),
});

export const restoredSchema = z.object({
  job: z.string(),
  snapshot: z.string(),
  destination: z.string(),
  to: z.string(),
  files: count,
  bytes: count,
  durationMs: z.number(),
});

export const configurationProblemSchema = z.object({
  line: count.describe('From 1'),
  column: count.describe('From 1'),
  path: z.string().describe('As people write it: `backups[1].sources[0]`; empty for the file as a whole'),
  message: z.string(),
  advice: z.string(),
});

export const configurationSchema = z.object({
  file: z.string(),
  problems: z.array(configurationProblemSchema).describe('Of the file as it was last read; empty if it is right'),
});

export const rebuiltViewsSchema = z.object({
  views: z.array(z.object({ name: z.string(), rowsChanged: count })),
});

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

export const clockJumpSchema = z.object({
  jumpId: z.string().describe('The id of its event'),
  computer: z.string(),
  against: z.enum(['steady-clock', 'log']).describe('What the clock did not agree with'),
  expected: moment.describe('What the clock should have shown; against the log, when its last event was recorded'),
  shown: moment,
  ms: z.number().int().describe('By how much it jumped; less than nothing: back'),
});

export const confirmedClockSchema = z.object({ confirmed: z.array(clockJumpSchema) });

export const systemSchema = z.object({
  version: z.string(),
  computer: z.string(),
  pid: count,
  role: z.enum(['standalone', 'hub']),
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
});
