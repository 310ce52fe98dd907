import { fork, type ChildProcess } from 'node:child_process';
import { compiledFile } from './compiled-file.js';
import { FileEngineError, type FileEngine, type Notice, type Watching } from './engine-types.js';
import type { ProcessAnswer, ProcessCalls, ProcessOrder } from './engine-process.worker.js';
import { unpackError } from './errors.js';
import type { Progress } from '../plugin.js';
import { longestStillnessMs, stalled } from './stall.js';

/** A disk that sleeps wakes up in seconds. What asks little of it is answered within this time, or never. */
const quickCallMs = 60_000;
/** After a cancellation, and after an operation has been found to stand still. */
const lastWordMs = 4000;

export interface EngineProcessLimits {
  /** How long nothing may move before an operation is given up. */
  readonly stallMs: number;
  /** How long what is done at once may take. */
  readonly quickCallMs: number;
}

/** What a restore asks of folders besides what the file engine does. */
export interface FolderChores {
  /** The names in a folder; none if it does not exist. @throws Error if it cannot be looked into */
  namesIn(path: string): Promise<readonly string[]>;
}

export type GuardedEngine = Omit<FileEngine, 'measureTrees' | 'copySnapshot'> & FolderChores;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly onNotice: ((notice: Notice) => void) | undefined;
}

/**
 * The file engine in its own process. A disk or share that does not answer holds anyone who touches it, in the kernel
 * and beyond the reach of signals: here that is never the caller. A process that hangs is given up, and the next call
 * gets another one.
 */
export class EngineProcess implements GuardedEngine {
  private child: ChildProcess | null = null;
  private nextId = 1;
  private closed = false;
  private readonly waiting = new Map<number, Waiting>();
  private readonly limits: EngineProcessLimits;

  constructor(limits: Partial<EngineProcessLimits> = {}) {
    this.limits = { stallMs: longestStillnessMs, quickCallMs, ...limits };
  }

  readonly makeSnapshot: GuardedEngine['makeSnapshot'] = (options) => this.long('makeSnapshot', options);
  readonly verifySnapshot: GuardedEngine['verifySnapshot'] = (options) => this.long('verifySnapshot', options);
  readonly restoreSnapshot: GuardedEngine['restoreSnapshot'] = (options) => this.long('restoreSnapshot', options);
  readonly removeSnapshot: GuardedEngine['removeSnapshot'] = (options) => this.long('removeSnapshot', options);
  readonly sweepPartials: GuardedEngine['sweepPartials'] = (options) => this.long('sweepPartials', options);
  readonly removeScratch: GuardedEngine['removeScratch'] = (options) => this.long('removeScratch', options);
  readonly makeScratch: GuardedEngine['makeScratch'] = (options) => this.quick('makeScratch', options, options.root);
  readonly listSnapshots: GuardedEngine['listSnapshots'] = (options) => {
    return this.quick('listSnapshots', options, options.root);
  };
  readonly describeSnapshots: GuardedEngine['describeSnapshots'] = (options) => {
    return this.quick('describeSnapshots', options, options.root);
  };
  readonly readSnapshotInfo: GuardedEngine['readSnapshotInfo'] = (address) => {
    return this.quick('readSnapshotInfo', address, address.root);
  };
  readonly newSnapshotName: GuardedEngine['newSnapshotName'] = (place) => {
    return this.quick('newSnapshotName', place, place.root);
  };
  readonly checkPlace: GuardedEngine['checkPlace'] = (place) => this.quick('checkPlace', place, place.root);
  readonly checkFolder: GuardedEngine['checkFolder'] = (folder) => this.quick('checkFolder', folder, folder);
  readonly namesIn: GuardedEngine['namesIn'] = (path) => this.quick('namesIn', path, path);

  /** Ends the process, whatever it does. What it was called for fails, and so does every further call. */
  close(): void {
    this.closed = true;
    this.giveUp(cancelled());
  }

  private async quick<Name extends keyof ProcessCalls>(
    name: Name,
    options: ProcessCalls[Name]['input'] & (Watching | string),
    place: string,
  ): Promise<ProcessCalls[Name]['result']> {
    const { quickCallMs: limitMs } = this.limits;
    const timer = setTimeout(() => this.giveUp(stalled(place, limitMs)), limitMs);
    try {
      const [input, watching] = apart(options);
      return await this.call(name, input as ProcessCalls[Name]['input'], watching);
    } finally {
      clearTimeout(timer);
    }
  }

  private async long<Name extends keyof ProcessCalls>(
    name: Name,
    options: ProcessCalls[Name]['input'] & Watching,
  ): Promise<ProcessCalls[Name]['result']> {
    const [input, watching] = apart(options);
    const { signal } = watching;
    if (signal?.aborted) throw cancelled();
    const id = this.nextId;
    let lastWord: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      this.send({ kind: 'cancel', id });
      lastWord = setTimeout(() => this.giveUp(cancelled()), lastWordMs);
    };
    signal?.addEventListener('abort', cancel);
    try {
      const watched: unknown = { ...(input as object), stallMs: this.limits.stallMs };
      return await this.call(name, watched as ProcessCalls[Name]['input'], watching);
    } catch (error) {
      // Its threads hang where nothing answers: nothing more is asked of that process.
      if (error instanceof FileEngineError && error.code === 'stalled') this.giveUp(error);
      throw error;
    } finally {
      clearTimeout(lastWord);
      signal?.removeEventListener('abort', cancel);
    }
  }

  private call<Name extends keyof ProcessCalls>(
    name: Name,
    input: ProcessCalls[Name]['input'],
    { onProgress, onNotice }: Pick<Watching, 'onProgress' | 'onNotice'>,
  ): Promise<ProcessCalls[Name]['result']> {
    if (this.closed) return Promise.reject(cancelled());
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (result: unknown) => void, reject, onProgress, onNotice });
      this.send({ kind: 'call', id, name, input });
    });
  }

  private send(order: ProcessOrder): void {
    this.child ??= this.start();
    this.child.send(order, (error) => {
      if (error) this.giveUp(new Error(`the file engine process is not reachable: ${error.message}`));
    });
  }

  private start(): ChildProcess {
    // What it inherits of ours no one must wait for: a process that hangs keeps it open.
    const child = fork(compiledFile(import.meta.url, './engine-process.worker.js'), {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
      execArgv: [],
      env: surroundings(),
    });
    child.on('message', (message) => this.answered(message as ProcessAnswer));
    child.on('error', (error) => this.ended(child, error));
    child.on('exit', (code, killedBy) => {
      this.ended(child, new Error(`the file engine process exited (${killedBy ?? code})`));
    });
    return child;
  }

  private answered(answer: ProcessAnswer): void {
    const waiting = this.waiting.get(answer.id);
    if (!waiting) return;
    if (answer.kind === 'progress') return waiting.onProgress?.(answer.progress);
    if (answer.kind === 'notice') return waiting.onNotice?.(answer.notice);
    this.waiting.delete(answer.id);
    if (answer.kind === 'failed') waiting.reject(unpackError(answer.error));
    else waiting.resolve(answer.result);
  }

  private ended(child: ChildProcess, error: Error): void {
    if (this.child === child) this.giveUp(error);
  }

  /** It is killed, and not waited for: in the kernel it may stay until the share answers. */
  private giveUp(error: Error): void {
    const { child } = this;
    this.child = null;
    if (child) {
      child.removeAllListeners();
      child.on('error', () => undefined);
      child.kill('SIGKILL');
      if (child.connected) child.disconnect();
      child.unref();
    }
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of all) reject(error);
  }
}

/** What passes to the process, and what stays here. */
function apart(options: Watching | string): [unknown, Pick<Watching, 'signal' | 'onProgress' | 'onNotice'>] {
  if (typeof options === 'string') return [options, {}];
  const { signal, onProgress, onNotice, ...input } = options;
  return [input, { signal, onProgress, onNotice }];
}

function cancelled(): FileEngineError {
  return new FileEngineError('cancelled', 'cancelled');
}

/** What the process sees of our environment: no secrets. */
function surroundings(): NodeJS.ProcessEnv {
  const names = ['PATH', 'Path', 'SystemRoot', 'TMPDIR', 'TEMP', 'TMP', 'LANG', 'LC_ALL', 'TZ'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
