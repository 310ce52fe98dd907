import { z } from 'zod';
import { nameSchema } from '../shared/names.js';

/**
 * What an alarm is about, within its server: the job or the check-up that the rule found at fault. A rule has one alarm
 * at a time on each. `server` is that of an alarm raised before alarms were distinguished so: it is about the whole
 * server.
 */
export const alarmSubjectSchema = z.object({ kind: z.enum(['job', 'checkup', 'server']), name: nameSchema });
export type AlarmSubject = Readonly<z.infer<typeof alarmSubjectSchema>>;
