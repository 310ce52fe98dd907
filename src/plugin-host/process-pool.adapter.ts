import { createHash } from 'node:crypto';
import type { PluginKind } from '../../plugins/sdk/plugin.js';
import type { ReuseLimits } from './limits.js';
import { CallInProcess, type ProcessCall } from './process-call.adapter.js';
import { PluginProcess } from './plugin-process.adapter.js';

/** Who may share a process. */
export interface ProcessOwner {
  readonly kind: PluginKind;
  readonly plugin: string;
  /** What the references of the call mean. A process that has seen secrets serves only calls with the same ones. */
  readonly secrets: readonly string[];
}

interface IdleProcess {
  readonly key: string;
  readonly process: PluginProcess;
  readonly timer: NodeJS.Timeout;
}

/**
 * Runs calls in processes, and keeps those that a call has left clean for a while, for the next call of the same plugin with
 * the same secrets: starting one takes longer than most calls.
 */
export class ProcessPool {
  /** The one that has waited longest first. */
  private idle: IdleProcess[] = [];
  private closed = false;

  constructor(private readonly limits: ReuseLimits) {}

  /** As {@link CallInProcess.run}. */
  async run(owner: ProcessOwner, call: Omit<ProcessCall, 'keptMb'>): Promise<unknown> {
    const key = keyOf(owner);
    for (;;) {
      const waiting = this.take(key);
      const process = waiting ?? new PluginProcess(call.heapMb);
      const keptMb = this.keeps(process) ? this.limits.keptMb : null;
      const inProcess = new CallInProcess({ ...call, keptMb }, process);
      try {
        return await inProcess.run();
      } catch (error) {
        // Something that an earlier call had left behind has ended it just now.
        if (!(waiting && inProcess.wasNotBegun)) throw error;
      } finally {
        if (inProcess.leavesItClean) this.keep(key, process);
      }
    }
  }

  /** Ends the processes that wait. Those with a call in progress end with their calls. */
  async close(): Promise<void> {
    this.closed = true;
    const ended = this.idle.map(({ process }) => process.closed);
    for (const { process } of [...this.idle]) this.end(process);
    await Promise.all(ended);
  }

  private keeps(process: PluginProcess): boolean {
    return canSeeWhatIsLeft && this.limits.idleProcesses > 0 && process.calls + 1 < this.limits.calls;
  }

  private take(key: string): PluginProcess | null {
    const one = this.idle.findLast((candidate) => candidate.key === key);
    if (!one) return null;
    this.forget(one.process);
    if (one.process.hasExited) return null;
    one.process.keepsAlive(true);
    return one.process;
  }

  private keep(key: string, process: PluginProcess): void {
    if (this.closed || process.hasExited) return process.kill();
    const timer = setTimeout(() => this.end(process), this.limits.idleMs).unref();
    this.idle.push({ key, process, timer });
    process.keepsAlive(false);
    void process.closed.then(() => this.forget(process));
    // What speaks without a call is not at rest.
    const onMessage = () => this.end(process);
    process.listen({ onMessage, onPrinted: onMessage });
    const [oldest] = this.idle;
    if (oldest && this.idle.length > this.limits.idleProcesses) this.end(oldest.process);
  }

  private end(process: PluginProcess): void {
    this.forget(process);
    process.kill();
  }

  private forget(process: PluginProcess): void {
    const one = this.idle.find((candidate) => candidate.process === process);
    if (!one) return;
    clearTimeout(one.timer);
    this.idle = this.idle.filter((candidate) => candidate !== one);
  }
}

/** Elsewhere it cannot be seen which programs a call has left running, so each call has a process to itself. */
const canSeeWhatIsLeft = process.platform === 'linux';

function keyOf({ kind, plugin, secrets }: ProcessOwner): string {
  const hash = createHash('sha256').update(JSON.stringify([...secrets].sort()));
  return `${kind} ${plugin} ${hash.digest('base64')}`;
}
