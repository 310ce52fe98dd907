import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Progress } from '../../plugins/sdk/plugin.js';
import { ActivityWatch } from './activity-watch.adapter.js';
import { judgeEnd, type Outcome } from './call-end.js';
import { forkPluginProcess } from './plugin-fork.adapter.js';
import type { PluginLine } from './plugin-host.js';
import { PrintedOutput } from './printed-output.js';
import { groupLives, killStrays } from './process-group.adapter.js';
import { hasProcessGroups, killTree } from './process-tree.adapter.js';
import { fromPluginSchema, type CallMessage, type FromPlugin, type StopReason, type ToPlugin } from './protocol.js';

export interface ProcessCall {
  readonly plugin: string;
  readonly message: CallMessage;
  readonly timeoutMs: number;
  /** `Infinity`: it may be quiet until its time is up. */
  readonly stallMs: number;
  readonly quietMs: number;
  readonly killAfterMs: number;
  readonly giveUpAfterMs: number;
  readonly heapMb: number;
  readonly printedCharacters: number;
  /** What is taken back where printed output is cut. */
  readonly takeBack: number;
  readonly signal: AbortSignal;
  onLine(line: PluginLine): void;
  onProgress(progress: Progress): void;
  /** It has done nothing for a while, or is at work again. */
  onQuiet(quiet: boolean): void;
  /** It was given up: its process could not be killed. @param gone resolves once it has ended after all */
  onStuck(gone: Promise<void>): void;
}

const heapFullTexts = ['JavaScript heap out of memory', 'Reached heap limit'];
/** A grandchild that took the pipes with it and left the process group must not hold up the call. */
const pipesMayStayOpenMs = 1_000;
/** Whoever cancels waits for it, such as for the end of Wardround. */
const giveUpCancelledAfterMs = 1_000;
const longestLookMs = 10_000;
const lookForEndMs = 1_000;

/**
 * Runs one call in a process of its own, and resolves once that process and what it started have ended, or could not be
 * ended.
 * @returns the result as the plugin gave it, of any shape.
 * @throws WardroundError as {@link judgeEnd} says; what `onLine` or `onProgress` throws ends the call and is thrown on.
 */
export function runInProcess(call: ProcessCall): Promise<unknown> {
  return new PluginProcess(call).run();
}

class PluginProcess {
  private readonly callId = randomUUID();
  private readonly child: ChildProcess;
  private readonly printed: PrintedOutput;
  private watch: ActivityWatch | null = null;
  private outcome: Outcome = { kind: 'none' };
  private stopped: StopReason | null = null;
  private callerFault: { readonly thrown: unknown } | null = null;
  private heapFull = false;
  private stderrTail = '';
  private lastProgress = '';
  private timers: NodeJS.Timeout[] = [];

  constructor(private readonly call: ProcessCall) {
    this.child = forkPluginProcess('./plugin-process.worker.js', {
      heapMb: call.heapMb,
      output: 'pipe',
      callId: this.callId,
    });
    this.printed = new PrintedOutput({
      characters: call.printedCharacters,
      takeBack: call.takeBack,
      onLine: (line) => this.tellCaller(() => call.onLine(line)),
    });
  }

  async run(): Promise<unknown> {
    const { child, call } = this;
    const cancel = () => this.stop('cancelled');
    const ended = this.ended();
    call.signal.addEventListener('abort', cancel, { once: true });
    this.after(call.timeoutMs, () => this.stop('timed-out'));
    this.watchActivity();
    this.send(call.message);
    if (call.signal.aborted) cancel();
    try {
      const stuck = (await ended) === 'given-up' || (await this.leavesSomething());
      if (stuck) this.giveUp();
      return this.settle(stuck);
    } finally {
      call.signal.removeEventListener('abort', cancel);
      for (const timer of this.timers) clearTimeout(timer);
      child.removeAllListeners('message');
    }
  }

  /** Listens to the process. Resolves once it is gone and all it printed is here, or once it is given up. */
  private ended(): Promise<'closed' | 'given-up'> {
    const { child } = this;
    child.on('message', (received) => this.take(received));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.print('stdout', text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.print('stderr', text));
    child.once('exit', () => this.sweep());
    return new Promise((resolve) => {
      child.once('error', (error) => {
        this.couldNotStart(error);
        if (child.pid === undefined) resolve('closed');
      });
      child.once('close', () => resolve('closed'));
      this.onGivenUp = () => resolve('given-up');
    });
  }

  private onGivenUp: () => void = () => undefined;

  private settle(stuck: boolean): unknown {
    this.watch?.stop();
    this.printed.end();
    if (this.callerFault) throw this.callerFault.thrown;
    const { plugin, timeoutMs, stallMs, heapMb } = this.call;
    const { outcome, stopped, heapFull } = this;
    const { exitCode, signalCode: signal } = this.child;
    const end = { plugin, outcome, stopped, exitCode, signal, stuck, heapFull, timeoutMs, stallMs, heapMb };
    const verdict = judgeEnd(end);
    if (verdict.kind === 'result') return verdict.value;
    throw verdict.error;
  }

  // ── what it says ───────────────────────────────────────────────────────────────────────────────────────────────────

  private send(message: ToPlugin): void {
    // A child that is gone cannot be told anything, and its end is reported by its exit.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  private take(received: unknown): void {
    const parsed = fromPluginSchema.safeParse(received);
    // A plugin may send on the same channel; what is none of our messages has no meaning here.
    if (parsed.success) this.takeMessage(parsed.data);
  }

  private takeMessage(message: FromPlugin): void {
    switch (message.type) {
      case 'line':
        this.watch?.sign();
        return this.tellCaller(() => this.call.onLine(message.line));
      case 'progress':
        this.noteProgress(JSON.stringify(message.progress));
        return this.tellCaller(() => this.call.onProgress(message.progress));
      case 'result':
        this.outcome = { kind: 'result', value: message.value };
        return this.endSoon();
      case 'failure':
        this.outcome = { kind: 'failure', failure: message.failure };
        return this.endSoon();
    }
  }

  /** Who says five times a second that nothing has changed makes no progress. */
  private noteProgress(progress: string): void {
    if (progress !== this.lastProgress) this.watch?.sign();
    this.lastProgress = progress;
  }

  private print(stream: 'stdout' | 'stderr', text: string): void {
    this.watch?.sign();
    if (stream === 'stderr') {
      const seen = this.stderrTail + text;
      this.heapFull ||= heapFullTexts.some((sign) => seen.includes(sign));
      this.stderrTail = seen.slice(-100);
    }
    this.printed.push(stream, text);
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

  private watchActivity(): void {
    const { pid } = this.child;
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
    this.send({ type: 'abort', because });
    this.endSoon();
  }

  private endSoon(): void {
    this.after(this.call.killAfterMs, () => this.kill());
  }

  private kill(): void {
    if (this.child.pid === undefined || this.hasExited()) return;
    killTree(this.child.pid);
    this.after(this.giveUpAfterMs(), () => {
      if (!this.hasExited()) this.onGivenUp();
    });
  }

  private giveUpAfterMs(): number {
    const { giveUpAfterMs } = this.call;
    return this.stopped === 'cancelled' ? Math.min(giveUpAfterMs, giveUpCancelledAfterMs) : giveUpAfterMs;
  }

  private hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The process has ended: what it left running ends with it. */
  private sweep(): void {
    const { pid } = this.child;
    if (pid !== undefined && hasProcessGroups) {
      killTree(pid);
      void killStrays(pid, this.callId);
    }
    this.after(pipesMayStayOpenMs, () => this.closePipes());
  }

  /** Whether something of its process group is still there, although it was killed. */
  private async leavesSomething(): Promise<boolean> {
    const { pid } = this.child;
    if (pid === undefined) return false;
    const until = performance.now() + this.giveUpAfterMs();
    while (await groupLives(pid)) {
      if (performance.now() > until) return true;
      await pause(20);
    }
    return false;
  }

  /** Nothing of it may hold up anything here any more: not the caller, not the end of Wardround. */
  private giveUp(): void {
    this.closePipes();
    if (this.child.connected) this.child.disconnect();
    this.child.unref();
    this.call.onStuck(this.gone());
  }

  private async gone(): Promise<void> {
    const { pid } = this.child;
    while (!this.hasExited() || (pid !== undefined && (await groupLives(pid)))) {
      await pause(lookForEndMs, undefined, { ref: false });
    }
  }

  private closePipes(): void {
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
  }

  private couldNotStart(error: Error): void {
    const text = `its process could not be started: ${error.message}`;
    if (this.child.pid === undefined) this.outcome = { kind: 'failure', failure: { kind: 'failed', text } };
  }

  private after(ms: number, then: () => void): void {
    this.timers.push(setTimeout(then, ms));
  }
}
