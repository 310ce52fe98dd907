import type { Address } from '../shared/address.js';
import { isAbsolute, join } from 'node:path';
import type {
  GuardedEngine,
  PlaceOwner,
  SnapshotPlace,
  SnapshotToStore,
  SourceTrees,
} from '../../plugins/sdk/index.js';
import { fact } from '../event-log/statement.js';
import type { PluginHost } from '../plugin-host/plugin-host.js';
import { describeError } from '../shared/errors.js';
import type { Clock } from '../shared/instant.js';
import { bytesText, countText } from '../shared/quantity.js';
import { backupCopied, backupVerified, localCopyName } from './backups.events.js';
import { naming, toRunError } from './run-errors.adapter.js';
import { callOf, type BackupJobDefinition, type DestinationDefinition } from './job.js';
import type { JobPast } from './job-directory.service.js';
import { Judgement } from './judgement.adapter.js';
import { ownerAt, type Ownership } from './ownership.js';
import { Preflight } from './preflight.adapter.js';
import { Retention } from './retention.adapter.js';
import { RunConduct } from './run-conduct.adapter.js';
import { CopyReports } from './run-report.js';
import type { RunIdentity, RunRecorder } from './run-recorder.adapter.js';
import { copyStep, prepareStep, tidyStep, verifyStep } from './run-steps.js';

/** What a run works with. */
export interface RunSurroundings {
  readonly host: PluginHost;
  readonly clock: Clock;
  readonly recorder: RunRecorder;
  readonly signal: AbortSignal;
  /** Left out of every source: reading the file of a database that this process has open would drop its locks. */
  readonly dataFolder: string;
  /** Absolute path of the folder of the local copies; in the data folder, for the time of the run, where the job has none. */
  readonly localRoot: string;
  /** Whether the local copy is one of the job's copies, and stays. */
  readonly keepsLocalCopy: boolean;
  /** The runs before this one. */
  readonly past: JobPast;
  readonly engine: GuardedEngine;
  readonly ownership: Ownership;
  /** Destinations of which a person has said that they are to be used though they are not those of last time. */
  readonly newPlaces: readonly string[];
  /** Absolute paths of folders with snapshots of any job. */
  readonly leaveOut: readonly string[];
}

export interface RunResult {
  readonly reports: CopyReports;
  readonly files: number;
  readonly bytes: number;
}

/**
 * One execution of a job: sources → local copy → verified → each further copy from it → verified → what is no longer
 * kept is removed. A copy that fails is said and does not stop the others; without a local copy there is nothing to
 * continue with.
 */
export class BackupRun {
  private readonly conduct: RunConduct;
  private readonly engine: GuardedEngine;
  /** What has become of each copy so far. */
  readonly reports: CopyReports;
  /** What looks odd about the run, as far as it has come. */
  readonly judgement: Judgement;
  private readonly local: SnapshotPlace;
  private readonly leaveOut: string[];

  constructor(
    private readonly run: RunIdentity,
    private readonly job: BackupJobDefinition,
    private readonly around: RunSurroundings,
  ) {
    const { host, recorder, clock, signal, engine } = around;
    this.engine = engine;
    this.conduct = new RunConduct(job, host, recorder, clock, signal, engine);
    this.judgement = new Judgement(job, around.past, this.conduct);
    this.reports = new CopyReports([
      ...(around.keepsLocalCopy ? [localCopyName] : []),
      ...job.copies.map(({ name }) => name),
    ]);
    this.leaveOut = [around.dataFolder];
    const owner = around.keepsLocalCopy ? ownerAt(around.ownership, localCopyName) : undefined;
    this.local = { root: around.localRoot, job: job.name, owner };
  }

  /** The step in progress, or the last one that was. */
  get step(): string {
    return this.conduct.step;
  }

  /** @throws whatever left the run without a local copy; what went wrong with further copies is in the reports. */
  async execute(): Promise<RunResult> {
    try {
      await this.preflight();
      const sources = await this.prepare();
      const local = await this.reportingLocalCopy(() => this.makeLocalCopy(sources));
      for (const copy of this.job.copies) {
        if (!this.reports.hasFailed(copy.name)) await this.reporting(copy.name, () => this.makeCopy(copy, local));
      }
      await this.tidyUp();
      return { reports: this.reports, files: local.files, bytes: local.bytes };
    } finally {
      await this.leaveNothing();
    }
  }

  private get address(): Address {
    const { site, server, job } = this.run;
    return { site, server, name: job };
  }

  private async preflight(): Promise<void> {
    this.conduct.begin(prepareStep, 'Checking sources and destinations');
    this.judgement.ofClock();
    const preflight = new Preflight(this.address, this.job, this.conduct);
    const estimatedBytes = await preflight.checkSources();
    await this.reportingLocalCopy(() => {
      const { owner } = this.local;
      const asked = owner && this.owner(localCopyName, this.around.newPlaces.includes(localCopyName));
      return preflight.checkLocalRoot({ ...this.local, owner: asked }, estimatedBytes);
    });
    for (const copy of this.job.copies) {
      await this.reporting(copy.name, async () => {
        const owner = this.owner(copy.name, this.around.newPlaces.includes(copy.name));
        const place = await preflight.checkDestination(copy, owner, estimatedBytes);
        if (isAbsolute(place)) this.leaveOut.push(place);
      });
    }
  }

  private async prepare(): Promise<readonly SourceTrees[]> {
    await this.sweepLocal();
    const sources: SourceTrees[] = [];
    for (const { name, plugin, parameters } of this.job.sources) {
      const scratch = await this.engine.makeScratch({ ...this.local, name, ...this.conduct.watching() });
      this.conduct.say(`Preparing source ${name}`, { outcome: 'begun' });
      const common = { kind: 'source', plugin, parameters, timeoutMs: null } as const;
      const { trees } = await naming(
        `source ${name}`,
        this.conduct.call({ ...common, operation: 'prepare', input: { scratch, address: this.address } }),
      );
      sources.push({ source: name, trees });
      this.conduct.say(`Source ${name} is ready`, { outcome: 'done' });
    }
    return sources;
  }

  private owner(destination: string, newPlace = false): PlaceOwner {
    return ownerAt(this.around.ownership, destination, newPlace);
  }

  // ── the copies ─────────────────────────────────────────────────────────────────────────────────────────────────────

  private async makeLocalCopy(sources: readonly SourceTrees[]): Promise<SnapshotToStore> {
    const place = this.local;
    const name = await this.engine.newSnapshotName({ ...place, now: this.conduct.clock.now() });
    this.conduct.begin(copyStep(localCopyName), 'Making the local copy', place.root);
    const began = this.conduct.clock.now();
    const origin = { server: this.run.server, runId: this.run.runId, signer: this.around.ownership.signer };
    const made = await this.engine.makeSnapshot({
      ...place,
      name,
      origin,
      sources,
      leaveOut: this.leaveOut,
      lookFor: this.judgement.lookFor,
      leaveOutPaths: this.around.leaveOut,
      ...this.conduct.watching(),
    });
    this.judgement.ofSources(made);
    await this.copied(localCopyName, name, made, began);
    this.conduct.begin(verifyStep(localCopyName), 'Verifying the local copy', made.place);
    const verifyBegan = this.conduct.clock.now();
    const verified = await this.engine.verifySnapshot({ ...place, name, ...this.conduct.watching() });
    await this.verified(localCopyName, name, verified, verifyBegan);
    const { place: folder, files, bytes, manifestSha256 } = verified;
    return { job: this.job.name, name, folder, manifest: join(folder, 'manifest.jsonl'), files, bytes, manifestSha256 };
  }

  private async makeCopy(copy: DestinationDefinition, local: SnapshotToStore): Promise<void> {
    const { name } = copy;
    const owner = this.owner(name);
    this.conduct.begin(copyStep(name), `Copying to ${name}`);
    const began = this.conduct.clock.now();
    const stored = await this.conduct.call({ ...callOf(copy), operation: 'store', input: { snapshot: local, owner } });
    await this.copied(name, local.name, stored, began);
    this.conduct.begin(verifyStep(name), `Verifying the copy at ${name}`, stored.place);
    const verifyBegan = this.conduct.clock.now();
    const { job, manifestSha256 } = local;
    const input = { job, snapshot: stored.id, manifestSha256, local, owner };
    const verified = await this.conduct.call({ ...callOf(copy), operation: 'verify', input });
    await this.verified(name, local.name, { ...verified, place: stored.place }, verifyBegan);
  }

  // ── afterwards ─────────────────────────────────────────────────────────────────────────────────────────────────────

  private async tidyUp(): Promise<void> {
    this.conduct.begin(tidyStep, 'Removing expired snapshots');
    const why = this.judgement.whyNothingIsRemoved;
    if (why !== null) return this.conduct.say(why, { level: 'warning', outcome: 'skipped' });
    const retention = new Retention(this.run, this.job.keep, this.conduct, this.judgement);
    if (this.around.keepsLocalCopy) await retention.ofLocalCopy(this.local);
    for (const copy of this.job.copies) {
      // Where this run's copy failed, nothing is removed: what is there is the best there is.
      if (!this.reports.hasFailed(copy.name)) await retention.ofDestination(copy, this.owner(copy.name));
    }
  }

  /** What cannot be removed now is removed by the next run; a backup is good or bad for other reasons. */
  private async leaveNothing(): Promise<void> {
    try {
      await this.sweepLocal();
    } catch (error) {
      const text = `Temporary files of this run could not be removed: ${describeError(error)}`;
      this.conduct.say(text, { level: 'warning', outcome: 'failed', place: this.local.root });
    }
  }

  /** Removes what was made for the time of a run, this one or one that was killed. */
  private async sweepLocal(): Promise<void> {
    // Without the run's signal: what was made for it goes also when it was cancelled.
    await this.engine.removeScratch({ ...this.local, onNotice: this.conduct.watching().onNotice });
    if (this.around.keepsLocalCopy) return;
    for (const name of await this.engine.listSnapshots(this.local))
      await this.engine.removeSnapshot({ ...this.local, name });
    await this.engine.sweepPartials(this.local);
  }

  // ── saying what happens ────────────────────────────────────────────────────────────────────────────────────────────

  /** Runs one destination's part; what goes wrong there is its report, and the run continues. */
  private async reporting(destination: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.conduct.signal.throwIfAborted();
      const failure = toRunError(error);
      this.reports.failed(destination, failure);
      this.conduct.say(`${destination}: ${failure.text}`, { level: 'error', outcome: 'failed' });
    }
  }

  private async reportingLocalCopy<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (this.around.keepsLocalCopy) this.reports.failed(localCopyName, toRunError(error));
      throw error;
    }
  }

  private async copied(
    destination: string,
    snapshot: string,
    { place, files, bytes, linkedFiles }: { place: string; files: number; bytes: number; linkedFiles: number },
    began: number,
  ): Promise<void> {
    const linked =
      linkedFiles > 0
        ? `, ${linkedFiles.toLocaleString('en')} of them unchanged and shared with the previous snapshot`
        : '';
    this.conduct.say(`${countText(files, 'file')}, ${bytesText(bytes)} copied${linked}`, { outcome: 'done', place });
    if (destination === localCopyName && !this.around.keepsLocalCopy) return;
    const durationMs = Math.max(0, this.conduct.clock.now() - began);
    const data = { ...this.run, destination, snapshot, place, files, bytes, linkedFiles, durationMs };
    await this.conduct.state(fact(backupCopied, { ...this.conduct.about(), data }));
  }

  private async verified(
    destination: string,
    snapshot: string,
    { place, files, bytes, manifestSha256 }: { place: string; files: number; bytes: number; manifestSha256: string },
    began: number,
  ): Promise<void> {
    this.conduct.say(`${countText(files, 'file')}, ${bytesText(bytes)} verified`, {
      outcome: 'done',
      place,
    });
    if (destination === localCopyName && !this.around.keepsLocalCopy) return;
    this.reports.succeeded(destination, place);
    const durationMs = Math.max(0, this.conduct.clock.now() - began);
    const data = { ...this.run, destination, snapshot, place, files, bytes, manifestSha256, durationMs };
    await this.conduct.state(fact(backupVerified, { ...this.conduct.about(), data }));
  }
}
