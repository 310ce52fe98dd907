import { Inject, Injectable, Logger } from '@nestjs/common';
import type { z } from 'zod';
import { EVENT_LOG, type EventLog } from '../event-log/event-log.js';
import { fact } from '../event-log/statement.js';
import { PLUGIN_HOST, type PluginHost } from '../plugin-host/plugin-host.js';
import { describeError, WardroundError } from '../shared/errors.js';
import { factId } from '../shared/ids.js';
import { CLOCK, toIso, type Clock, type Instant } from '../shared/instant.js';
import { ViewsService } from '../views/views.service.js';
import { BackupRun, type RunResult } from './backup-run.adapter.js';
import { backupCompleted, backupStarted, type RunTrigger } from './backups.events.js';
import { toRunError } from './failures.adapter.js';
import { JobDirectory, type Job } from './job-directory.service.js';
import { localCopyName } from './backups.events.js';
import type { RunError } from './run-report.js';
import { CopyReports } from './run-report.js';
import { RunRecorder, type RunIdentity } from './run-recorder.adapter.js';
import { prepareStep } from './run-steps.js';

export interface RunRequest {
  readonly trigger: RunTrigger;
  /** The planned start that is served; null when a person asked. */
  readonly plannedFor: Instant | null;
  readonly actor: string;
}

interface RunInHand {
  readonly runId: string;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** Runs backup jobs, each at most once at a time. */
@Injectable()
export class BackupsService {
  private readonly logger = new Logger('Backups');
  private readonly inHand = new Map<string, RunInHand>();

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(PLUGIN_HOST) private readonly host: PluginHost,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JobDirectory) private readonly jobs: JobDirectory,
    @Inject(ViewsService) private readonly views: ViewsService,
  ) {}

  /**
   * Begins a run. It goes on after this resolves, which is when its start is durable and the views show it.
   * @throws WardroundError `not-found`, or `conflict` while a run of the job is in hand, and on a hub
   */
  async start(name: string, request: RunRequest): Promise<{ readonly runId: string }> {
    this.jobs.mustRunHere('runs no backups');
    const job = await this.jobs.find(name);
    const running = this.inHand.get(name);
    if (running) {
      throw new WardroundError(
        'conflict',
        `the job ${name} is running already (run ${running.runId})`,
        'Wait for its end',
      );
    }
    const runId = factId(this.clock.now());
    const run: RunIdentity = { site: job.site, server: job.server, job: name, runId };
    const { computer, user } = this.jobs.settings;
    const recorder = new RunRecorder(this.log, this.clock, run, { computer, user, actor: request.actor });
    const abort = new AbortController();
    const began = this.begin(job, run, recorder, request);
    const ended = began
      .then(() => this.carryOut(job, run, recorder, abort.signal))
      .finally(() => this.inHand.delete(name));
    this.inHand.set(name, { runId, abort, ended });
    ended.catch((error: unknown) => this.logger.error(`${name}: ${describeError(error)}`));
    await began;
    await this.views.caughtUp();
    return { runId };
  }

  /** Resolves when the run has ended and its end is durable; at once if it is not in hand here. */
  async ended(runId: string): Promise<void> {
    await [...this.inHand.values()].find((run) => run.runId === runId)?.ended;
  }

  /** Stops what runs, which is recorded as failed, and waits for its end. */
  async stop(): Promise<void> {
    const reason = new WardroundError('cancelled', 'Wardround was stopped while the backup ran', 'Run it again');
    for (const { abort } of this.inHand.values()) abort.abort(reason);
    await Promise.allSettled([...this.inHand.values()].map(({ ended }) => ended));
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

  private async carryOut(job: Job, run: RunIdentity, recorder: RunRecorder, signal: AbortSignal): Promise<void> {
    const startedAt = this.clock.now();
    const result = await this.execute(job, run, recorder, signal);
    const error = result.error;
    const outcome = error ? 'failed' : 'succeeded';
    recorder.line(result.step, error ? `The backup failed: ${error.text}` : 'The backup succeeded', {
      level: error ? 'error' : 'info',
      outcome: error ? 'failed' : 'done',
    });
    await recorder.close(result.step);
    const { files, bytes } = result;
    const durationMs = Math.max(0, this.clock.now() - startedAt);
    const data: z.input<(typeof backupCompleted)['data']> = {
      ...run,
      outcome,
      error,
      suspicions: [],
      sources: [],
      warnings: recorder.warnings,
      copies: result.reports.all(),
      files,
      bytes,
      startedAt: toIso(startedAt),
      durationMs,
    };
    await recorder.state(fact(backupCompleted, { ...recorder.about(), data }));
  }

  private async execute(
    job: Job,
    run: RunIdentity,
    recorder: RunRecorder,
    signal: AbortSignal,
  ): Promise<RunResult & { readonly error: RunError | null; readonly step: string }> {
    let work: BackupRun | null = null;
    try {
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
      });
      const result = await work.execute();
      return { ...result, error: result.reports.firstError(), step: work.step };
    } catch (error) {
      const failure = toRunError(signal.aborted ? signal.reason : error);
      const reports = work?.reports ?? new CopyReports(destinationsOf(job));
      return { reports, files: 0, bytes: 0, error: failure, step: work?.step ?? prepareStep };
    }
  }
}

function destinationsOf({ definition }: Job): readonly string[] {
  return [...(definition.localCopy ? [localCopyName] : []), ...definition.copies.map(({ name }) => name)];
}

function startText({ trigger, plannedFor, actor }: RunRequest): string {
  const planned = plannedFor === null ? '' : `, planned for ${toIso(plannedFor)}`;
  switch (trigger) {
    case 'timetable':
      return `Started by the timetable${planned}`;
    case 'missed-start':
      return `Started late: Wardround was not running at the planned time${planned}`;
    case 'never-succeeded':
      return 'Started at once: the job has never succeeded';
    case 'person':
      return `Started on demand by ${actor}`;
  }
}
