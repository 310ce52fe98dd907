import { backupJobDefined, backupJobRetired } from '../backups/backups.events.js';
import { backupJobDefinitionSchema } from '../backups/job.js';
import { checkupDefinitionSchema } from '../checkups/checkup.js';
import { checkupDefined, checkupRetired } from '../checkups/checkups.events.js';
import type { NewEvent } from '../event-log/envelope.js';
import { fact } from '../event-log/statement.js';
import {
  channelDefined,
  channelRetired,
  recipientGroupDefined,
  recipientGroupRetired,
} from '../notifications/notifications.events.js';
import { recipientGroupDefinitionSchema, smtpDefinitionSchema } from '../notifications/recipient-group.js';
import { ruleDefined, ruleRetired } from '../rules/rules.events.js';
import { ruleDefinitionSchema } from '../rules/rule.js';
import { serverDefinitionSchema } from '../servers/server.js';
import { serverDefined, serverRetired } from '../servers/servers.events.js';
import type { Instant } from '../shared/instant.js';
import { definitionsKey, serverKey } from '../shared/names.js';
import { emailChannel, type Definition } from './desired.js';

/** Who states definitions, and when. */
export interface Stating {
  /** The site of the configuration: it is the source of what holds for the whole installation. */
  readonly site: string;
  readonly actor: string;
  readonly now: Instant;
}

/** The event that something holds from now on. @throws ZodError if the definition is none. */
export function definedEvent({ kind, site, server, name, definition }: Definition, stating: Stating): NewEvent {
  const bound = { site, server };
  const of = addressOf({ kind, site, server, name }, stating);
  switch (kind) {
    case 'server':
      return fact(serverDefined, { ...of, data: { ...bound, definition: serverDefinitionSchema.parse(definition) } });
    case 'checkup':
      return fact(checkupDefined, {
        ...of,
        data: { ...bound, checkup: name, definition: checkupDefinitionSchema.parse(definition) },
      });
    case 'backup-job':
      return fact(backupJobDefined, {
        ...of,
        data: { ...bound, job: name, definition: backupJobDefinitionSchema.parse(definition) },
      });
    case 'rule':
      return fact(ruleDefined, { ...of, data: { rule: name, definition: ruleDefinitionSchema.parse(definition) } });
    case 'recipient-group':
      return fact(recipientGroupDefined, {
        ...of,
        data: { group: name, definition: recipientGroupDefinitionSchema.parse(definition) },
      });
    case 'channel':
      return fact(channelDefined, {
        ...of,
        data: { channel: emailChannel, definition: smtpDefinitionSchema.parse(definition) },
      });
  }
}

/** The event that something holds no longer. */
export function retiredEvent(key: Omit<Definition, 'definition'>, stating: Stating): NewEvent {
  const { kind, site, server, name } = key;
  const bound = { site, server };
  const of = addressOf(key, stating);
  switch (kind) {
    case 'server':
      return fact(serverRetired, { ...of, data: bound });
    case 'checkup':
      return fact(checkupRetired, { ...of, data: { ...bound, checkup: name } });
    case 'backup-job':
      return fact(backupJobRetired, { ...of, data: { ...bound, job: name } });
    case 'rule':
      return fact(ruleRetired, { ...of, data: { rule: name } });
    case 'recipient-group':
      return fact(recipientGroupRetired, { ...of, data: { group: name } });
    case 'channel':
      return fact(channelRetired, { ...of, data: { channel: emailChannel } });
  }
}

const folders = {
  checkup: 'checkups',
  'backup-job': 'backups',
  rule: 'rules',
  'recipient-group': 'recipient-groups',
  channel: 'channels',
} as const;

/** What belongs to a server is stated by it and ordered with all else about it; the rest by the site's configuration. */
function addressOf({ kind, site, server, name }: Omit<Definition, 'definition'>, stating: Stating) {
  const { actor, now } = stating;
  if (site === '') {
    const source = `/sites/${stating.site}/configuration`;
    const subject = `${definitionsKey}/${kind === 'server' ? 'servers' : folders[kind]}/${name}`;
    return { source, subject, partitionkey: definitionsKey, actor, now };
  }
  const key = serverKey(site, server);
  return {
    source: key,
    subject: kind === 'server' ? key : `${key}/${folders[kind]}/${name}`,
    partitionkey: key,
    actor,
    now,
  };
}
