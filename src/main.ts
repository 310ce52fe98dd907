import { theSystem } from './access/principal.js';
import { checkupKind } from './checkups/checkup.kind.js';
import { serverKind } from './servers/server.kind.js';
import 'reflect-metadata';
import { Logger, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { configureHttp, createHttpAdapter } from './api/http/http.adapter.js';
import { announceEpoch } from './announce-epoch.adapter.js';
import { attend } from './attend.adapter.js';
import { AppModule, type Parts } from './app.module.js';
import { BackupsService } from './backups/backups.service.js';
import { RunRecovery } from './backups/run-recovery.service.js';
import { CheckupsService } from './checkups/checkups.service.js';
import { ClockWatch } from './clock/clock-watch.service.js';
import { ConfigurationService } from './configuration/configuration.service.js';
import { processStart, rememberProcessSettings } from './configuration/process-settings.adapter.js';
import type { ProcessSettings } from './configuration/process-settings.js';
import { problemText } from './definitions/checking/problem.js';
import { PageRenderer } from './dashboard/page-renderer.service.js';
import { openEngines } from './engines.adapter.js';
import type { Checkpoint } from './event-log/event-log.js';
import type { Restoration } from './event-log/sqlite/log-holder.adapter.js';
import { DeliveryWorker } from './notifications/delivery.worker.js';
import { openPluginHost } from './plugin-host/plugin-host.adapter.js';
import type { PluginHost } from './plugin-host/plugin-host.js';
import type { ResolveReference } from './plugin-host/references.js';
import { Background } from './process/background.adapter.js';
import { dataFolderFault, ensureWritable } from './process/data-folder.adapter.js';
import { FolderLock } from './process/folder-lock.adapter.js';
import { openInstallation } from './process/installation.adapter.js';
import { Opened } from './process/opened.adapter.js';
import { makePrivateFolder } from './process/private-folder.adapter.js';
import { processReferences } from './process/references.adapter.js';
import { recogniseLog } from './recognise-log.adapter.js';
import { settleRestored } from './settle-restored.adapter.js';
import { steadyMs, systemClock } from './shared/clock.adapter.js';
import { describeError, WardroundError } from './shared/errors.js';
import type { Installation } from './shared/installation.js';
import { toIso, type Clock } from './shared/instant.js';
import { logToStderr } from './shared/logger.adapter.js';
import { ownTimeZoneNote } from './shared/own-time-zone.adapter.js';
import { packageRoot } from './shared/package.adapter.js';
import { settleAll } from './shared/settle-all.js';
import { sleep } from './shared/sleep.adapter.js';
import { dutiesOf } from './shared/duties.js';
import { SETTINGS, type Settings } from './shared/settings.js';
import { userName } from './shared/user.adapter.js';
import { DecidersService } from './folding/deciders.service.js';
import { definitionsOf } from './definitions/definitions.queries.js';
import { OutboxService } from './folding/outbox.service.js';
import { ViewStore } from './store/view-store.adapter.js';
import { ViewsService } from './folding/views.service.js';

export interface WardroundOptions {
  /** Path of the configuration file. */
  readonly configFile: string;
  /** Path of the folder with the databases; made if absent. */
  readonly dataFolder: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** True for `wardround start`: listens, runs the timetable, delivers. False for a command that works alone. */
  readonly attended: boolean;
  /** False leaves the configuration file alone: for `wardround apply --dry-run`. */
  readonly applyConfiguration?: boolean;
  /** False for log lines without colours, also in a terminal. */
  readonly colour?: boolean;
  /** What the time is; without it, the computer's own clock. */
  readonly clock?: Clock;
  /** Milliseconds by a clock that is never set, beside a clock that is given. */
  readonly steadyMs?: () => number;
}

/** A running Wardround. */
export interface Wardround {
  readonly app: NestFastifyApplication;
  /** Where the board is; null if it does not listen. */
  readonly url: string | null;
  /** Stops what runs, in order, and gives the data folder back. */
  close(): Promise<void>;
}

/**
 * Opens everything in order: the data folder, log and views, what a kill left, the configuration, and, where it is
 * attended, the board, the timetable and the delivery.
 * @throws WardroundError `no-space`, `data-folder-unusable`, `data-folder-in-use`, `address-in-use`, `configuration-invalid` (on a first start), `unreachable`
 * and what else opening the databases throws. Whatever was opened until then is closed again.
 */
export async function openWardround(options: WardroundOptions): Promise<Wardround> {
  const dataFolder = resolve(options.dataFolder);
  const logger = logToStderr(options.colour);
  const opened = new Opened();
  try {
    const notes = makePrivateFolder(dataFolder);
    await ensureWritable(dataFolder);
    const lock = FolderLock.take(dataFolder);
    opened.add(async () => lock.release());
    const installation = openInstallation(dataFolder);
    const { settings: engines, notes: ofEngines } = await processStart(resolve(options.configFile), dataFolder);
    for (const note of [...notes, ...zoneNotes(options), ...ofEngines]) new Logger('Wardround').warn(note);
    const settings = settingsOf(options, dataFolder, lock.token, engines);
    const clock = options.clock ?? systemClock;
    const restoration = restorationOf(settings, installation, clock);
    const engineParts = await openParts(settings, engines, clock, opened);
    const clockWatch = new ClockWatch({
      ...{ log: engineParts.log, clock, installation: installation.id, computer: settings.computer },
      steadyMs: options.clock ? (options.steadyMs ?? null) : steadyMs,
    });
    const parts = { ...engineParts, installation, clockWatch };
    await clockWatch.atStart();
    opened.add(() => clockWatch.stop());
    await announceEpoch(parts.log, { installation, computer: settings.computer, now: clock.now() });
    await rememberProcessSettings(dataFolder, engines);
    const background = new Background();
    opened.add(() => background.ended());
    const app = await createApp(parts, opened, logger);
    // One of several does not stand and wait until all that waits is done: it helps, and shows how far it is.
    const helps = options.attended && parts.store.shared;
    const unfinished = await bringUpToDate(app, opened, { waits: !helps, inCopy: restoration !== null });
    if (restoration) await settleRestored(app, parts, restoration, unfinished);
    await useDefinitions(app);
    app.get(ConfigurationService).onApplied(() => useDefinitions(app));
    const before = helps ? null : await parts.log.head();
    if (options.applyConfiguration ?? true) {
      if (helps) await background.begin((closing) => applyInTime(app, closing), lateText);
      else await applyConfiguration(app);
    }
    const url = options.attended ? await attend(app, opened, settings) : null;
    // What follows from a command is left to the other processes where there may be some.
    if (before && !options.attended && !parts.store.shared)
      opened.add(async () => (same(await parts.log.head(), before) ? undefined : settle(app)));
    lock.announce(url, toIso(parts.clock.now()));
    return { app, url, close: () => opened.close() };
  } catch (error) {
    await opened.close().catch((closing: unknown) => new Logger('Wardround').error(describeError(closing)));
    throw await dataFolderFault(error, dataFolder);
  }
}

/** A command that works alone is over before a time zone matters. */
function zoneNotes({ attended }: WardroundOptions): readonly string[] {
  const note = ownTimeZoneNote();
  return attended && note !== null ? [note] : [];
}

const pauseMs = 2_000;
const lateText = 'The configuration will be applied when the views have caught up with the log';

function same(one: Checkpoint, other: Checkpoint): boolean {
  return one.size === other.size && [...one].every(([partition, offset]) => other.get(partition) === offset);
}

function settingsOf(
  options: WardroundOptions,
  dataFolder: string,
  token: string,
  startedWith: ProcessSettings,
): Settings {
  const { port, attended } = options;
  const { role, eventLog, views } = startedWith;
  const configFile = resolve(options.configFile);
  const engines = { eventLog: eventLog.engine, views: views.engine };
  const where = { configFile, dataFolder, port, computer: hostname(), user: userName() };
  return { ...where, role, engines, startedWith, attended, token };
}

/** Only a log that is a file is copied by accident, or restored with an older state of itself. */
function restorationOf(
  { engines, dataFolder }: Settings,
  installation: Installation,
  clock: Clock,
): Restoration | null {
  if (engines.eventLog !== 'sqlite') return null;
  return recogniseLog(dataFolder, { installation, ownViews: engines.views === 'sqlite', now: clock.now() });
}

async function openParts(
  settings: Settings,
  engines: ProcessSettings,
  clock: Clock,
  opened: Opened,
): Promise<Omit<Parts, 'installation' | 'clockWatch'>> {
  const { dataFolder } = settings;
  const references = processReferences(dataFolder);
  // The plugins are looked at in their own process, while the databases open in this one.
  const [host, { log, store }] = await settleAll([
    openHost(dataFolder, references, opened),
    openEngines(engines, { dataFolder, references, clock, opened }),
  ]);
  return { settings, log, store, host, references, clock };
}

async function openHost(dataFolder: string, references: ResolveReference, opened: Opened): Promise<PluginHost> {
  const host = await openPluginHost({
    pluginsFolder: join(packageRoot, 'dist', 'plugins'),
    resolveReference: references,
    cacheFile: join(dataFolder, 'plugin-cache.json'),
  });
  opened.add(() => host.close());
  for (const { message } of host.problems()) new Logger('Plugins').warn(message);
  return host;
}

async function createApp(parts: Parts, opened: Opened, logger: LoggerService): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(parts), createHttpAdapter(), {
    logger,
    abortOnError: false,
    bodyParser: false,
  });
  const renderer = app.get(PageRenderer);
  configureHttp(app, { errorPage: (problem, request, reply) => renderer.errorPage(problem, request, reply) });
  await app.init();
  opened.add(() => app.close());
  return app;
}

/**
 * Folds what the log holds, begins to decide, and says of the runs that a kill left that they have failed, and of those that
 * were in progress in a copied log that they were captured.
 * @returns how many runs those were
 */
async function bringUpToDate(
  app: NestFastifyApplication,
  opened: Opened,
  { waits, inCopy }: { readonly waits: boolean; readonly inCopy: boolean },
): Promise<number> {
  const views = app.get(ViewsService);
  const deciders = app.get(DecidersService);
  await views.start();
  opened.add(() => views.stop());
  if (waits) await views.caughtUp();
  await deciders.start();
  opened.add(() => deciders.stop());
  // What a hub sees running runs on the servers.
  const { runsBackups } = dutiesOf(app.get<Settings>(SETTINGS));
  const unfinished = runsBackups ? await app.get(RunRecovery).endUnfinishedRuns({ inCopy }) : [];
  if (waits) await views.caughtUp();
  opened.add(() => app.get(CheckupsService).stop());
  opened.add(() => app.get(BackupsService).stop());
  return unfinished.length;
}

async function useDefinitions(app: NestFastifyApplication): Promise<void> {
  app.get(CheckupsService).use(await definitionsOf(theSystem, app.get(ViewStore).read, checkupKind));
}

/** @throws WardroundError `configuration-invalid` on a first start; later, what was defined before continues. */
async function applyConfiguration(app: NestFastifyApplication): Promise<void> {
  const report = await app.get(ConfigurationService).apply({ dryRun: false, takeOver: false, actor: 'configuration' });
  for (const warning of report.warnings ?? []) new Logger('Configuration').warn(warning);
  if (report.outcome !== 'refused') return;
  const problems = report.problems.map((problem) => problemText(report.file, problem)).join('\n');
  const servers = await definitionsOf(theSystem, app.get(ViewStore).read, serverKind);
  if (servers.length === 0) throw new WardroundError('configuration-invalid', problems);
  new Logger('Configuration').warn(
    `The file was not applied, and the previous definitions stay in effect:\n${problems}`,
  );
}

/** Applies the file, however long the log and the views need until they are of use. */
async function applyInTime(app: NestFastifyApplication, closing: AbortSignal): Promise<void> {
  while (!closing.aborted) {
    try {
      return await applyConfiguration(app);
    } catch (error) {
      const passes = error instanceof WardroundError && ['unreachable', 'outcome-unknown'].includes(error.code);
      if (!passes && !closing.aborted) throw error;
    }
    await sleep(pauseMs, closing);
  }
}

/** Before a command that worked alone ends: what follows from it is decided, and those who want to know are told. */
async function settle(app: NestFastifyApplication): Promise<void> {
  const delivery = app.get(DeliveryWorker);
  for (let told = true; told;) {
    await app.get(DecidersService).caughtUp();
    await app.get(OutboxService).drained();
    await app.get(ViewsService).caughtUp();
    told = (await delivery.deliverNext()) === 'delivered';
  }
}
