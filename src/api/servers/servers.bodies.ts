import { z } from 'zod';
import { conditionReasons } from '../../ward/condition.js';
import type { ServerRows } from '../../ward/ward.js';
import { managedBy, moment, count, status, type Body } from '../bodies.js';

export const serverSchema = z.object({
  site: z.string(),
  name: z.string(),
  title: z.string(),
  managedBy,
  status: status.describe(
    'The worst of its check-ups, its backup jobs and its open alarms; unknown without recent results',
  ),
  because: z.enum(conditionReasons).describe('The reason for the status'),
  since: moment.nullable().describe('Since when; null if all is well or the time is unknown'),
  checkups: z.object({ ok: count, warning: count, critical: count, unknown: count }),
  openAlarms: z.object({ warning: count, critical: count, unacknowledged: count }),
  jobs: z.object({ defined: count, running: count }),
});

export function serverBody(rows: ServerRows): Body<typeof serverSchema> {
  const { site, server, title, alarms, jobs, condition } = rows;
  const looksWith = (status: string) => rows.checkups.filter(({ now }) => now.status === status).length;
  const alarmsOf = (severity: string) => alarms.filter((alarm) => alarm.severity === severity).length;
  return {
    site,
    name: server,
    title: title ?? server,
    managedBy: rows.managedBy,
    status: condition.status,
    because: condition.because,
    since: condition.since,
    checkups: {
      ok: looksWith('ok'),
      warning: looksWith('warning'),
      critical: looksWith('critical'),
      unknown: looksWith('unknown'),
    },
    openAlarms: {
      warning: alarmsOf('warning'),
      critical: alarmsOf('critical'),
      unacknowledged: alarms.filter(({ acknowledgedAt }) => acknowledgedAt === null).length,
    },
    jobs: { defined: jobs.length, running: jobs.filter(({ running }) => running !== null).length },
  };
}
