import type { GuardedEngine, PluginKind, Progress } from '../../plugins/sdk/index.js';
import type { NewEvent } from '../event-log/envelope.js';
import type { PluginHost, PluginLine } from '../plugin-host/plugin-host.js';
import type { ErrorCode } from '../shared/errors.js';
import type { Clock } from '../shared/instant.js';
import type { BackupJobDefinition } from './job.js';
import { failingAs } from './run-errors.adapter.js';
import type { RunRecorder } from './run-recorder.adapter.js';
import { percentAt, prepareStep, stepsOf, type RunStep } from './run-steps.js';

/** What a run says of itself, step by step, and how it calls plugins: their lines and their progress are the run's. */
export class RunConduct {
  private inHand = prepareStep;

  private readonly steps: readonly RunStep[];

  constructor(
    private readonly job: BackupJobDefinition,
    private readonly host: PluginHost,
    private readonly recorder: RunRecorder,
    readonly clock: Clock,
    readonly signal: AbortSignal,
    /** Touches folders for this process, which must never wait for a share that does not answer. */
    readonly engine: GuardedEngine,
  ) {
    this.steps = stepsOf(job);
  }

  /** The step in progress, or the last one that was. */
  get step(): string {
    return this.inHand;
  }

  /** @throws the reason, if the run was cancelled */
  begin(step: string, text: string, place = ''): void {
    this.signal.throwIfAborted();
    this.inHand = step;
    this.say(text, { outcome: 'begun', place });
    this.progressed({ files: 0, bytes: 0, totalFiles: 0, totalBytes: 0 });
  }

  say(text: string, parts: Parameters<RunRecorder['line']>[2] = {}): void {
    this.recorder.line(this.inHand, text, parts);
  }

  /** What every event of the run has in common. */
  about(): ReturnType<RunRecorder['about']> {
    return this.recorder.about();
  }

  /** Resolves when the event is durable. */
  state(event: NewEvent): Promise<void> {
    return this.recorder.state(event);
  }

  /** For the file engine's long operations. */
  watching() {
    return {
      signal: this.signal,
      onProgress: (progress: Progress) => this.progressed(progress),
      onNotice: ({ level, text, place }: PluginLine) =>
        this.say(text, { level, place, outcome: level === 'error' ? 'failed' : 'note' }),
    };
  }

  /** Calls a plugin for this run; what it throws has the code of the part of the run that it was called for. */
  readonly call: PluginHost['call'] = (call) => {
    const { signal, onProgress, onNotice } = this.watching();
    const purpose = `the job ${this.job.name}`;
    const result = this.host.call({ ...call, purpose, signal, onProgress, onLine: onNotice });
    return failingAs(failureCode(call.kind, call.operation), result);
  };

  private progressed({ files, bytes, totalFiles, totalBytes }: Progress): void {
    const part = totalBytes > 0 ? bytes / totalBytes : totalFiles > 0 ? files / totalFiles : 0;
    const percent = percentAt(this.steps, this.inHand, part);
    this.recorder.progressed({ percent, step: this.inHand, files, bytes, totalFiles, totalBytes });
  }
}

function failureCode(kind: PluginKind, operation: string): ErrorCode {
  if (kind === 'source') return 'source-unreadable';
  return operation === 'verify' ? 'verification-failed' : 'destination-unusable';
}
