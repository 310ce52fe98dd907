import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-log/event-types.js';
import { fromUnmanaged, managed } from '../definitions/managed-by.js';
import { nameSchema } from '../shared/names.js';
import { serverDefinitionSchema } from './server.js';

const address = { site: nameSchema, server: nameSchema };

export const serverDefined = defineEvent(
  'server.defined',
  2,
  z.object({ ...address, definition: serverDefinitionSchema, ...managed }),
  { 1: fromUnmanaged },
);
export const serverRetired = defineEvent('server.retired', 1, z.object(address));

export const serverEvents = [serverDefined, serverRetired] as const;
export type ServerEvent = EventOf<(typeof serverEvents)[number]>;
