import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { JobTimetable } from './backups/job-timetable.service.js';
import { CheckupsService } from './checkups/checkups.service.js';
import { ClockWatch } from './clock/clock-watch.service.js';
import { ConfigurationService } from './configuration/configuration.service.js';
import { DecidersService } from './folding/deciders.service.js';
import { DeliveryWorker } from './notifications/delivery.worker.js';
import type { Opened } from './process/opened.adapter.js';
import { dutiesOf, type Duties } from './shared/duties.js';
import { codeOf, WardroundError } from './shared/errors.js';
import { CLOCK, type Clock } from './shared/instant.js';
import type { Settings } from './shared/settings.js';
import { TimetableService } from './timetable/timetable.service.js';

/** Until there is access control, only this computer has access. */
const address = '127.0.0.1';

/**
 * Lets people in, and begins what goes by the clock.
 * @returns where the board is
 * @throws WardroundError `address-in-use`
 */
export async function attend(app: NestFastifyApplication, opened: Opened, settings: Settings): Promise<string> {
  const url = await listen(app, settings.port);
  app.get(ClockWatch).begin();
  const timetable = app.get(TimetableService);
  const deciders = app.get(DecidersService);
  const delivery = app.get(DeliveryWorker);
  opened.add(async () => timetable.stop());
  await delivery.start();
  opened.add(() => delivery.stop());
  deciders.startClock(app.get<Clock>(CLOCK));
  // The jobs and check-ups that a hub knows of are run by the servers.
  const duties = dutiesOf(settings);
  app.get(ConfigurationService).onApplied(() => followDefinitions(app, duties));
  await followDefinitions(app, duties);
  return url;
}

async function followDefinitions(app: NestFastifyApplication, { runsBackups, runsCheckups }: Duties): Promise<void> {
  if (runsCheckups) app.get(CheckupsService).follow();
  if (runsBackups) await app.get(JobTimetable).follow();
}

/** @throws WardroundError `address-in-use` */
async function listen(app: NestFastifyApplication, port: number): Promise<string> {
  try {
    // Not by Nest's own listen: it would print the error that is told below.
    return await app.getHttpAdapter().getInstance().listen({ port, host: address });
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE' && codeOf(error) !== 'EACCES') throw error;
    const why = codeOf(error) === 'EACCES' ? 'may not be used by this user' : 'is in use by another program';
    throw new WardroundError('address-in-use', `port ${port} on ${address} ${why}`, 'Choose another with --port', {
      cause: error,
    });
  }
}
