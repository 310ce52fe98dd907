import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-log/event-types.js';
import { nameSchema } from '../shared/names.js';
import { serverDefinitionSchema } from './server.js';

const address = { site: nameSchema, server: nameSchema };

export const serverDefined = defineEvent(
  'server.defined',
  1,
  z.object({ ...address, definition: serverDefinitionSchema }),
);
export const serverRetired = defineEvent('server.retired', 1, z.object(address));

export const serverEvents = [serverDefined, serverRetired] as const;
export type ServerEvent = EventOf<(typeof serverEvents)[number]>;
