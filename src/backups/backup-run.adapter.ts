import { mkdir, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import {
  makeSnapshot,
  newSnapshotName,
  checkFolder,
  parseSnapshotName,
  listSnapshots,
  readSnapshotInfo,
  removeSnapshot,
  sweepPartials,
  verifySnapshot,
  type LocalSnapshot,
  type PluginKind,
  type Progress,
  type SourceTrees,
} from '../../plugins/sdk/index.js';
import { fact } from '../event-log/statement.js';
import type { PluginHost, PluginLine } from '../plugin-host/plugin-host.js';
import { describeError, WardroundError, type ErrorCode } from '../shared/errors.js';
import type { Clock } from '../shared/instant.js';
import { bytesText, countText } from '../shared/quantity.js';
import { backupCopied, backupVerified, snapshotRemoved } from './backups.events.js';
import { failingAs, naming, toRunError } from './failures.adapter.js';
import { localCopyName } from './backups.events.js';
import type { BackupJobDefinition, DestinationDefinition } from './job.js';
import { outlived } from './retention.js';
import { judgeRoom } from './room.js';
import { CopyReports } from './run-report.js';
import type { RunIdentity, RunRecorder } from './run-recorder.adapter.js';
import { copyStep, percentAt, prepareStep, stepsOf, tidyStep, verifyStep, type RunStep } from './run-steps.js';

const quickCallMs = 60_000;
const longCallMs = 24 * 3_600_000;

/** What a run works with. */
export interface RunSurroundings {
  readonly host: PluginHost;
  readonly clock: Clock;
  readonly recorder: RunRecorder;
  readonly signal: AbortSignal;
  /** Absolute path of the folder of the local copies; in the data folder, for the time of the run, where the job has none. */
  readonly localRoot: string;
  /** Whether the local copy is one of the job's copies, and stays. */
  readonly keepsLocalCopy: boolean;
}

export interface RunResult {
  readonly reports: CopyReports;
  readonly files: number;
  readonly bytes: number;
}

/**
 * One execution of a job: sources → local copy → verified → each further copy from it → verified → what is no longer kept
 * is removed. A copy that fails is said and does not stop the others; without a local copy there is nothing to go on with.
 */
export class BackupRun {
  private readonly steps: readonly RunStep[];
  /** What has become of each copy so far. */
  readonly reports: CopyReports;
  private readonly local: { readonly root: string; readonly job: string };
  private readonly scratch: string;
  private inHand = prepareStep;
  private leaveOut: string[] = [];

  constructor(
    private readonly run: RunIdentity,
    private readonly job: BackupJobDefinition,
    private readonly around: RunSurroundings,
  ) {
    this.steps = stepsOf(job);
    this.reports = new CopyReports([
      ...(around.keepsLocalCopy ? [localCopyName] : []),
      ...job.copies.map(({ name }) => name),
    ]);
    this.local = { root: around.localRoot, job: job.name };
    this.scratch = join(around.localRoot, job.name, '.scratch');
  }

  /** The step in hand, or the last one that was. */
  get step(): string {
    return this.inHand;
  }

  /** @throws whatever left the run without a local copy; what went wrong with further copies stands in the reports. */
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

  // ── before anything is written ─────────────────────────────────────────────────────────────────────────────────────

  private async preflight(): Promise<void> {
    this.begin(prepareStep, 'Sources and destinations are looked at');
    let estimatedBytes: number | null = 0;
    for (const { name, plugin, parameters } of this.job.sources) {
      const checked = await naming(
        `source ${name}`,
        this.call({ kind: 'source', plugin, operation: 'check', parameters, input: {}, timeoutMs: quickCallMs }),
      );
      this.say(`Source ${name} can be read`, { outcome: 'done' });
      estimatedBytes =
        checked.estimatedBytes === null || estimatedBytes === null ? null : estimatedBytes + checked.estimatedBytes;
    }
    await this.reportingLocalCopy(() => this.checkLocalRoot(estimatedBytes));
    for (const copy of this.job.copies)
      await this.reporting(copy.name, () => this.checkDestination(copy, estimatedBytes));
  }

  private async checkLocalRoot(estimatedBytes: number | null): Promise<void> {
    const { root } = this.local;
    const { freeBytes } = await checkFolder(root);
    const previousBytes = await this.bytesOfNewestLocal();
    refuseTooLittle(root, judgeRoom({ estimatedBytes, freeBytes, previousBytes }));
    this.say('The local copy can be written', { outcome: 'done', place: root });
  }

  /** A snapshot that is damaged is nothing to compare with: then only the copying itself shows whether there is room. */
  private async bytesOfNewestLocal(): Promise<number> {
    const newest = (await listSnapshots(this.local)).at(-1);
    if (newest === undefined) return 0;
    try {
      return (await readSnapshotInfo({ ...this.local, name: newest })).bytes;
    } catch (error) {
      const text = `The newest local copy, ${newest}, cannot be compared with: ${describeError(error)}`;
      this.say(text, { level: 'warning', outcome: 'note', place: this.local.root });
      return Number.POSITIVE_INFINITY;
    }
  }

  private async checkDestination(
    { name, plugin, parameters }: DestinationDefinition,
    estimatedBytes: number | null,
  ): Promise<void> {
    const { place, freeBytes } = await this.call({
      kind: 'destination',
      plugin,
      operation: 'check',
      parameters,
      input: {},
      timeoutMs: quickCallMs,
    });
    if (isAbsolute(place)) this.leaveOut.push(place);
    // How much an earlier snapshot there shares is for its plugin to know; without one the whole size is needed.
    const { snapshots } = await this.call({
      kind: 'destination',
      plugin,
      operation: 'list',
      parameters,
      input: { job: this.job.name },
      timeoutMs: quickCallMs,
    });
    if (snapshots.length === 0) refuseTooLittle(place, judgeRoom({ estimatedBytes, freeBytes, previousBytes: 0 }));
    this.say(`Destination ${name} can be written`, { outcome: 'done', place });
  }

  private async prepare(): Promise<readonly SourceTrees[]> {
    await this.sweepLocal();
    const sources: SourceTrees[] = [];
    for (const { name, plugin, parameters } of this.job.sources) {
      const scratch = join(this.scratch, name);
      await mkdir(scratch, { recursive: true });
      this.say(`Source ${name} is made ready`, { outcome: 'begun' });
      const common = { kind: 'source', plugin, parameters, timeoutMs: longCallMs } as const;
      const { trees } = await naming(
        `source ${name}`,
        this.call({ ...common, operation: 'prepare', input: { scratch } }),
      );
      sources.push({ source: name, trees });
      this.say(`Source ${name} is ready`, { outcome: 'done' });
    }
    return sources;
  }

  // ── the copies ─────────────────────────────────────────────────────────────────────────────────────────────────────

  private async makeLocalCopy(sources: readonly SourceTrees[]): Promise<LocalSnapshot> {
    const place = this.local;
    const name = await newSnapshotName({ ...place, now: this.around.clock.now() });
    this.begin(copyStep(localCopyName), 'The local copy is made', place.root);
    const began = this.around.clock.now();
    const origin = { server: this.run.server, runId: this.run.runId };
    const made = await makeSnapshot({ ...place, name, origin, sources, leaveOut: this.leaveOut, ...this.watching() });
    await this.copied(localCopyName, name, made, began);
    this.begin(verifyStep(localCopyName), 'The local copy is read back', made.place);
    const verifyBegan = this.around.clock.now();
    const verified = await verifySnapshot({ ...place, name, ...this.watching() });
    await this.verified(localCopyName, name, verified, verifyBegan);
    return { job: this.job.name, name, folder: verified.place, files: verified.files, bytes: verified.bytes };
  }

  private async makeCopy({ name, plugin, parameters }: DestinationDefinition, snapshot: LocalSnapshot): Promise<void> {
    const common = { kind: 'destination', plugin, parameters, input: { snapshot }, timeoutMs: longCallMs } as const;
    this.begin(copyStep(name), `The copy to ${name} is made`);
    const began = this.around.clock.now();
    const stored = await this.call({ ...common, operation: 'store' });
    await this.copied(name, snapshot.name, stored, began);
    this.begin(verifyStep(name), `The copy at ${name} is read back`, stored.place);
    const verifyBegan = this.around.clock.now();
    const verified = await this.call({ ...common, operation: 'verify' });
    await this.verified(name, snapshot.name, { ...verified, place: stored.place }, verifyBegan);
  }

  // ── afterwards ─────────────────────────────────────────────────────────────────────────────────────────────────────

  private async tidyUp(): Promise<void> {
    this.begin(tidyStep, 'Snapshots that are no longer kept are removed');
    const { job } = this.local;
    if (this.around.keepsLocalCopy) {
      await this.removeOutlived(localCopyName, await listSnapshots(this.local), (name) =>
        removeSnapshot({ ...this.local, name }),
      );
    }
    for (const { name, plugin, parameters } of this.job.copies) {
      // Where this run's copy failed, nothing is removed: what is there is the best there is.
      if (this.reports.hasFailed(name)) continue;
      const common = { kind: 'destination', plugin, parameters, timeoutMs: longCallMs } as const;
      const { snapshots } = await this.call({ ...common, operation: 'list', input: { job } });
      await this.removeOutlived(name, snapshots, (snapshot) =>
        this.call({ ...common, operation: 'remove', input: { job, snapshot } }),
      );
    }
  }

  /** What cannot be removed now is removed by the next run; a backup is good or bad for other reasons. */
  private async leaveNothing(): Promise<void> {
    try {
      await this.sweepLocal();
    } catch (error) {
      const text = `What was made for this run only could not be removed: ${describeError(error)}`;
      this.say(text, { level: 'warning', outcome: 'failed', place: this.scratch });
    }
  }

  /** Removes what was made for the time of a run, this one or one that was killed. */
  private async sweepLocal(): Promise<void> {
    await rm(this.scratch, { recursive: true, force: true });
    if (this.around.keepsLocalCopy) return;
    for (const name of await listSnapshots(this.local)) await removeSnapshot({ ...this.local, name });
    await sweepPartials(this.local);
  }

  /** A snapshot that cannot be removed is a warning: the new copy is good all the same. */
  private async removeOutlived(
    destination: string,
    names: readonly string[],
    remove: (name: string) => Promise<void>,
  ): Promise<void> {
    const aged = names.flatMap((name) => {
      const takenAt = parseSnapshotName(name);
      return takenAt === null ? [] : [{ name, takenAt }];
    });
    for (const { name } of outlived(aged, this.job.keep, this.around.clock.now())) {
      try {
        await remove(name);
        const { site, server, job } = this.run;
        const data = { site, server, job, destination, snapshot: name, because: 'older-than-kept' } as const;
        await this.around.recorder.state(fact(snapshotRemoved, { ...this.around.recorder.about(), data }));
        this.say(`Snapshot ${name} at ${destination} is older than ${this.job.keep.days} days and was removed`, {
          outcome: 'done',
        });
      } catch (error) {
        this.say(`Snapshot ${name} at ${destination} could not be removed: ${toRunError(error).text}`, {
          level: 'warning',
          outcome: 'failed',
        });
      }
    }
  }

  // ── saying what happens ────────────────────────────────────────────────────────────────────────────────────────────

  /** Runs one destination's part; what goes wrong there is its report, and the run goes on. */
  private async reporting(destination: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.around.signal.throwIfAborted();
      const failure = toRunError(error);
      this.reports.failed(destination, failure);
      this.say(`${destination}: ${failure.text}`, { level: 'error', outcome: 'failed' });
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
        ? `, ${linkedFiles.toLocaleString('en')} of them unchanged and shared with the snapshot before`
        : '';
    this.say(`${countText(files, 'file')}, ${bytesText(bytes)} copied${linked}`, { outcome: 'done', place });
    if (destination === localCopyName && !this.around.keepsLocalCopy) return;
    const durationMs = Math.max(0, this.around.clock.now() - began);
    const data = { ...this.run, destination, snapshot, place, files, bytes, linkedFiles, durationMs };
    await this.around.recorder.state(fact(backupCopied, { ...this.around.recorder.about(), data }));
  }

  private async verified(
    destination: string,
    snapshot: string,
    { place, files, bytes, manifestSha256 }: { place: string; files: number; bytes: number; manifestSha256: string },
    began: number,
  ): Promise<void> {
    this.say(`${countText(files, 'file')}, ${bytesText(bytes)} read back and found as they were written`, {
      outcome: 'done',
      place,
    });
    if (destination === localCopyName && !this.around.keepsLocalCopy) return;
    this.reports.succeeded(destination, place);
    const durationMs = Math.max(0, this.around.clock.now() - began);
    const data = { ...this.run, destination, snapshot, place, files, bytes, manifestSha256, durationMs };
    await this.around.recorder.state(fact(backupVerified, { ...this.around.recorder.about(), data }));
  }

  private begin(step: string, text: string, place = ''): void {
    this.around.signal.throwIfAborted();
    this.inHand = step;
    this.say(text, { outcome: 'begun', place });
    this.progressed({ files: 0, bytes: 0, totalFiles: 0, totalBytes: 0 });
  }

  private progressed(progress: Progress): void {
    const { files, bytes, totalFiles, totalBytes } = progress;
    const part = totalBytes > 0 ? bytes / totalBytes : totalFiles > 0 ? files / totalFiles : 0;
    const percent = percentAt(this.steps, this.inHand, part);
    this.around.recorder.progressed({ percent, step: this.inHand, files, bytes, totalFiles, totalBytes });
  }

  private say(text: string, parts: Parameters<RunRecorder['line']>[2] = {}): void {
    this.around.recorder.line(this.inHand, text, parts);
  }

  private watching() {
    return {
      signal: this.around.signal,
      onProgress: (progress: Progress) => this.progressed(progress),
      onNotice: ({ level, text, place }: PluginLine) =>
        this.say(text, { level, place, outcome: level === 'error' ? 'failed' : 'note' }),
    };
  }

  /** Calls a plugin for this run: its lines go into the protocol, its progress moves the bar. */
  private readonly call: PluginHost['call'] = (call) => {
    const { signal, onProgress, onNotice } = this.watching();
    const result = this.around.host.call({ ...call, signal, onProgress, onLine: onNotice });
    return failingAs(failureCode(call.kind, call.operation), result);
  };
}

function failureCode(kind: PluginKind, operation: string): ErrorCode {
  if (kind === 'source') return 'source-unreadable';
  return operation === 'verify' ? 'verification-failed' : 'destination-unusable';
}

function refuseTooLittle(place: string, verdict: ReturnType<typeof judgeRoom>): void {
  if (verdict.room === 'enough') return;
  throw new WardroundError(
    'no-space',
    `${place} has ${bytesText(verdict.freeBytes)} free, and at least ${bytesText(verdict.neededBytes)} are needed`,
    'Make room there, keep fewer snapshots, or choose another place',
  );
}
