import type { EventOfType } from '../../all.events.js';
import type { CheckupResultRow, CheckupStatusRow } from './checkup-status.entity.js';

/** The address of a check-up in the API and the board: `<site>.<server>.<checkup>`; names hold no dots. */
export function checkupId({ site, server, checkup }: { site: string; server: string; checkup: string }): string {
  return `${site}.${server}.${checkup}`;
}

/**
 * The newest result; a result that comes late, older than the one at hand, changes nothing. A retired check-up has no
 * status: where it is defined anew, its status begins anew.
 */
export function foldCheckupStatus(
  status: CheckupStatusRow | undefined,
  event: EventOfType<'checkup.completed' | 'checkup.retired'>,
): CheckupStatusRow | undefined {
  if (event.type === 'checkup.retired') return undefined;
  const { data, time } = event;
  if (status && status.time > time) return status;
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
    since: status?.status === data.status ? status.since : time,
    durationMs: data.durationMs,
  };
}

export function checkupResult({ id, data, time }: EventOfType<'checkup.completed'>): CheckupResultRow {
  return {
    checkupId: checkupId(data),
    time,
    eventId: id,
    status: data.status,
    summary: data.summary,
    metrics: data.metrics,
  };
}
