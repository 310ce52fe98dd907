import type { AnyEvent } from '../all.events.js';
import type { DefinitionKind, DefinitionRow } from './definitions.entity.js';

export const definitionEventTypes = [
  'server.defined',
  'server.retired',
  'checkup.defined',
  'checkup.retired',
  'backup-job.defined',
  'backup-job.retired',
  'rule.defined',
  'rule.retired',
  'recipient-group.defined',
  'recipient-group.retired',
  'channel.defined',
  'channel.retired',
] as const;
export type DefinitionEvent = Extract<AnyEvent, { type: (typeof definitionEventTypes)[number] }>;

export type DefinitionKey = Pick<DefinitionRow, 'kind' | 'site' | 'server' | 'name'>;

/** What an event states about one definition: that it holds from now on, or no longer. */
export type DefinitionChange = { readonly key: DefinitionKey; readonly defined: unknown; readonly at: string };

/** `defined` is undefined where the event retires it. */
export function definitionChange(event: DefinitionEvent): DefinitionChange {
  const key = definitionKey(event);
  return { key, defined: 'definition' in event.data ? event.data.definition : undefined, at: event.time };
}

function definitionKey(event: DefinitionEvent): DefinitionKey {
  switch (event.type) {
    case 'server.defined':
    case 'server.retired':
      return keyed('server', event.data.server, event.data);
    case 'checkup.defined':
    case 'checkup.retired':
      return keyed('checkup', event.data.checkup, event.data);
    case 'backup-job.defined':
    case 'backup-job.retired':
      return keyed('backup-job', event.data.job, event.data);
    case 'rule.defined':
    case 'rule.retired':
      return keyed('rule', event.data.rule);
    case 'recipient-group.defined':
    case 'recipient-group.retired':
      return keyed('recipient-group', event.data.group);
    case 'channel.defined':
    case 'channel.retired':
      return keyed('channel', event.data.channel);
  }
}

function keyed(kind: DefinitionKind, name: string, where = { site: '', server: '' }): DefinitionKey {
  return { kind, site: where.site, server: where.server, name };
}
