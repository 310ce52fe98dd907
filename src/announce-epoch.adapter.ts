import { installationSource, logEpochBegan } from './event-log/installation.events.js';
import type { EventLog } from './event-log/event-log.js';
import { decision } from './event-log/statement.js';
import type { Installation } from './shared/installation.js';
import type { Instant } from './shared/instant.js';
import { definitionsKey } from './shared/names.js';

/**
 * Says in the log that it counts in another epoch from here on. Every start says so, and it is in the log once: its id follows
 * from the epoch.
 */
export async function announceEpoch(
  log: EventLog,
  {
    installation,
    computer,
    now,
  }: { readonly installation: Installation; readonly computer: string; readonly now: Instant },
): Promise<void> {
  const { id, epoch, before, because } = await log.identity();
  if (before === null) return;
  const subject = `/logs/${id}/epochs/${epoch}`;
  await log.append([
    decision(logEpochBegan, [id, epoch], {
      data: { log: id, epoch, before, because, installation: installation.id, computer },
      ...{ source: installationSource, subject, partitionkey: definitionsKey, now, actor: 'start' },
    }),
  ]);
}
