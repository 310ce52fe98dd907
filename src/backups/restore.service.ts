import type { Principal } from '../access/principal.js';
import { Inject, Injectable } from '@nestjs/common';
import { isAbsolute, relative } from 'node:path';
import { EngineProcess, FileEngineError, formatSnapshotName, type GuardedEngine } from '../../plugins/sdk/index.js';
import { EVENT_LOG, type EventLog } from '../event-log/event-log.js';
import { fact } from '../event-log/statement.js';
import { PLUGIN_HOST, type OperationInput, type PluginHost } from '../plugin-host/plugin-host.js';
import { describeError, WardroundError } from '../shared/errors.js';
import { CLOCK, type Clock } from '../shared/instant.js';
import { serverKey } from '../shared/names.js';
import { placeOnDisk } from '../shared/place-on-disk.adapter.js';
import { SETTINGS, type Settings } from '../shared/settings.js';
import type { SnapshotRow } from './views/snapshots/snapshots.entity.js';
import { backupRestored } from './backups.events.js';
import { failingAs, toRunError } from './run-errors.adapter.js';
import { localCopyName } from './backups.events.js';
import { callOf } from './job.js';
import { ownerAt } from './ownership.js';
import { JobDirectory, type Job } from './job-directory.service.js';
import type { RunError } from './run-report.js';

export interface RestoreRequest {
  /** Its name, `<server>/<name>` or `<site>/<server>/<name>`. */
  readonly job: string;
  /** Its name, e.g. `2026-11-22T02-00-00Z`; without it, the newest. */
  readonly snapshot?: string;
  /** Destination to restore from; default: the nearest place that has it. */
  readonly destination?: string;
  /** Absolute path of a folder that is absent or empty. */
  readonly to: string;
  /** Paths below the snapshot's `files/`, each a file or a folder with all that it holds; without them, everything. */
  readonly paths?: readonly string[];
  readonly actor: string;
}

export interface RestoreResult {
  /** The whole address of the job. */
  readonly site: string;
  readonly server: string;
  readonly job: string;
  readonly snapshot: string;
  readonly destination: string;
  readonly to: string;
  readonly files: number;
  readonly bytes: number;
  readonly durationMs: number;
}

/** Brings snapshots back, compares every file with the manifest, and records each restore, good or bad. */
@Injectable()
export class RestoreService {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(PLUGIN_HOST) private readonly host: PluginHost,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JobDirectory) private readonly jobs: JobDirectory,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'dataFolder'>,
  ) {}

  /**
   * @throws AmbiguousAddress if several jobs are called so
   * @throws WardroundError `not-found` (no such job, or no such snapshot), `bad-request` (`to` is not absolute, or lies among
   * the snapshots of a job),
   * `conflict` (`to` holds something, or this is a hub), or
   * whatever kept the restore from being whole; what was restored until then stays in `to`
   */
  async restore(principal: Principal, request: RestoreRequest): Promise<RestoreResult> {
    this.jobs.mustRunHere('has no backups to restore from');
    if (!isAbsolute(request.to)) {
      throw new WardroundError(
        'bad-request',
        `to: "${request.to}" is not an absolute path`,
        'Specify a folder such as /srv/restored',
      );
    }
    const job = await this.jobs.find(principal, request.job);
    await refuseFolderOfSnapshots(request.to, await this.jobs.foldersOfSnapshots(), this.settings.dataFolder);
    const chosen = await this.choose(job, request);
    const began = this.clock.now();
    const engine = new EngineProcess();
    try {
      await refuseFullFolder(engine, request.to);
      const { files, bytes } = await this.bringBack(engine, job, chosen, request);
      const durationMs = Math.max(0, this.clock.now() - began);
      await this.record(job, chosen, request, { files, bytes, durationMs, error: null });
      const { site, server, name } = job;
      const { snapshot, destination } = chosen;
      return { site, server, job: name, snapshot, destination, to: request.to, files, bytes, durationMs };
    } catch (error) {
      const failure = toRunError(error);
      const durationMs = Math.max(0, this.clock.now() - began);
      await this.record(job, chosen, request, { files: 0, bytes: 0, durationMs, error: failure });
      throw new WardroundError(failure.code, failure.text, undefined, { cause: error });
    } finally {
      engine.close();
    }
  }

  /** A suspicious snapshot is restored where it is named, or where there is no other. */
  private async choose(job: Job, request: RestoreRequest): Promise<SnapshotRow> {
    const snapshots = await this.jobs.snapshots(job);
    const doubtful = await this.jobs.doubtful(job, snapshots);
    const good = snapshots.filter(({ snapshot }) => !doubtful.has(snapshot));
    const isNamed = request.snapshot !== undefined;
    const there = good.some(
      ({ destination }) => request.destination === undefined || destination === request.destination,
    );
    return chooseSnapshot(isNamed || !there ? snapshots : good, request);
  }

  private async bringBack(
    engine: GuardedEngine,
    job: Job,
    { destination, snapshot, manifestSha256 }: SnapshotRow,
    { to, paths }: Pick<RestoreRequest, 'to' | 'paths'>,
  ): Promise<{ files: number; bytes: number }> {
    const owner = ownerAt(await this.jobs.ownership(job), destination);
    const common = { job: job.name, to, paths, manifestSha256, owner };
    if (destination === localCopyName) {
      return engine.restoreSnapshot({ ...common, root: await this.jobs.localRoot(job.definition), name: snapshot });
    }
    const copy = job.definition.copies.find(({ name }) => name === destination);
    if (!copy)
      throw new WardroundError('not-found', `the job ${job.name} has no destination "${destination}" any more`);
    const advice = `Check that ${destination} is connected, or restore from another destination or an older snapshot`;
    const call = { ...callOf(copy), purpose: `a restore of the job ${job.name}` };
    const bringing = this.idOf(call, snapshot, { job: job.name, owner }).then((id) =>
      this.host.call({ ...call, operation: 'restore', input: { ...common, snapshot: id } }),
    );
    return failingAs('destination-unusable', bringing, advice);
  }

  /** What the destination calls a snapshot; its name where it is not listed, since it may be beside those that are. */
  private async idOf(
    call: ReturnType<typeof callOf>,
    name: string,
    input: OperationInput<'destination', 'list'>,
  ): Promise<string> {
    const { snapshots } = await this.host.call({ ...call, operation: 'list', input });
    return snapshots.find(({ takenAt }) => formatSnapshotName(takenAt) === name)?.id ?? name;
  }

  private async record(
    { site, server, name }: Job,
    { destination, snapshot }: SnapshotRow,
    { to, actor }: RestoreRequest,
    result: {
      readonly files: number;
      readonly bytes: number;
      readonly durationMs: number;
      readonly error: RunError | null;
    },
  ): Promise<void> {
    const key = serverKey(site, server);
    const outcome = result.error ? 'failed' : 'succeeded';
    const data = { site, server, job: name, destination, snapshot, to, outcome, ...result } as const;
    const about = {
      source: key,
      subject: `${key}/backups/${name}/snapshots/${snapshot}`,
      partitionkey: key,
      now: this.clock.now(),
      actor,
    };
    await this.log.append([fact(backupRestored, { ...about, data })]);
  }
}

/**
 * What is restored among snapshots would be part of one, or be taken for one. Links on the way are followed first.
 * @throws WardroundError `bad-request`
 */
async function refuseFolderOfSnapshots(to: string, folders: readonly string[], dataFolder: string): Promise<void> {
  const target = await placeOnDisk(to, dataFolder);
  const places = await Promise.all(folders.map((folder) => placeOnDisk(folder, dataFolder)));
  const held = places.find((place) => {
    const below = relative(place, target);
    return !isAbsolute(below) && below.split(/[\\/]/, 1)[0] !== '..';
  });
  if (held === undefined) return;
  throw new WardroundError(
    'bad-request',
    `to: ${to} lies in ${held}, which holds the snapshots of a job`,
    'Specify a folder outside of it, such as /srv/restored',
  );
}

/** No one's files are written over, whatever the destination's plugin would do. @throws WardroundError `conflict` */
async function refuseFullFolder(engine: GuardedEngine, to: string): Promise<void> {
  const names = await engine.namesIn(to).catch((error: unknown) => {
    if (error instanceof FileEngineError) throw error;
    throw new WardroundError('conflict', `the folder ${to} cannot be read: ${describeError(error)}`);
  });
  if (names.length === 0) return;
  throw new WardroundError('conflict', `${to} is not empty`, 'Specify an empty or new folder');
}

/** The newest snapshot that was asked for, from the local copy where it has it. */
function chooseSnapshot(
  snapshots: readonly SnapshotRow[],
  { job, snapshot, destination }: RestoreRequest,
): SnapshotRow {
  const fitting = snapshots.filter(
    (row) =>
      (snapshot === undefined || row.snapshot === snapshot) &&
      (destination === undefined || row.destination === destination),
  );
  const newest = fitting[0]?.snapshot;
  const candidates = fitting.filter((row) => row.snapshot === newest);
  const chosen = candidates.find((row) => row.destination === localCopyName) ?? candidates[0];
  if (chosen) return chosen;
  const wanted = [snapshot && `of ${snapshot}`, destination && `at ${destination}`].filter(Boolean).join(' ');
  const known = snapshots.slice(0, 5).map((row) => `${row.snapshot} (${row.destination})`);
  throw new WardroundError(
    'not-found',
    `the job ${job} has no snapshot ${wanted}`.trim(),
    known.length > 0 ? `The newest are ${known.join(', ')}` : 'It has never succeeded',
  );
}
