import { randomUUID } from 'node:crypto';
import type { Progress } from '../../plugins/sdk/plugin.js';
import { ActivityWatch } from './activity-watch.adapter.js';
import { judgeEnd, type Outcome } from './call-end.js';
import { MarkedText } from './marked-text.js';
import type { PluginLine } from './plugin-host.js';
import type { PluginProcess, ProcessListener, Stream } from './plugin-process.adapter.js';
import { PrintedOutput } from './printed-output.js';
import type { LineSource } from './redacted-lines.js';
import type { CallMessage, FromPlugin, StopReason } from './protocol.js';

export interface ProcessCall {
  readonly plugin: string;
  readonly message: Omit<CallMessage, 'id' | 'reuse'>;
  /** A process that holds more memory after the call is not kept. Null: none is kept. */
  readonly keptMb: number | null;
  /** Null: none. */
  readonly timeoutMs: number | null;
  /** For a place, before it began. */
  readonly waitedMs: number;
  /** `Infinity`: it may be quiet until its time is up. */
  readonly stallMs: number;
  readonly quietMs: number;
  readonly killAfterMs: number;
  readonly giveUpAfterMs: number;
  readonly heapMb: number;
  readonly printedCharacters: number;
  readonly signal: AbortSignal;
  onLine(line: PluginLine, source: LineSource): void;
  onProgress(progress: Progress): void;
  /** It has done nothing for a while, or is at work again. */
  onQuiet(quiet: boolean): void;
  /** It was given up: its process could not be killed. @param gone resolves once it has ended after all */
  onStuck(gone: Promise<void>): void;
}

const heapFullTexts = ['JavaScript heap out of memory', 'Reached heap limit'];
/** Anyone who cancels waits for it, such as for the end of Wardround. */
const giveUpCancelledAfterMs = 1_000;
const longestLookMs = 10_000;

/**
 * One call in a process. It is over once the process and what it started have ended, or could not be ended, or once the
 * process says that it is at rest and nothing that the call has started still runs: then it may take another call.
 */
export class CallInProcess implements ProcessListener {
  private readonly printed: PrintedOutput;
  private readonly streams: Readonly<Record<Stream, MarkedText>>;
  private readonly marker = `\u0000${randomUUID()}\u0000`;
  private id = 0;
  private begun = false;
  private watch: ActivityWatch | null = null;
  private outcome: Outcome = { kind: 'none' };
  private stopped: StopReason | null = null;
  private callerFault: { readonly thrown: unknown } | null = null;
  private heapFull = false;
  private stderrTail = '';
  private lastProgress = '';
  private saysItRests = false;
  private spoke = false;
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly call: ProcessCall,
    private readonly process: PluginProcess,
  ) {
    this.printed = new PrintedOutput({
      characters: call.printedCharacters,
      onLine: (line, stream) => this.tellCaller(() => call.onLine(line, stream)),
    });
    this.streams = { stdout: this.markedText('stdout'), stderr: this.markedText('stderr') };
  }

  /** Whether the process can take another call; known once {@link run} is over. */
  leavesItClean = false;

  /** Whether the process ended by itself before it took the call in progress: another one can take it. */
  get wasNotBegun(): boolean {
    return !this.begun && this.process.hasExited && this.stopped === null && !this.callerFault;
  }

  /**
   * @returns the result as the plugin gave it, of any shape.
   * @throws WardroundError as {@link judgeEnd} says; what `onLine` or `onProgress` throws ends the call and is thrown on.
   */
  async run(): Promise<unknown> {
    const { process, call } = this;
    const cancel = () => this.stop('cancelled');
    const over = this.over();
    process.listen(this);
    this.id = await process.begin();
    call.signal.addEventListener('abort', cancel, { once: true });
    if (call.timeoutMs !== null) this.after(call.timeoutMs, () => this.stop('timed-out'));
    this.watchActivity();
    const { marker, id } = this;
    const reuse = call.keptMb === null ? null : { marker, residentMemoryMb: call.keptMb };
    process.send({ ...call.message, id, reuse });
    if (call.signal.aborted) cancel();
    try {
      const how = await over;
      this.leavesItClean = how === 'at-rest';
      const stuck = how === 'given-up' || (how === 'closed' && (await process.outlives(this.giveUpAfterMs())));
      if (stuck) this.call.onStuck(process.giveUp());
      return this.settle(stuck);
    } finally {
      call.signal.removeEventListener('abort', cancel);
      for (const timer of this.timers) clearTimeout(timer);
      process.listen(null);
    }
  }

  private over(): Promise<'closed' | 'given-up' | 'at-rest'> {
    return new Promise((resolve) => {
      void this.process.closed.then(() => resolve('closed'));
      this.onGivenUp = () => resolve('given-up');
      this.onAtRest = () => resolve('at-rest');
    });
  }

  private onGivenUp: () => void = () => undefined;
  private onAtRest: () => void = () => undefined;

  private settle(stuck: boolean): unknown {
    this.watch?.stop();
    for (const stream of Object.values(this.streams)) stream.end();
    this.printed.end();
    if (this.callerFault) throw this.callerFault.thrown;
    const { plugin, timeoutMs, waitedMs, stallMs, heapMb } = this.call;
    const { stopped, heapFull } = this;
    const { exitCode, signal } = this.process;
    const outcome = this.startFailure() ?? this.outcome;
    const limits = { timeoutMs, waitedMs, stallMs, heapMb };
    const end = { plugin, outcome, stopped, exitCode, signal, stuck, heapFull, ...limits };
    const verdict = judgeEnd(end);
    if (verdict.kind === 'result') return verdict.value;
    throw verdict.error;
  }

  private startFailure(): Outcome | null {
    const { startError } = this.process;
    if (!startError) return null;
    const text = `its process could not be started: ${startError.message}`;
    return { kind: 'failure', failure: { kind: 'failed', text } };
  }

  // ── what it says ───────────────────────────────────────────────────────────────────────────────────────────────────

  onMessage(message: FromPlugin): void {
    // A late word of an earlier call.
    if (message.call !== this.id) return;
    switch (message.type) {
      case 'begun':
        this.begun = true;
        return;
      case 'line':
        this.watch?.sign();
        return this.tellCaller(() => this.call.onLine(message.line, 'log'));
      case 'progress':
        this.noteProgress(JSON.stringify(message.progress));
        return this.tellCaller(() => this.call.onProgress(message.progress));
      case 'moved':
        this.watch?.sign();
        return;
      case 'result':
        this.outcome = { kind: 'result', value: message.value };
        return this.endSoon();
      case 'failure':
        this.outcome = { kind: 'failure', failure: message.failure };
        return this.endSoon();
      case 'rested':
        this.saysItRests = true;
        return this.lookWhetherAtRest();
    }
  }

  onPrinted(stream: Stream, text: string): void {
    // What comes behind the marker was printed after the process was at rest: it is not.
    if (this.streams[stream].push(text) !== '') this.spoke = true;
    this.lookWhetherAtRest();
  }

  private markedText(stream: Stream): MarkedText {
    return new MarkedText(this.marker, (text) => {
      this.watch?.sign();
      if (stream === 'stderr') {
        const seen = this.stderrTail + text;
        this.heapFull ||= heapFullTexts.some((sign) => seen.includes(sign));
        this.stderrTail = seen.slice(-100);
      }
      this.printed.push(stream, text);
    });
  }

  /** Who says five times a second that nothing has changed makes no progress. */
  private noteProgress(progress: string): void {
    if (progress !== this.lastProgress) this.watch?.sign();
    this.lastProgress = progress;
  }

  private tellCaller(tell: () => void): void {
    if (this.callerFault) return;
    try {
      tell();
    } catch (thrown) {
      this.callerFault = { thrown };
      this.kill();
    }
  }

  // ── its end ────────────────────────────────────────────────────────────────────────────────────────────────────────

  private lookWhetherAtRest(): void {
    const { stdout, stderr } = this.streams;
    if (!this.saysItRests || !stdout.isComplete || !stderr.isComplete) return;
    this.saysItRests = false;
    void this.process.hasLeftOvers().then((leftOvers) => {
      if (leftOvers || this.spoke || this.stopped !== null || this.callerFault) this.kill();
      else this.onAtRest();
    });
  }

  private watchActivity(): void {
    const { pid } = this.process;
    if (pid === undefined) return;
    const { stallMs, quietMs } = this.call;
    this.watch = new ActivityWatch({
      group: pid,
      lookEveryMs: Math.min(longestLookMs, stallMs / 4, quietMs / 3),
      onLook: (forMs) => {
        this.call.onQuiet(forMs >= quietMs);
        if (forMs >= stallMs) this.stop('stalled');
      },
    });
  }

  private stop(because: StopReason): void {
    if (this.stopped !== null) return;
    this.stopped = because;
    this.process.send({ type: 'abort', call: this.id, because });
    this.endSoon();
  }

  private endSoon(): void {
    this.after(this.call.killAfterMs, () => this.kill());
  }

  private kill(): void {
    if (this.process.pid === undefined || this.process.hasExited) return;
    this.process.kill();
    this.after(this.giveUpAfterMs(), () => {
      if (!this.process.hasExited) this.onGivenUp();
    });
  }

  private giveUpAfterMs(): number {
    const { giveUpAfterMs } = this.call;
    return this.stopped === 'cancelled' ? Math.min(giveUpAfterMs, giveUpCancelledAfterMs) : giveUpAfterMs;
  }

  private after(ms: number, then: () => void): void {
    this.timers.push(setTimeout(then, ms));
  }
}
