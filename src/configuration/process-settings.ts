import { z } from 'zod';
import { canonicalJson } from '../definitions/canonical-json.js';
import { dutiesOf, roles, type Role } from '../shared/duties.js';
import { pathFault, withConfigFolder } from '../definitions/checking/paths-and-references.js';
import { pathText, type ConfigurationProblem, type Fault } from '../definitions/checking/problem.js';
import { schemaFaults } from './schema-faults.js';
import { schemaNode } from '../definitions/checking/schema-hints.js';
import { valueAt } from '../definitions/checking/value-at.js';
import { parseYaml } from './yaml-text.js';

// What a process must know before it opens anything: which part it plays, and where the events and the views are kept. It
// is never made into events, and counts from the next start on.

/** The whole text is one reference to a secret. */
const reference = /^\$\{(?:env|file):[^}\n]+\}$/;
const secretSchema = (example: string) =>
  z.string().regex(reference, `must be a reference such as \${env:${example}} or \${file:/run/secrets/wardround}`);

const usualRole: Role = 'standalone';
const roleSchema = z
  .enum(roles, {
    error: ({ input }) => (input === 'agent' ? 'agents are not supported yet; choose standalone or hub' : undefined),
  })
  .default(usualRole)
  .describe(
    'Role of this process: standalone does everything on one machine; a hub receives events from servers, evaluates rules and notifies people, and runs no backups or check-ups itself',
  );

const brokerSchema = z
  .string()
  .regex(
    /^(?:(?:\[[0-9A-Fa-f:.]+\]|[^\s/:,${}]+):[0-9]{1,5}|\$\{(?:env|file):[^}\n]+\})$/,
    'must be host:port, or a reference such as ${env:KAFKA_BROKERS} for one or several, separated by commas',
  );

const kafkaTlsSchema = z
  .strictObject({
    caFile: z.string().min(1).optional().describe('PEM file with the certificate authority of the brokers'),
    certFile: z
      .string()
      .min(1)
      .optional()
      .describe("PEM file with Wardround's client certificate, if the brokers require one"),
    keyFile: z.string().min(1).optional().describe('PEM file with the private key of `certFile`'),
  })
  .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), {
    message: '`certFile` and `keyFile` belong together',
  });

const saslSchema = z.strictObject({
  mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).describe('Mechanism that the brokers require'),
  username: z.string().min(1),
  password: secretSchema('KAFKA_PASSWORD'),
});

const eventLogSchema = z
  .discriminatedUnion('engine', [
    z.strictObject({ engine: z.literal('sqlite').describe('events.db in the data folder: for one process') }),
    z.strictObject({
      engine: z.literal('kafka').describe('A topic of a Kafka cluster: for any number of hubs that share the work'),
      brokers: z.array(brokerSchema).min(1).describe('host:port of one broker or, preferably, several'),
      topic: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,249}$/, 'must be 1 to 249 letters, digits, dots, hyphens and underscores')
        .default('wardround')
        .describe('Created if it does not exist. Do not share it between installations'),
      partitions: z
        .number()
        .int()
        .min(1)
        .max(1000)
        .default(12)
        .describe('How many processes can share the work. It cannot be changed later'),
      replication: z
        .number()
        .int()
        .min(1)
        .max(9)
        .optional()
        .describe(
          'How many brokers keep each event of a new topic; default: three, or the number of brokers if there are fewer',
        ),
      tls: kafkaTlsSchema
        .optional()
        .describe('Use TLS with the brokers; {} uses the certificate authorities of the system'),
      sasl: saslSchema.optional().describe('How Wardround authenticates to the brokers'),
    }),
  ])
  .default({ engine: 'sqlite' })
  .describe('Where events are stored');

/**
 * `postgres://user@host:port/database?…`. A password may be in it as a reference only: this file is read by many,
 * copied and shown.
 */
const databaseUrl =
  /^postgres(?:ql)?:\/\/(?:(?:\$\{[^}\n]+\}|[^\s:@/?${}]+)(?::\$\{(?:env|file):[^}\n]+\})?@)?[^\s@${}/?]+(?:\/[^\s@${}]*)?$/;

const viewsSchema = z
  .discriminatedUnion('engine', [
    z.strictObject({ engine: z.literal('sqlite').describe('wardround.db in the data folder') }),
    z.strictObject({
      engine: z.literal('postgres').describe('A database of a PostgreSQL server'),
      url: z
        .string()
        .refine((text) => reference.test(text) || (databaseUrl.test(text) && !/[?&]password=/i.test(text)), {
          message:
            'must be a reference such as ${env:DATABASE_URL}, or a URL without a plain-text password, such as postgres://wardround:${env:DATABASE_PASSWORD}@db.example:5432/wardround',
        })
        .describe('URL of the database'),
      schema: z
        .string()
        .regex(/^[a-z_][a-z0-9_]{0,58}$/, 'must be 1 to 59 lower-case letters, digits and underscores')
        .default('public')
        .describe(
          'Schema of the tables; created if it does not exist. Do not share it, or the schema log (or <schema>_log) for the events, between installations',
        ),
      poolSize: z
        .number()
        .int()
        .min(4)
        .max(200)
        .default(10)
        .describe('How many transactions one process runs concurrently; it opens about twenty more connections'),
    }),
  ])
  .default({ engine: 'sqlite' })
  .describe('Where the views, the tables behind the board and the API, are stored');

/** The keys of `wardround.yaml` that are about the process. */
export const processSettingsShape = { role: roleSchema, eventLog: eventLogSchema, views: viewsSchema };

/** Of these keys alone; the others of the file are none of its business. */
export const processSettingsSchema = z.object(processSettingsShape);
export type ProcessSettings = z.infer<typeof processSettingsSchema>;
export type KafkaLogSettings = Extract<ProcessSettings['eventLog'], { engine: 'kafka' }>;
export type PostgresViewSettings = Extract<ProcessSettings['views'], { engine: 'postgres' }>;

export const processKeys = ['role', 'eventLog', 'views'] as const;
export type ProcessKey = (typeof processKeys)[number];

/** The keys of which the file says something else now than when the process started: they wait for its next start. */
export function changedSinceStart(
  startedWith: Readonly<Record<ProcessKey, unknown>>,
  now: ProcessSettings,
): readonly ProcessKey[] {
  return processKeys.filter((key) => canonicalJson(startedWith[key]) !== canonicalJson(now[key]));
}

/** What holds where nothing is said: one machine. */
export const standaloneSettings: ProcessSettings = processSettingsSchema.parse({});

const hints = schemaNode(z.toJSONSchema(processSettingsSchema, { io: 'input', unrepresentable: 'any' }));

export type ReadProcessSettings =
  | { readonly right: true; readonly settings: ProcessSettings }
  | { readonly right: false; readonly problems: readonly ConfigurationProblem[] };

/**
 * Reads what a configuration file says about the process, and nothing else of it. Total: it never throws.
 * @param folder absolute path of the folder that the file is in: `${config}` is replaced by it, other references stay
 */
export function readProcessSettings(text: string, folder: string): ReadProcessSettings {
  const yaml = parseYaml(text);
  if (yaml.value === undefined || yaml.isGuess) return { right: false, problems: yaml.problems };
  const value = isGroup(yaml.value) ? yaml.value : {};
  const parsed = processSettingsSchema.safeParse(value);
  const faults = [...(parsed.success ? [] : schemaFaults(value, parsed.error.issues, hints)), ...processFaults(value)];
  if (!parsed.success || faults.length > 0) {
    const problems = faults.map(({ path, ...fault }) => ({ ...yaml.locate(path), path: pathText(path), ...fault }));
    return { right: false, problems };
  }
  return { right: true, settings: processSettingsSchema.parse(withConfigFolder(parsed.data, folder)) };
}

/** What does not fit together among the keys about the process, in a file that may have other faults too. */
export function processFaults(value: unknown): readonly Fault[] {
  const at = (...path: string[]) => valueAt(value, path);
  const faults: Fault[] = [];
  if (at('eventLog', 'engine') === 'kafka') {
    if ((at('views', 'engine') ?? 'sqlite') === 'sqlite') {
      faults.push({
        path: at('views', 'engine') === undefined ? ['eventLog', 'engine'] : ['views', 'engine'],
        message: 'events in Kafka need views in PostgreSQL, which all processes share',
        advice: 'Write views: { engine: postgres, url: "${env:DATABASE_URL}" }',
      });
    }
    const role = roleSchema.safeParse(at('role') ?? usualRole);
    if (role.success && !dutiesOf({ role: role.data }).sharesWork) {
      faults.push({
        path: at('role') === undefined ? ['eventLog', 'engine'] : ['role'],
        message: 'events in Kafka are for hubs: each standalone process would run all backups and check-ups',
        advice: 'Write role: hub, or keep events in SQLite',
      });
    }
  }
  for (const key of ['caFile', 'certFile', 'keyFile']) {
    const file = at('eventLog', 'tls', key);
    if (typeof file === 'string') faults.push(...pathFault(file, ['eventLog', 'tls', key]));
  }
  return faults;
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
