import Database from '#sqlite';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventTypes } from '../capabilities.js';
import { readProcessSettingsFile } from '../configuration/process-settings.adapter.js';
import type { ProcessSettings } from '../configuration/process-settings.js';
import { archivedLogPlaces, openArchivedLog, openConfiguredViews } from '../engines.adapter.js';
import { ArchiveSource, OpenLog, SqliteSource, TypesAsWritten } from '../event-log/log-copy.adapter.js';
import type { CopiedLog, TargetLog } from '../event-log/log-copy.js';
import { openSqliteLog } from '../event-log/sqlite/sqlite-log.adapter.js';
import { FolderLock } from '../process/folder-lock.adapter.js';
import { processReferences } from '../process/references.adapter.js';
import { systemClock } from '../shared/clock.adapter.js';
import { WardroundError } from '../shared/errors.js';
import type { LogPlace } from './log-place.js';

/** One side of a copy, open. */
export interface Side<Log> {
  /** For people: `/srv/data/events.db`, `Kafka topic wardround`. */
  readonly name: string;
  readonly log: Log;
  close(): Promise<void>;
}

const types = () => new TypesAsWritten(eventTypes.all);

/** The names of checkpoints that only a Wardround at work leaves. */
const workers = ['views', 'rules', 'notifications'];

/** Where a place is, and what is to be known to open it. */
export type Located =
  | { readonly kind: 'sqlite'; readonly name: string; readonly file: string }
  | { readonly kind: 'kafka'; readonly name: string; readonly settings: ProcessSettings };

/** @throws WardroundError `configuration-invalid` */
export async function locate(place: LogPlace, dataFolder: string): Promise<Located> {
  if (place.kind === 'sqlite') return { kind: 'sqlite', name: place.file, file: place.file };
  const settings = await readProcessSettingsFile(place.configFile);
  if (settings.eventLog.engine === 'kafka') {
    return { kind: 'kafka', name: `Kafka topic ${settings.eventLog.topic}`, settings };
  }
  if (place.engine === 'kafka') {
    throw new WardroundError(
      'configuration-invalid',
      `${place.configFile} has no event log on Kafka: its eventLog uses the engine ${settings.eventLog.engine}`,
      'Specify the right configuration with --config, or as --from or --to',
    );
  }
  const file = join(dataFolder, 'events.db');
  return { kind: 'sqlite', name: file, file };
}

export interface Opening {
  readonly dataFolder: string;
  /** Takes what people should know of it. */
  tell(text: string): void;
}

/** @throws WardroundError `not-found`, `data-folder-in-use`, `conflict`, and what opening throws */
export async function openSource(located: Located, opening: Opening): Promise<Side<CopiedLog>> {
  const { name } = located;
  if (located.kind === 'kafka') return openKafkaSource(name, located.settings, opening);
  const { file } = located;
  if (!existsSync(file)) throw new WardroundError('not-found', `there is no event log ${file}`);
  // A file that was only restored from a backup is where no Wardround ever ran, perhaps where no one may write.
  const lock = existsSync(join(dirname(file), 'owner.lock')) ? FolderLock.take(dirname(file)) : null;
  try {
    refuseUnfinished(join(dirname(file), 'wardround.db'));
    const log = new SqliteSource(file, eventTypes);
    return {
      ...{ name, log },
      close: async () => {
        log.close();
        lock?.release();
      },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/**
 * Opens what is to be copied into, and makes it if it is not there.
 * @throws WardroundError `data-folder-in-use`; `conflict` if a Wardround has started to work with it: it would take what
 * happened long ago for news
 */
export async function openTarget(located: Located, dataFolder: string): Promise<Side<TargetLog>> {
  const { name } = located;
  if (located.kind === 'kafka') {
    const store = await openConfiguredViews(located.settings, processReferences(dataFolder));
    try {
      for (const worker of workers) if ((await store.load(worker)).size > 0) throw inUse(name);
    } finally {
      await store.close();
    }
    return openKafka(name, located.settings, dataFolder);
  }
  const { file } = located;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const lock = FolderLock.take(dirname(file));
  try {
    if (countIn(join(dirname(file), 'wardround.db'), 'checkpoints') > 0) throw inUse(name);
    const log = await openSqliteLog({ file, clock: systemClock, eventTypes: types() });
    return {
      ...{ name, log: new OpenLog(log) },
      close: async () => {
        await log.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Hubs that run take in at once what Kafka holds; longer than this, and none runs. */
const hubsPatienceMs = 3_000;

/**
 * The archive is the log: hubs that run continue undisturbed. Where none runs, what only Kafka holds is taken in first;
 * where Kafka is away or its topic lost, what the archive holds is all there is.
 */
async function openKafkaSource(
  name: string,
  settings: ProcessSettings,
  { dataFolder, tell }: Opening,
): Promise<Side<CopiedLog>> {
  const { kafka, archive } = await archivedLogPlaces(settings, processReferences(dataFolder));
  const log = await ArchiveSource.open(archive, kafka, eventTypes);
  try {
    if (await lacksForLong(log)) await takeInTheRest(settings, dataFolder);
  } catch (error) {
    if (!(error instanceof WardroundError) || error.code !== 'unreachable') {
      await log.close();
      throw error;
    }
    tell(`Only the events in its archive are copied: ${error.message}`);
  }
  return { name, log, close: () => log.close() };
}

async function lacksForLong(log: ArchiveSource): Promise<boolean> {
  const until = performance.now() + hubsPatienceMs;
  while ((await log.notArchived()).length > 0) {
    if (performance.now() > until) return true;
    await sleep(100);
  }
  return false;
}

async function takeInTheRest(settings: ProcessSettings, dataFolder: string): Promise<void> {
  const { log, close } = await openKafka('', settings, dataFolder);
  try {
    await log.head();
  } finally {
    await close();
  }
}

async function openKafka(name: string, settings: ProcessSettings, dataFolder: string) {
  const references = processReferences(dataFolder);
  const log = await openArchivedLog(settings, { references, clock: systemClock, eventTypes: types() });
  return { name, log: new OpenLog(log), close: () => log.close() };
}

/** Decisions that are not in the log yet would be left behind, such as an alarm that was raised just before a kill. */
function refuseUnfinished(viewsFile: string): void {
  const waiting = countIn(viewsFile, 'outbox');
  if (waiting === 0) return;
  throw new WardroundError(
    'conflict',
    `${waiting} decisions in ${viewsFile} are not in the log yet: Wardround was stopped before it could append them`,
    'Start it again with this data folder, stop it with Ctrl-C, then copy',
  );
}

function countIn(file: string, table: string): number {
  if (!existsSync(file)) return 0;
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    const has = database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) !== undefined;
    return has ? Number(database.prepare(`SELECT count(*) FROM "${table}"`).pluck().get()) : 0;
  } finally {
    database.close();
  }
}

function inUse(name: string): WardroundError {
  return new WardroundError(
    'conflict',
    `Wardround has already used ${name}: it would treat the copied events as new`,
    'Copy before the first start: into an unused data folder, or an unused topic and schema',
  );
}
