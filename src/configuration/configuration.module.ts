import { theSystem } from '../access/principal.js';
import { Module, type OnModuleDestroy } from '@nestjs/common';
import { EVENT_LOG, type EventLog } from '../event-log/event-log.js';
import { WardroundError } from '../shared/errors.js';
import { INSTALLATION, type Installation } from '../shared/installation.js';
import { SETTINGS, type Settings } from '../shared/settings.js';
import { allDefinitions } from '../definitions/definitions.queries.js';
import { ViewStore } from '../store/view-store.adapter.js';
import { ViewsService } from '../folding/views.service.js';
import { ConfigurationService } from './configuration.service.js';
import { fileIdentity, rememberFile } from './file-identity.adapter.js';
import { DEFINED_NOW, type DefinedNow } from './defined-now.js';

/** The configuration file. Needs the log, the views, the plugin host, the clock and the settings from a global module. */
@Module({
  providers: [
    ConfigurationService,
    {
      provide: DEFINED_NOW,
      inject: [ViewsService, ViewStore, EVENT_LOG, INSTALLATION, SETTINGS],
      useFactory: (
        views: ViewsService,
        store: ViewStore,
        log: EventLog,
        installation: Installation,
        settings: Settings,
      ): DefinedNow & OnModuleDestroy => {
        const stopping = new AbortController();
        return {
          definitions: async () => {
            await views.caughtUp();
            return allDefinitions(theSystem, store.read);
          },
          fileIdentity: () => fileIdentity(settings, { log, installation, isShared: store.shared }),
          rememberFile: (id) => rememberFile(settings.dataFolder, id),
          exclusively: (work) => store.exclusively('configuration', work, stopping.signal),
          onModuleDestroy: () => stopping.abort(new WardroundError('cancelled', 'Wardround is stopping')),
        };
      },
    },
  ],
  exports: [ConfigurationService],
})
export class ConfigurationModule {}
