import { theSystem, type Principal } from '../access/principal.js';
import { backupJobKind } from './backup-job.kind.js';
import { Inject, Injectable } from '@nestjs/common';
import { dirname, isAbsolute, join } from 'node:path';
import { folderNames, type JobOrigin } from '../../plugins/sdk/index.js';
import { REFERENCES, resolveReferences, type ResolveReference } from '../plugin-host/references.js';
import { WardroundError } from '../shared/errors.js';
import { fromIso, toIso, type Instant } from '../shared/instant.js';
import { INSTALLATION, type Installation } from '../shared/installation.js';
import { dutiesOf } from '../shared/duties.js';
import { SETTINGS, type Settings } from '../shared/settings.js';
import { definitionsOf, type DefinedOf } from '../definitions/definitions.queries.js';
import { ClockWatch } from '../clock/clock-watch.service.js';
import type { OpenJump } from '../clock/clock-jump.js';
import { clockConfirmedPlace, openClockJumps } from '../clock/views/clocks/clocks.queries.js';
import { doubtfulRuns, lastGoodRun, startsOfRuns } from './views/runs/run-history.queries.js';
import { startsOfJobs } from './views/runs/newest-runs.queries.js';
import { runningRuns } from './views/runs/runs.queries.js';
import type { RunRow } from './views/runs/runs.entity.js';
import { snapshotPlaces, snapshotsOfJob, type SnapshotPlace } from './views/snapshots/snapshots.queries.js';
import type { SnapshotRow } from './views/snapshots/snapshots.entity.js';
import { ViewStore } from '../store/view-store.adapter.js';
import { shortestText, type Address } from '../shared/address.js';
import { oneNamed } from '../shared/named-thing.js';
import type { BackupJobDefinition } from './job.js';
import type { Ownership } from './ownership.js';
import type { Baseline } from './suspicion.js';

/** A job as it is defined now, and where it lives. */
export interface Job extends Address {
  readonly definition: BackupJobDefinition;
}

export interface JobHistory {
  readonly everSucceeded: boolean;
  readonly lastPlanned: Instant | null;
  readonly definedAt: Instant;
}

/** The runs of a job before the one in progress. */
export interface JobPast {
  /** The last good run; null if there is none, or none that can be compared. */
  readonly baseline: Baseline | null;
  /** When its runs began, in the order of the log, the one in progress last. */
  readonly starts: readonly Instant[];
  /** Of these, the newest so many that began since a person confirmed the clock. */
  readonly startsSinceConfirmed: number;
  /** Jumps of the clock here that nothing has made good, in the order of the log. */
  readonly clockJumps: readonly OpenJump[];
  /** The names of its snapshots that are in doubt. */
  readonly doubtful: ReadonlySet<string>;
}

/** So many starts show how a job's runs follow one another. */
const mostStarts = 100;

/**
 * What is known about jobs: their definitions, their runs, their snapshots, and the place of their local copies. Who asks
 * is asked when a job is looked up; what then follows from it is Wardround's own work.
 */
@Injectable()
export class JobDirectory {
  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(SETTINGS) readonly settings: Settings,
    @Inject(REFERENCES) private readonly references: ResolveReference,
    @Inject(INSTALLATION) private readonly installation: Installation,
    @Inject(ClockWatch) private readonly clockWatch: Pick<ClockWatch, 'look'>,
  ) {}

  /** Resolves when the log has what there is to say of the clock, unless it takes nothing just now. */
  async lookAtClock(): Promise<void> {
    await this.clockWatch.look().catch(() => undefined);
  }

  /**
   * @throws WardroundError `conflict` where no backups are run, as on a hub: what jobs back up is on the servers, and so are the snapshots
   */
  mustRunHere(what: string): void {
    if (dutiesOf(this.settings).runsBackups) return;
    const advice = 'Run it on the server that the job belongs to';
    throw new WardroundError('conflict', `this is a ${this.settings.role}, which ${what}`, advice);
  }

  async all(principal: Principal): Promise<readonly Job[]> {
    return (await definitionsOf(principal, this.store.read, backupJobKind)).map(toJob);
  }

  /**
   * The one job that a text calls.
   * @param text its name, `<server>/<name>` or `<site>/<server>/<name>`
   * @throws WardroundError `not-found`, AmbiguousAddress
   */
  async find(principal: Principal, text: string): Promise<Job> {
    return oneNamed(text, await this.all(principal), 'backup job');
  }

  /** What people call a job: no longer than it must be to tell it from the others. */
  async textOf(principal: Principal, job: Address): Promise<string> {
    return shortestText(job, await this.all(principal));
  }

  /** Where the job's local copy is made. Without one of its own, it is made in the data folder for the time of the run. */
  async localRoot(job: BackupJobDefinition): Promise<string> {
    if (!job.localCopy) return join(this.settings.dataFolder, 'staging');
    const { parameters: path, missing } = await resolveReferences(job.localCopy.path, this.references);
    if (missing.length > 0) throw new WardroundError('destination-unusable', `localCopy.path: ${missing.join('; ')}`);
    if (typeof path !== 'string' || !isAbsolute(path)) {
      throw new WardroundError('destination-unusable', `localCopy.path: "${String(path)}" is not an absolute path`);
    }
    return path;
  }

  /**
   * What is known of the starts of all jobs.
   * @param now planned starts that are after it were planned by a clock that ran ahead: they count for nothing
   */
  async histories(now: Instant): Promise<(job: Job) => JobHistory> {
    const startsOf = await startsOfJobs(theSystem, this.store.read, toIso(now));
    const defined = await definitionsOf(theSystem, this.store.read, backupJobKind);
    return (job) => {
      const { site, server, name } = job;
      const { everSucceeded, lastPlanned } = startsOf({ site, server, job: name });
      const definition = defined.find((one) => isSame(one, job));
      return {
        everSucceeded,
        lastPlanned: lastPlanned === null ? null : fromIso(lastPlanned),
        definedAt: definition ? Math.min(fromIso(definition.definedAt), now) : 0,
      };
    };
  }

  /** The snapshots of a job, newest first. */
  snapshots(job: Job): Promise<readonly SnapshotRow[]> {
    return snapshotsOfJob(theSystem, this.store.read, { site: job.site, server: job.server, job: job.name });
  }

  /** The snapshots that are in doubt, by their names: of runs that were suspicious and that no person has accepted. */
  async doubtful({ site, server, name }: Job, rows: readonly SnapshotRow[]): Promise<ReadonlySet<string>> {
    const doubted = await doubtfulRuns(theSystem, this.store.read, { site, server, job: name });
    return new Set(rows.filter(({ runId }) => doubted.has(runId)).map(({ snapshot }) => snapshot));
  }

  /** What a run that begins now is compared with, and what its retention goes by. */
  async past(job: Job, { runId, now }: { readonly runId: string; readonly now: Instant }): Promise<JobPast> {
    const key = { site: job.site, server: job.server, job: job.name };
    const { id: installation } = this.installation;
    const [good, starts, rows, jumps, confirmed] = await Promise.all([
      lastGoodRun(theSystem, this.store.read, key),
      startsOfRuns(theSystem, this.store.read, key, runId, mostStarts),
      this.snapshots(job),
      openClockJumps(theSystem, this.store.read),
      clockConfirmedPlace(theSystem, this.store.read, installation),
    ]);
    const defined = (await definitionsOf(theSystem, this.store.read, backupJobKind)).find((one) => isSame(one, job));
    // Only sums are known of a run that did not count its sources: they say nothing once the job was changed.
    const comparable = good && (good.sources.length > 0 || (defined?.definedAt ?? '') <= good.startedAt);
    return {
      baseline: comparable ? good : null,
      starts: [...starts.map(({ startedAt }) => fromIso(startedAt)), now],
      startsSinceConfirmed: starts.filter(({ logPlace }) => logPlace > confirmed).length + 1,
      clockJumps: jumps.filter((jump) => jump.installation === installation),
      doubtful: await this.doubtful(job, rows),
    };
  }

  /** Whose the job's snapshots are, and which of them the log knows. */
  async ownership(job: Job): Promise<Ownership> {
    const { id: installation, publicKey, privateKey } = this.installation;
    const rows = await this.snapshots(job);
    return {
      origin: this.originOf(job),
      signer: {
        installation,
        site: job.site,
        publicKey,
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      },
      computer: this.settings.computer,
      known: rows.map(({ snapshot, place, manifestSha256 }) => ({ name: snapshot, place, manifestSha256 })),
    };
  }

  private originOf({ site, server, name }: Address): JobOrigin {
    return { installation: this.installation.id, site, server, job: name };
  }

  /** The folders, on this computer, that hold snapshots of any job: none of them is ever backed up. */
  async foldersOfSnapshots(): Promise<readonly string[]> {
    const folders = new Set<string>();
    const jobs = await this.all(theSystem);
    for (const job of jobs) {
      // Where a reference means nothing now, what was copied there before is still known by its recorded place.
      const root = await this.localRoot(job.definition).catch(() => null);
      for (const name of folderNames(this.originOf(job))) if (root !== null) folders.add(join(root, name));
    }
    const isDefined = ({ site, server, job: name }: SnapshotPlace) =>
      jobs.some((job) => isSame(job, { site, server, name }));
    const places = (await snapshotPlaces(theSystem, this.store.read)).filter(isDefined);
    for (const { place } of places) if (isAbsolute(place)) folders.add(dirname(place));
    return [...folders];
  }

  /** The last good run of the job that a run belongs to. */
  lastGood({ site, server, job }: Pick<RunRow, 'site' | 'server' | 'job'>): Promise<Baseline | null> {
    return lastGoodRun(theSystem, this.store.read, { site, server, job });
  }

  /** Runs that have started and not ended: at a start, those that a killed process left. */
  unfinishedRuns(): Promise<readonly RunRow[]> {
    return runningRuns(theSystem, this.store.read);
  }
}

function isSame(one: Address, other: Address): boolean {
  return one.name === other.name && one.server === other.server && one.site === other.site;
}

function toJob({ site, server, name, definition }: DefinedOf<typeof backupJobKind>): Job {
  return { site, server, name, definition };
}
