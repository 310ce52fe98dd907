import { join } from 'node:path';
import { eventTypes } from './all.events.js';
import { databaseUrlOf, kafkaSettingsOf } from './configuration/engine-settings.adapter.js';
import type { ProcessSettings } from './configuration/process-settings.js';
import type { EventLog } from './event-log/event-log.js';
import type { EventTypes } from './event-log/event-types.js';
import { openSqliteLog } from './event-log/sqlite-log.adapter.js';
import type { ResolveReference } from './plugin-host/references.js';
import type { Clock } from './shared/instant.js';
import { openViewStore } from './views/open-view-store.adapter.js';
import type { ViewStore } from './views/view-store.adapter.js';

export interface EnginePlace {
  /** Where the SQLite files are, if any. */
  readonly dataFolder: string;
  readonly references: ResolveReference;
  readonly clock: Clock;
  /** Takes what is to be closed, in the reverse order. */
  readonly opened: { add(close: () => Promise<void>): void };
}

/**
 * Opens the views and the log that the settings name.
 * @throws WardroundError within 10 s, with what was tried: `unreachable`, `configuration-invalid`, and what opening SQLite's
 * files throws
 */
export async function openEngines(
  settings: ProcessSettings,
  { dataFolder, references, clock, opened }: EnginePlace,
): Promise<{ readonly log: EventLog; readonly store: ViewStore }> {
  const store =
    settings.views.engine === 'sqlite'
      ? await openViewStore({ engine: 'sqlite', file: join(dataFolder, 'wardround.db') })
      : await openConfiguredViews(settings, references);
  opened.add(() => store.close());
  const log =
    settings.eventLog.engine === 'sqlite'
      ? await openSqliteLog({ file: join(dataFolder, 'events.db'), clock, eventTypes })
      : await openArchivedLog(settings, { references, clock, eventTypes });
  opened.add(() => log.close());
  return { log, store };
}

/** Opens views in PostgreSQL. @throws WardroundError as {@link openEngines} */
export async function openConfiguredViews(
  { views }: ProcessSettings,
  references: ResolveReference,
): Promise<ViewStore> {
  if (views.engine !== 'postgres') throw new TypeError('these views are not in PostgreSQL');
  const { schema, poolSize } = views;
  return openViewStore({ engine: 'postgres', url: await databaseUrlOf(views, references), schema, poolSize });
}

/** Opens a log in Kafka, with its archive beside the views. @throws WardroundError as {@link openEngines} */
export async function openArchivedLog(
  { eventLog, views }: ProcessSettings,
  place: {
    readonly references: ResolveReference;
    readonly clock: Clock;
    readonly eventTypes: EventTypes;
    /** False: it takes no share of the work from the processes that run. */
    readonly intake?: boolean;
  },
): Promise<EventLog> {
  if (eventLog.engine !== 'kafka' || views.engine !== 'postgres')
    throw new TypeError('the configuration was not checked: events in Kafka need views in PostgreSQL');
  const { references, ...rest } = place;
  const kafka = await kafkaSettingsOf(eventLog, references);
  const archive = { url: await databaseUrlOf(views, references), schema: archiveSchema(views.schema) };
  // One machine has no use for it, and starts the sooner without.
  const { openKafkaLog } = await import('./event-log/kafka-log.adapter.js');
  return openKafkaLog({ kafka, archive, ...rest });
}

/** The archive has a schema of its own beside that of the views: installations that share a database share neither. */
function archiveSchema(viewsSchema: string): string {
  return viewsSchema === 'public' ? 'log' : `${viewsSchema}_log`;
}
