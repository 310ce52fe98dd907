import { Global, Module, type DynamicModule } from '@nestjs/common';
import { CHECKUPS, type Checkups } from './api/checkups/on-demand.js';
import { ApiModule } from './api/api.module.js';
import { BackupsModule } from './backups/backups.module.js';
import { ClockConfirmation } from './clock/clock-confirmation.service.js';
import { ClockWatch } from './clock/clock-watch.service.js';
import { CheckupsModule } from './checkups/checkups.module.js';
import { CheckupsService } from './checkups/checkups.service.js';
import { ConfigurationModule } from './configuration/configuration.module.js';
import { DashboardModule } from './dashboard/dashboard.module.js';
import { EVENT_LOG, type EventLog } from './event-log/event-log.js';
import { nextDigestDue } from './notifications/digest-timetable.adapter.js';
import { Dismissals } from './notifications/dismissals.service.js';
import { DeliveryWorker } from './notifications/delivery.worker.js';
import { NotificationsDecider } from './notifications/notifications.decider.js';
import { MessageRenderer } from './notifications/render.adapter.js';
import { PLUGIN_HOST, type PluginHost } from './plugin-host/plugin-host.js';
import { REFERENCES, type ResolveReference } from './plugin-host/references.js';
import { AlarmsService } from './rules/alarms.service.js';
import { RulesDecider } from './rules/rules.decider.js';
import { dutiesOf } from './shared/duties.js';
import { WardroundError } from './shared/errors.js';
import { CLOCK, type Clock } from './shared/instant.js';
import { INSTALLATION, type Installation } from './shared/installation.js';
import { SETTINGS, type Settings } from './shared/settings.js';
import { Consumers } from './system/consumers.service.js';
import { DataSpace } from './system/data-space.service.js';
import { Readiness } from './system/readiness.service.js';
import { SystemService } from './system/system.service.js';
import { asDecider } from './folding/decider.js';
import { DECIDERS, DecidersService } from './folding/deciders.service.js';
import { OutboxService } from './folding/outbox.service.js';
import { VIEW_CHANGES } from './folding/view-changes.js';
import { ParkedLot } from './folding/parked/parked-lot.adapter.js';
import { ParkedService } from './folding/parked/parked.service.js';
import { ViewStore } from './store/view-store.adapter.js';
import { VIEWS, ViewsService } from './folding/views.service.js';
import { allViews } from './capabilities.js';

/** What has to be opened before the application is made of it, and closed after it. */
export interface Parts {
  readonly settings: Settings;
  readonly installation: Installation;
  readonly log: EventLog;
  readonly store: ViewStore;
  readonly host: PluginHost;
  readonly references: ResolveReference;
  readonly clock: Clock;
  readonly clockWatch: ClockWatch;
}

/** The parts, and what every capability needs: views and those who decide. */
@Global()
@Module({})
class CoreModule {
  static with({ settings, installation, log, store, host, references, clock, clockWatch }: Parts): DynamicModule {
    const renderer = new MessageRenderer();
    const given = [
      { provide: SETTINGS, useValue: settings },
      { provide: INSTALLATION, useValue: installation },
      { provide: EVENT_LOG, useValue: log },
      { provide: ViewStore, useValue: store },
      { provide: PLUGIN_HOST, useValue: host },
      { provide: REFERENCES, useValue: references },
      { provide: CLOCK, useValue: clock },
      { provide: ClockWatch, useValue: clockWatch },
      {
        provide: DECIDERS,
        useValue: [asDecider(new RulesDecider()), asDecider(new NotificationsDecider(nextDigestDue))],
      },
      {
        provide: DeliveryWorker,
        useValue: new DeliveryWorker({ store, log, plugins: host, renderer, clock }, { alone: !store.shared }),
      },
      { provide: VIEWS, useValue: allViews },
      { provide: VIEW_CHANGES, useExisting: ViewsService },
    ];
    const system = [Consumers, DataSpace, Readiness, SystemService];
    const providers = [
      ...given,
      ...system,
      ParkedLot,
      ViewsService,
      OutboxService,
      ParkedService,
      DecidersService,
      AlarmsService,
      Dismissals,
      ClockConfirmation,
    ];
    return { module: CoreModule, providers, exports: providers };
  }
}

/** A hub runs no check-ups: what they are about is on the servers. */
function checkupsFor(settings: Settings, here: CheckupsService): Checkups {
  if (dutiesOf(settings).runsCheckups) return here;
  return {
    runNow: async (id) => {
      const advice = 'Run it on the server that the check-up belongs to';
      throw new WardroundError('conflict', `this is a ${settings.role}, which does not run the check-up ${id}`, advice);
    },
  };
}

/** Names for the API of the services behind it. */
@Global()
@Module({
  imports: [BackupsModule, CheckupsModule, ConfigurationModule],
  providers: [{ provide: CHECKUPS, inject: [SETTINGS, CheckupsService], useFactory: checkupsFor }],
  exports: [BackupsModule, CheckupsModule, ConfigurationModule, CHECKUPS],
})
class ServicesModule {}

/** The whole application of one process. */
@Module({})
export class AppModule {
  static with(parts: Parts): DynamicModule {
    return { module: AppModule, imports: [CoreModule.with(parts), ServicesModule, ApiModule, DashboardModule] };
  }
}
