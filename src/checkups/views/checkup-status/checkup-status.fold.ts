import type { EventOf } from '../../../event-log/event-types.js';
import type { checkupCompleted, checkupRetired } from '../../checkups.events.js';
import { toIso } from '../../../shared/instant.js';
import { isHistory, logTime } from '../../../shared/log-time.js';
import type { CheckupResultRow, CheckupStatusRow } from './checkup-status.entity.js';

/** The address of a check-up in the API and the board: `<site>.<server>.<checkup>`; names hold no dots. */
export function checkupId({ site, server, checkup }: { site: string; server: string; checkup: string }): string {
  return `${site}.${server}.${checkup}`;
}

/**
 * The newest result by the log's order; one that comes late, older than the one at hand, is history and changes nothing,
 * as it changes no alarm. A retired check-up has no status: where it is defined again, its status begins again.
 */
export function foldCheckupStatus(
  status: CheckupStatusRow | undefined,
  event: EventOf<typeof checkupCompleted | typeof checkupRetired>,
): CheckupStatusRow | undefined {
  if (event.type === 'checkup.retired') return undefined;
  const { data, time, recordedtime } = event;
  const seen = logTime(event);
  if (status && isHistory(seen, logTime({ time: status.time, recordedtime: status.recordedAt }))) return status;
  return {
    id: checkupId(data),
    site: data.site,
    server: data.server,
    checkup: data.checkup,
    plugin: data.plugin,
    status: data.status,
    summary: data.summary,
    details: data.details,
    metrics: data.metrics,
    time,
    recordedAt: recordedtime,
    since: status?.status === data.status ? status.since : toIso(seen.at),
    durationMs: data.durationMs,
  };
}

export function checkupResult({ id, data, time }: EventOf<typeof checkupCompleted>): CheckupResultRow {
  return {
    checkupId: checkupId(data),
    time,
    eventId: id,
    status: data.status,
    summary: data.summary,
    metrics: data.metrics,
  };
}
