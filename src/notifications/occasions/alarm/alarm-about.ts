import { z } from 'zod';
import { nameSchema, serverKey } from '../../../shared/names.js';
import { aboutKind } from '../about.js';

/** An alarm on a server. */
export const alarmAbout = aboutKind(
  'alarm',
  z.object({ site: nameSchema, server: nameSchema, rule: nameSchema, alarmId: z.string() }),
);
export type AlarmRef = z.infer<typeof alarmAbout.ref>;

/** The subject of every event about one alarm. */
export function alarmSubject({ site, server, alarmId }: Pick<AlarmRef, 'site' | 'server' | 'alarmId'>): string {
  return `${serverKey(site, server)}/alarms/${alarmId}`;
}
