import { fork, type ChildProcess } from 'node:child_process';
import type { Progress } from '../../plugins/sdk/plugin.js';
import { compiledFile } from '../shared/package.adapter.js';
import { judgeEnd, type Outcome } from './call-end.js';
import type { PluginLine } from './plugin-host.js';
import { PrintedOutput } from './printed-output.js';
import { hasProcessGroups, killTree } from './process-tree.adapter.js';
import { fromPluginSchema, type CallMessage, type FromPlugin, type StopReason, type ToPlugin } from './protocol.js';

export interface ProcessCall {
  readonly plugin: string;
  readonly message: CallMessage;
  readonly timeoutMs: number;
  readonly killAfterMs: number;
  readonly heapMb: number;
  readonly printedCharacters: number;
  /** What is taken back where printed output is cut. */
  readonly takeBack: number;
  readonly signal: AbortSignal;
  onLine(line: PluginLine): void;
  onProgress(progress: Progress): void;
}

const heapFullTexts = ['JavaScript heap out of memory', 'Reached heap limit'];
/** A grandchild that took the pipes with it and left the process group must not hold up the call. */
const pipesMayStayOpenMs = 1_000;

/** Starts the process that plugins run in. */
export function forkPluginProcess(heapMb: number): ChildProcess {
  return fork(compiledFile(import.meta.url, './plugin-process.worker.js'), [], {
    execArgv: [`--max-old-space-size=${heapMb}`],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own: a kill takes its children too, and Ctrl+C in a terminal leaves the end to Wardround.
    detached: hasProcessGroups,
  });
}

export function sendTo(child: ChildProcess, message: ToPlugin): void {
  // A child that is gone cannot be told anything, and its end is reported by its exit.
  if (child.connected) child.send(message, () => undefined);
}

/**
 * Runs one call in a process of its own, and resolves once that process and what it started have ended.
 * @returns the result as the plugin gave it, of any shape.
 * @throws WardroundError as {@link judgeEnd} says; what `onLine` or `onProgress` throws ends the call and is thrown on.
 */
export function runInProcess(call: ProcessCall): Promise<unknown> {
  return new PluginProcess(call).run();
}

class PluginProcess {
  private readonly child: ChildProcess;
  private readonly printed: PrintedOutput;
  private outcome: Outcome = { kind: 'none' };
  private stopped: StopReason | null = null;
  private callerFault: { readonly thrown: unknown } | null = null;
  private heapFull = false;
  private stderrTail = '';
  private timers: NodeJS.Timeout[] = [];

  constructor(private readonly call: ProcessCall) {
    this.child = forkPluginProcess(call.heapMb);
    this.printed = new PrintedOutput({
      characters: call.printedCharacters,
      takeBack: call.takeBack,
      onLine: (line) => this.tellCaller(() => call.onLine(line)),
    });
  }

  run(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { child, call } = this;
      const cancel = () => this.stop('cancelled');
      child.on('message', (received) => this.take(received));
      child.stdout?.setEncoding('utf8').on('data', (text: string) => this.printed.push('stdout', text));
      child.stderr?.setEncoding('utf8').on('data', (text: string) => this.takeStderr(text));
      child.once('error', (error) => this.couldNotStart(error));
      child.once('exit', () => this.sweep());
      child.once('close', (exitCode, signal) => {
        call.signal.removeEventListener('abort', cancel);
        for (const timer of this.timers) clearTimeout(timer);
        this.printed.end();
        this.settle(exitCode, signal, resolve, reject);
      });
      call.signal.addEventListener('abort', cancel, { once: true });
      this.after(call.timeoutMs, () => this.stop('timed-out'));
      sendTo(child, call.message);
      if (call.signal.aborted) cancel();
    });
  }

  private settle(
    exitCode: number | null,
    signal: string | null,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): void {
    if (this.callerFault) return reject(this.callerFault.thrown);
    const { plugin, timeoutMs, heapMb } = this.call;
    const { outcome, stopped, heapFull } = this;
    const verdict = judgeEnd({ plugin, outcome, stopped, exitCode, signal, heapFull, timeoutMs, heapMb });
    if (verdict.kind === 'result') resolve(verdict.value);
    else reject(verdict.error);
  }

  private take(received: unknown): void {
    const parsed = fromPluginSchema.safeParse(received);
    // A plugin may send on the same channel; what is none of our messages has no meaning here.
    if (parsed.success) this.takeMessage(parsed.data);
  }

  private takeMessage(message: FromPlugin): void {
    switch (message.type) {
      case 'line':
        return this.tellCaller(() => this.call.onLine(message.line));
      case 'progress':
        return this.tellCaller(() => this.call.onProgress(message.progress));
      case 'result':
        this.outcome = { kind: 'result', value: message.value };
        return this.endSoon();
      case 'failure':
        this.outcome = { kind: 'failure', failure: message.failure };
        return this.endSoon();
      case 'probed':
        return;
    }
  }

  private takeStderr(text: string): void {
    const seen = this.stderrTail + text;
    this.heapFull ||= heapFullTexts.some((sign) => seen.includes(sign));
    this.stderrTail = seen.slice(-100);
    this.printed.push('stderr', text);
  }

  private stop(because: StopReason): void {
    if (this.stopped !== null) return;
    this.stopped = because;
    sendTo(this.child, { type: 'abort', because });
    this.endSoon();
  }

  private endSoon(): void {
    this.after(this.call.killAfterMs, () => this.kill());
  }

  private kill(): void {
    if (this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null) {
      killTree(this.child.pid);
    }
  }

  /** The process has ended: what it left running ends with it. */
  private sweep(): void {
    if (this.child.pid !== undefined && hasProcessGroups) killTree(this.child.pid);
    this.after(pipesMayStayOpenMs, () => {
      this.child.stdout?.destroy();
      this.child.stderr?.destroy();
    });
  }

  private couldNotStart(error: Error): void {
    // `close` follows if there is a process at all; without one nothing else would end the call.
    const text = `its process could not be started: ${error.message}`;
    if (this.child.pid === undefined) {
      this.outcome = { kind: 'failure', failure: { kind: 'failed', text } };
      this.child.emit('close', null, null);
    }
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

  private after(ms: number, then: () => void): void {
    this.timers.push(setTimeout(then, ms));
  }
}
