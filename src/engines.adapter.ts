import { join } from 'node:path';
import { allTables, eventTypes } from './capabilities.js';
import { databaseUrlOf, kafkaSettingsOf } from './configuration/engine-settings.adapter.js';
import type { ProcessSettings } from './configuration/process-settings.js';
import type { ArchiveSettings } from './event-log/archive/postgres-archive.adapter.js';
import type { EventLog } from './event-log/event-log.js';
import type { EventTypes } from './event-log/event-types.js';
import type { KafkaSettings } from './event-log/kafka/kafka-connection.adapter.js';
import type { KafkaEventLog } from './event-log/kafka/kafka-log.adapter.js';
import { openSqliteLog } from './event-log/sqlite/sqlite-log.adapter.js';
import type { ResolveReference } from './plugin-host/references.js';
import { WardroundError } from './shared/errors.js';
import type { Clock } from './shared/instant.js';
import { withTimeLimit } from './shared/time-limit.adapter.js';
import { openViewStore } from './store/open-view-store.adapter.js';
import type { ViewStore } from './store/view-store.adapter.js';

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
      ? await openViewStore({ engine: 'sqlite', file: join(dataFolder, 'wardround.db') }, allTables)
      : await openConfiguredViews(settings, references);
  opened.add(() => store.close());
  const log =
    settings.eventLog.engine === 'sqlite'
      ? await openSqliteLog({ file: join(dataFolder, 'events.db'), clock, eventTypes })
      : await openArchivedLog(settings, { references, clock, eventTypes });
  opened.add(() => log.close());
  await refuseViewsOfAnotherLog(log, store);
  return { log, store };
}

/** A log that has much to catch up with does not know at once where it ends. */
const headPatienceMs = 3_000;

/**
 * Views that stand further than the log goes were folded from another one, or the log was restored from an older backup:
 * they would pass over what is new.
 */
async function refuseViewsOfAnotherLog(log: EventLog, store: ViewStore): Promise<void> {
  const folded = await store.load('views');
  if (folded.size === 0) return;
  const head = await withTimeLimit(headPatienceMs, log.head()).catch(ifUnreachable);
  if (!head) return;
  const beyond = [...folded].find(([partition, offset]) => offset > (head.get(partition) ?? 0));
  if (!beyond) return;
  const [partition, offset] = beyond;
  throw new WardroundError(
    'configuration-invalid',
    `the views are at event ${offset} of partition ${partition}, but the event log ends at ${head.get(partition) ?? 0}: they were built from another log`,
    'Use a new place for them, which is then filled from this log: another views.schema, or move wardround.db away',
  );
}

function ifUnreachable(error: unknown): null {
  if (error instanceof WardroundError && error.code === 'unreachable') return null;
  throw error;
}

/** Opens views in PostgreSQL. @throws WardroundError as {@link openEngines} */
export async function openConfiguredViews(
  { views }: ProcessSettings,
  references: ResolveReference,
): Promise<ViewStore> {
  if (views.engine !== 'postgres') throw new TypeError('these views are not in PostgreSQL');
  const { schema, poolSize } = views;
  return openViewStore(
    { engine: 'postgres', url: await databaseUrlOf(views, references), schema, poolSize },
    allTables,
  );
}

/** Where a log in Kafka and its archive are. @throws WardroundError `configuration-invalid` */
export async function archivedLogPlaces(
  { eventLog, views }: ProcessSettings,
  references: ResolveReference,
): Promise<{ readonly kafka: KafkaSettings; readonly archive: ArchiveSettings }> {
  if (eventLog.engine !== 'kafka' || views.engine !== 'postgres')
    throw new TypeError('the configuration was not checked: events in Kafka need views in PostgreSQL');
  const kafka = await kafkaSettingsOf(eventLog, references);
  return { kafka, archive: { url: await databaseUrlOf(views, references), schema: archiveSchema(views.schema) } };
}

/** Opens a log in Kafka, with its archive beside the views. @throws WardroundError as {@link openEngines} */
export async function openArchivedLog(
  settings: ProcessSettings,
  {
    references,
    ...rest
  }: { readonly references: ResolveReference; readonly clock: Clock; readonly eventTypes: EventTypes },
): Promise<KafkaEventLog> {
  const places = await archivedLogPlaces(settings, references);
  // One machine has no use for it, and starts the sooner without.
  const { openKafkaLog } = await import('./event-log/kafka/kafka-log.adapter.js');
  return openKafkaLog({ ...places, ...rest });
}

/** The archive has its own schema beside that of the views: installations that share a database share neither. */
function archiveSchema(viewsSchema: string): string {
  return viewsSchema === 'public' ? 'log' : `${viewsSchema}_log`;
}
