import { Module } from '@nestjs/common';
import { AlarmsController } from './alarms.controller.js';
import { CheckupsController } from './checkups.controller.js';
import { ClockController } from './clock.controller.js';
import { ConfigurationController } from './configuration.controller.js';
import { EventsIn } from './events-in.service.js';
import { EventsController } from './events.controller.js';
import { HealthController } from './health.controller.js';
import { JobsController } from './jobs.controller.js';
import { KnownCheckups } from './known-checkups.service.js';
import { MessagesController } from './messages.controller.js';
import { OpenApiController } from './openapi.controller.js';
import { ParkedController } from './parked.controller.js';
import { RunsController } from './runs.controller.js';
import { ServersController } from './servers.controller.js';
import { SnapshotsController } from './snapshots.controller.js';
import { ViewsController } from './views.controller.js';

/** The HTTP API. Its server and errors: `http.adapter.ts`. What it serves comes from global modules. */
@Module({
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
    HealthController,
  ],
  providers: [EventsIn, KnownCheckups],
})
export class ApiModule {}
