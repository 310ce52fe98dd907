import { Inject, Injectable, Logger } from '@nestjs/common';
import type { z } from 'zod';
import type { Principal } from '../access/principal.js';
import { EngineProcess } from '../../plugins/sdk/index.js';
import { EVENT_LOG, type EventLog } from '../event-log/event-log.js';
import { fact } from '../event-log/statement.js';
import { PLUGIN_HOST, type PluginHost } from '../plugin-host/plugin-host.js';
import { addressText } from '../shared/address.js';
import { describeError, WardroundError } from '../shared/errors.js';
import { factId } from '../shared/ids.js';
import { CLOCK, toIso, type Clock, type Instant } from '../shared/instant.js';
import { RunInHandError } from '../shared/run-in-hand.js';
import { doneWithin } from '../shared/time-limit.adapter.js';
import { ViewsService } from '../folding/views.service.js';
import { BackupRun, type RunResult } from './backup-run.adapter.js';
import {
  backupCompleted,
  backupStarted,
  type CopiedSource,
  type RunTrigger,
  type Suspicion,
} from './backups.events.js';
import { toRunError } from './run-errors.adapter.js';
import { JobDirectory, type Job } from './job-directory.service.js';
import { localCopyName } from './backups.events.js';
import { isSuspicious } from './judgement.adapter.js';
import type { RunError } from './run-report.js';
import { CopyReports } from './run-report.js';
import { RunRecorder, type RunIdentity } from './run-recorder.adapter.js';
import { unrecordedNote } from './unrecorded.adapter.js';
import { untilGivenUp } from './until-given-up.adapter.js';
import { prepareStep } from './run-steps.js';

export interface RunRequest {
  readonly trigger: RunTrigger;
  /** The planned start that is served; null when a person asked. */
  readonly plannedFor: Instant | null;
  readonly actor: string;
  /** Destinations that are used from now on, though they are not the places of last time. */
  readonly newPlaces?: readonly string[];
}

/** A run that has started, with the whole address of its job. */
export type StartedRun = RunIdentity;

interface RunTerms {
  readonly signal: AbortSignal;
  readonly newPlaces: readonly string[];
}

interface RunInHand {
  readonly runId: string;
  readonly abort: AbortController;
  readonly recorder: RunRecorder;
  /** Resolves when its start is durable. */
  readonly began: Promise<void>;
  readonly ended: Promise<void>;
}

/** A run when it has ended, well or not. */
interface Ended extends RunResult {
  readonly error: RunError | null;
  /** The last one that was started. */
  readonly step: string;
  readonly suspicions: readonly Suspicion[];
  readonly sources: readonly CopiedSource[];
}

/** How long a run that is stopped may take to come to its end, and how long its last events may take to be written. */
const endWithinMs = 2500;
const recordWithinMs = 1500;

const endTexts = {
  succeeded: 'The backup succeeded',
  suspicious: 'The backup is suspicious: all copies are verified, but data may be missing. If it is correct, accept it',
  failed: 'The backup failed',
} as const;

/** Runs backup jobs, each at most once at a time. */
@Injectable()
export class BackupsService {
  private readonly logger = new Logger('Backups');
  /** By the whole address of the job. */
  private readonly inHand = new Map<string, RunInHand>();

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(PLUGIN_HOST) private readonly host: PluginHost,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JobDirectory) private readonly jobs: JobDirectory,
    @Inject(ViewsService) private readonly views: ViewsService,
  ) {}

  /**
   * Begins a run. It continues after this resolves, which is when its start is durable and the views show it.
   * @param text the job: its name, `<server>/<name>` or `<site>/<server>/<name>`
   * @throws WardroundError `not-found`, `bad-request` for a new place that is none of the job's, or `conflict` on a hub
   * @throws AmbiguousAddress if the text calls several jobs
   * @throws RunInHandError while a run of the job is in progress
   */
  async start(principal: Principal, text: string, request: RunRequest): Promise<StartedRun> {
    this.jobs.mustRunHere('runs no backups');
    const job = await this.jobs.find(principal, text);
    // The views show the start of the run, and so a jump that the log has before it.
    await this.jobs.lookAtClock();
    refuseUnknownPlaces(job, request);
    const { site, server, name } = job;
    const key = addressText(job);
    const running = this.inHand.get(key);
    if (running) {
      // Anyone who hears of the run can look at it.
      await running.began.catch(() => undefined);
      await this.views.caughtUp();
      throw new RunInHandError(await this.jobs.textOf(principal, job), running.runId);
    }
    const runId = factId(this.clock.now());
    const run: RunIdentity = { site, server, job: name, runId };
    const { computer, user } = this.jobs.settings;
    const note = unrecordedNote(this.jobs.settings.dataFolder, runId);
    const recorder = new RunRecorder(this.log, this.clock, run, { computer, user, actor: request.actor }, note);
    const abort = new AbortController();
    const began = this.begin(job, run, recorder, request);
    const ended = began
      .then(() => this.carryOut(job, run, recorder, { signal: abort.signal, newPlaces: request.newPlaces ?? [] }))
      .finally(() => this.inHand.delete(key));
    this.inHand.set(key, { runId, abort, recorder, began, ended });
    ended.catch((error: unknown) => this.logger.error(`${key}: ${describeError(error)}`));
    await began;
    await this.views.caughtUp();
    return { site, server, job: name, runId };
  }

  /** Resolves when the run has ended and its end is durable; at once if it is not in progress here. */
  async ended(runId: string): Promise<void> {
    await [...this.inHand.values()].find((run) => run.runId === runId)?.ended;
  }

  /** Stops what runs, which is recorded as failed, and waits for its end, but not forever. */
  async stop(): Promise<void> {
    const reason = new WardroundError('cancelled', 'Wardround was stopped while the backup ran', 'Run it again');
    for (const { abort } of this.inHand.values()) abort.abort(reason);
    const runs = [...this.inHand.values()];
    const ended = Promise.allSettled(runs.map((run) => run.ended));
    if (await doneWithin(endWithinMs + recordWithinMs, ended)) return;
    for (const { recorder } of runs) recorder.giveUp();
    await doneWithin(recordWithinMs, ended);
  }

  private async begin(job: Job, run: RunIdentity, recorder: RunRecorder, request: RunRequest): Promise<void> {
    const { computer, user } = this.jobs.settings;
    const plannedFor = request.plannedFor === null ? null : toIso(request.plannedFor);
    const destinations = [...destinationsOf(job)];
    const data = { ...run, trigger: request.trigger, plannedFor, computer, user, destinations };
    try {
      await this.log.append([fact(backupStarted, { ...recorder.about(), data })]);
    } catch (error) {
      recorder.discard();
      throw error;
    }
    recorder.line('start', startText(request), { outcome: 'begun' });
  }

  private async carryOut(job: Job, run: RunIdentity, recorder: RunRecorder, terms: RunTerms): Promise<void> {
    const startedAt = this.clock.now();
    const result = await this.execute(job, run, recorder, terms);
    const error = result.error;
    const { suspicions, sources } = result;
    const outcome = error ? 'failed' : isSuspicious(suspicions) ? 'suspicious' : 'succeeded';
    recorder.line(result.step, endTexts[outcome] + (error ? `: ${error.text}` : ''), {
      level: outcome === 'succeeded' ? 'info' : 'error',
      outcome: error ? 'failed' : 'done',
    });
    await recorder.close(result.step);
    const { files, bytes } = result;
    const durationMs = Math.max(0, this.clock.now() - startedAt);
    const data: z.input<(typeof backupCompleted)['data']> = {
      ...run,
      outcome,
      error,
      suspicions: [...suspicions],
      sources: [...sources],
      warnings: recorder.warnings,
      copies: result.reports.all(),
      files,
      bytes,
      startedAt: toIso(startedAt),
      durationMs,
    };
    await recorder.end(fact(backupCompleted, { ...recorder.about(), data }));
  }

  private async execute(
    job: Job,
    run: RunIdentity,
    recorder: RunRecorder,
    { signal, newPlaces }: RunTerms,
  ): Promise<Ended> {
    let work: BackupRun | null = null;
    // Disks and shares are touched in its own process, which is given up if one of them does not answer.
    const engine = new EngineProcess();
    try {
      const past = await this.jobs.past(job, { runId: run.runId, now: this.clock.now() });
      const localRoot = await this.jobs.localRoot(job.definition);
      const keepsLocalCopy = job.definition.localCopy !== undefined;
      work = new BackupRun(run, job.definition, {
        host: this.host,
        clock: this.clock,
        recorder,
        signal,
        localRoot,
        dataFolder: this.jobs.settings.dataFolder,
        keepsLocalCopy,
        past,
        engine,
        ownership: await this.jobs.ownership(job),
        newPlaces,
        leaveOut: await this.jobs.foldersOfSnapshots(),
      });
      const result = await untilGivenUp(work.execute(), signal, endWithinMs);
      const { suspicions, sources } = work.judgement;
      return { ...result, error: result.reports.firstError(), step: work.step, suspicions, sources };
    } catch (error) {
      const failure = toRunError(signal.aborted ? signal.reason : error);
      const reports = work?.reports ?? new CopyReports(destinationsOf(job));
      const { suspicions = [], sources = [] } = work?.judgement ?? {};
      return { reports, files: 0, bytes: 0, error: failure, step: work?.step ?? prepareStep, suspicions, sources };
    } finally {
      engine.close();
    }
  }
}

function destinationsOf({ definition }: Job): readonly string[] {
  return [...(definition.localCopy ? [localCopyName] : []), ...definition.copies.map(({ name }) => name)];
}

/** @throws WardroundError `bad-request` */
function refuseUnknownPlaces(job: Job, { newPlaces = [] }: RunRequest): void {
  const known = destinationsOf(job);
  const unknown = newPlaces.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const names = known.join(', ');
  throw new WardroundError('bad-request', `the job ${job.name} has no destination "${unknown}"`, `It has ${names}`);
}

function startText({ trigger, plannedFor, actor, newPlaces = [] }: RunRequest): string {
  const planned = plannedFor === null ? '' : `, planned for ${toIso(plannedFor)}`;
  switch (trigger) {
    case 'timetable':
      return `Started on schedule${planned}`;
    case 'missed-start':
      return `Started late: Wardround was not running at the planned time${planned}`;
    case 'never-succeeded':
      return 'Started at once: the job has never succeeded';
    case 'person':
      return `Started on demand by ${actor}${newPlaces.length > 0 ? `, with a new place for ${newPlaces.join(', ')}` : ''}`;
  }
}
