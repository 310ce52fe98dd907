import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AlarmsController } from './alarms/alarms.controller.js';
import { CheckupsController } from './checkups/checkups.controller.js';
import { ClockController } from './clock/clock.controller.js';
import { ConfigurationController } from './configuration/configuration.controller.js';
import { EventsIn } from './events/events-in.service.js';
import { EventsController } from './events/events.controller.js';
import { SystemController } from './system/system.controller.js';
import { JobsController } from './jobs/jobs.controller.js';
import { KnownCheckups } from './events/known-checkups.service.js';
import { MessagesController } from './messages/messages.controller.js';
import { OpenApiController } from './openapi/openapi.controller.js';
import { ParkedController } from './parked/parked.controller.js';
import { RunsController } from './runs/runs.controller.js';
import { ServersController } from './servers/servers.controller.js';
import { SnapshotsController } from './snapshots/snapshots.controller.js';
import { ViewsController } from './views/views.controller.js';

/** The HTTP API. Its server and errors: `http.adapter.ts`. What it serves comes from global modules. */
@Module({
  imports: [AccessModule],
  controllers: [
    ServersController,
    CheckupsController,
    JobsController,
    RunsController,
    SnapshotsController,
    AlarmsController,
    MessagesController,
    EventsController,
    ClockController,
    ConfigurationController,
    ViewsController,
    ParkedController,
    OpenApiController,
    SystemController,
  ],
  providers: [EventsIn, KnownCheckups],
})
export class ApiModule {}
