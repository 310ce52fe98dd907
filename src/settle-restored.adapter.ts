import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Parts } from './app.module.js';
import type { Restoration } from './event-log/sqlite/log-holder.adapter.js';
import { decision } from './event-log/statement.js';
import { withdrawWaiting } from './notifications/message-withdrawal.adapter.js';
import { installationRestored, installationSource } from './event-log/installation.events.js';
import { settleRestoration } from './recognise-log.adapter.js';
import { definitionsKey } from './shared/names.js';
import { countText } from './shared/quantity.js';
import { DecidersService } from './folding/deciders.service.js';
import { OutboxService } from './folding/outbox.service.js';
import { ViewsService } from './folding/views.service.js';

/** Those who decide what is sent. What they decide about the past of a restored log is not sent. */
const messenger = 'notifications';

/**
 * Brings to an end what was in progress in a log that was restored: what follows from its events is decided, and
 * nothing of it sent. Done again from its beginning if the process is killed meanwhile.
 * @param capturedRuns how many runs were found in progress
 */
export async function settleRestored(
  app: NestFastifyApplication,
  { log, store, clock, settings, installation }: Parts,
  restoration: Restoration,
  capturedRuns: number,
): Promise<void> {
  const deciders = app.get(DecidersService);
  const now = clock.now();
  await deciders.caughtUp();
  await deciders.passOver(messenger, now);
  await app.get(OutboxService).drained();
  await app.get(ViewsService).caughtUp();
  const withdrawnMessages = await withdrawWaiting({ log, store }, now);
  const { because, from, fromFolder, upTo, at } = restoration;
  const { id } = installation;
  const data = { installation: id, folder: settings.dataFolder, because, from, fromFolder, upTo };
  await log.append([
    decision(installationRestored, [id, at], {
      data: { ...data, capturedRuns, withdrawnMessages },
      ...{ source: installationSource, subject: `/installations/${id}`, partitionkey: definitionsKey, now },
      actor: 'start',
    }),
  ]);
  await app.get(ViewsService).caughtUp();
  settleRestoration(settings.dataFolder, installation, restoration);
  new Logger('Wardround').warn(
    `Restored: ${countText(capturedRuns, 'run')} captured in the copy, ${countText(withdrawnMessages, 'message')} not sent`,
  );
}
