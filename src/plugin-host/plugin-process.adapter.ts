import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { forkPluginProcess } from './plugin-fork.adapter.js';
import { groupLives, killStrays, lastProcessId, startedSince } from './process-group.adapter.js';
import { hasProcessGroups, killTree } from './process-tree.adapter.js';
import { fromPluginSchema, type FromPlugin, type ToPlugin } from './protocol.js';

export type Stream = 'stdout' | 'stderr';

/** Hears what a process says. */
export interface ProcessListener {
  onMessage(message: FromPlugin): void;
  onPrinted(stream: Stream, text: string): void;
}

/** A grandchild that took the pipes with it and left the process group must not hold up the call. */
const pipesMayStayOpenMs = 1_000;
const lookForEndMs = 1_000;

/** A process that plugins' calls run in, with all that they start. */
export class PluginProcess {
  /** Resolves once the process is gone and all that it printed has been heard, or could not be started. */
  readonly closed: Promise<void>;
  /** How many calls it was given. */
  calls = 0;
  private readonly mark = randomUUID();
  private readonly child: ChildProcess;
  private listener: ProcessListener | null = null;
  private error: Error | null = null;
  private newestBefore: number | null = null;

  constructor(readonly heapMb: number) {
    this.child = forkPluginProcess('./plugin-process.worker.js', { heapMb, output: 'pipe', mark: this.mark });
    this.closed = this.listenToChild();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get exitCode(): number | null {
    return this.child.exitCode;
  }

  get signal(): string | null {
    return this.child.signalCode;
  }

  get hasExited(): boolean {
    return this.exitCode !== null || this.signal !== null;
  }

  /** Why it could not be started; null if it could. */
  get startError(): Error | null {
    return this.pid === undefined ? this.error : null;
  }

  /** From now on this one hears it, and no other. */
  listen(listener: ProcessListener | null): void {
    this.listener = listener;
  }

  /** Takes note of a call that begins now. @returns its number */
  async begin(): Promise<number> {
    this.newestBefore = await lastProcessId();
    return ++this.calls;
  }

  send(message: ToPlugin): void {
    // A child that is gone cannot be told anything, and its end is reported by its exit.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  /** Whether something that was started since {@link begin} still runs. */
  async hasLeftOvers(): Promise<boolean> {
    const { pid } = this;
    if (pid === undefined) return false;
    return startedSince({ group: pid, newestBefore: this.newestBefore, mark: this.mark });
  }

  /** Kills it with all that it has started. Safe to call again. */
  kill(): void {
    if (this.pid !== undefined && !this.hasExited) killTree(this.pid);
  }

  /** Whether something of its process group still runs after this time. */
  async outlives(ms: number): Promise<boolean> {
    const { pid } = this;
    if (pid === undefined) return false;
    const until = performance.now() + ms;
    while (await groupLives(pid)) {
      if (performance.now() > until) return true;
      await sleep(20);
    }
    return false;
  }

  /**
   * Lets go of a process that cannot be killed: it holds up nothing here any more.
   * @returns resolves once it has ended after all
   */
  giveUp(): Promise<void> {
    this.listen(null);
    this.closePipes();
    if (this.child.connected) this.child.disconnect();
    this.child.unref();
    return this.gone();
  }

  /** @param needed false: this process may end while that one waits */
  keepsAlive(needed: boolean): void {
    const { stdout, stderr, channel } = this.child;
    const pipes = [stdout, stderr].filter((stream) => stream instanceof Socket);
    for (const handle of [this.child, channel, ...pipes]) {
      if (needed) handle?.ref();
      else handle?.unref();
    }
  }

  private listenToChild(): Promise<void> {
    const { child } = this;
    child.on('message', (received) => {
      const parsed = fromPluginSchema.safeParse(received);
      // A plugin may send on the same channel; what is none of our messages has no meaning here.
      if (parsed.success) this.listener?.onMessage(parsed.data);
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.listener?.onPrinted('stdout', text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.listener?.onPrinted('stderr', text));
    child.once('exit', () => this.sweep());
    return new Promise((resolve) => {
      child.once('error', (error) => {
        this.error = error;
        if (child.pid === undefined) resolve();
      });
      child.once('close', () => resolve());
    });
  }

  /** The process has ended: what it left running ends with it. */
  private sweep(): void {
    const { pid } = this;
    if (pid !== undefined && hasProcessGroups) {
      killTree(pid);
      void killStrays(pid, this.mark);
    }
    const timer = setTimeout(() => this.closePipes(), pipesMayStayOpenMs);
    void this.closed.then(() => clearTimeout(timer));
  }

  private async gone(): Promise<void> {
    const { pid } = this;
    while (!this.hasExited || (pid !== undefined && (await groupLives(pid)))) {
      await sleep(lookForEndMs, undefined, { ref: false });
    }
  }

  private closePipes(): void {
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
  }
}
