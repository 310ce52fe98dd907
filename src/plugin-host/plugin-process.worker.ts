import { setTimeout as sleep } from 'node:timers/promises';
import { serialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Plugin } from '../../plugins/sdk/plugin.js';
import { asContract2 } from './destination-1.adapter.js';
import { AttributedOutput } from './attributed-output.adapter.js';
import { failureOf } from './failures.js';
import { enterSurroundings } from './guest-surroundings.adapter.js';
import { resultBytes } from './limits.js';
import { contextOf } from './plugin-context.js';
import { isPlugin, problemOf } from './plugin-definition.js';
import { loadPluginModule } from './plugin-module.adapter.js';
import { leftBehind, processState, type ProcessState } from './process-state.adapter.js';
import { killTree } from './process-tree.adapter.js';
import { toPluginSchema, type CallMessage, type Failure, type FromPlugin, type StopReason } from './protocol.js';
import { faultsText } from './results.js';

/**
 * The process that runs calls of one plugin, one after the other. It exits as soon as something of a call is left in it, so
 * that the next call cannot meet it.
 */

enterSurroundings();
let spoilt = false;
const output = new AttributedOutput(() => {
  spoilt = true;
  if (!inHand) process.exit(1);
});
let inHand: RunningCall | null = null;
let atStart: ProcessState | null = null;

process.on('message', (received) => {
  const message = toPluginSchema.parse(received);
  if (message.type === 'abort') inHand?.abort(message);
  else begin(message);
});
// Wardround is gone: no one waits for a result any more.
process.on('disconnect', () => {
  killTree(process.pid);
  process.exit(1);
});
process.on('uncaughtException', (error) => failed(error));
process.on('unhandledRejection', (reason) => failed(reason));

function begin(call: CallMessage): void {
  const { parentPid, residentMemoryMb } = call;
  if (!atStart) {
    new Worker(new URL('./plugin-watchdog.worker.js', import.meta.url), {
      workerData: { parentPid, residentMemoryMb },
    }).unref();
    atStart = processState();
  }
  inHand = new RunningCall(call, atStart);
  send({ type: 'begun', call: call.id });
  void inHand.run();
}

/** Something that no one caught: it may be of any call, and what it leaves behind is unknown. */
function failed(thrown: unknown): void {
  spoilt = true;
  if (inHand) inHand.finish({ type: 'failure', failure: failureOf(thrown) });
  else process.exit(1);
}

const stopTexts: Readonly<Record<StopReason, string>> = {
  cancelled: 'the call was cancelled',
  'timed-out': 'its time limit was exceeded',
  stalled: 'it made no progress',
};

type Last =
  { readonly type: 'result'; readonly value: unknown } | { readonly type: 'failure'; readonly failure: Failure };

/** A connection that has been closed is gone only a little later. */
const comeToRestMs = 100;
const lookEveryMs = 5;

class RunningCall {
  private readonly stop = new AbortController();
  private finished = false;
  private flush: () => void = () => undefined;

  constructor(
    private readonly call: CallMessage,
    private readonly before: ProcessState,
  ) {}

  abort({ call, because }: { readonly call: number; readonly because: StopReason }): void {
    if (call === this.call.id) this.stop.abort(new Error(stopTexts[because]));
  }

  async run(): Promise<void> {
    try {
      this.finish(await output.run(this.call.id, () => this.outcome()));
    } catch (error) {
      this.finish({ type: 'failure', failure: failureOf(error) });
    }
  }

  finish(last: Last): void {
    if (this.finished) return;
    this.finished = true;
    this.flush();
    const { id, reuse } = this.call;
    const mayRest = reuse !== null && !spoilt && !this.stop.signal.aborted;
    send({ ...last, call: id }, () => {
      if (mayRest) void this.rest(reuse).catch(() => process.exit(0));
      else process.exit(0);
    });
  }

  private async outcome(): Promise<Last> {
    const { call } = this;
    const plugin = await loadPluginModule(call.file);
    if (!isPlugin(call.folder, plugin)) throw new Error(problemOf(call.folder, plugin) ?? 'it is not a plugin');
    const parameters = await plugin.parameters.safeParseAsync(call.parameters);
    if (!parameters.success) {
      return failure({ kind: 'invalid-parameters', text: `its parameters are wrong: ${faultsText(parameters.error)}` });
    }
    const about = { now: call.now, stallMs: call.stallMs, parameters: parameters.data };
    const { context, flush } = contextOf(about, this.stop.signal, (saying) => send({ ...saying, call: call.id }));
    this.flush = flush;
    const value = await operationOf(inNewestContract(plugin), call.operation)({ ...call.input, ...context });
    const size = sizeOf(value);
    if (size <= resultBytes) return { type: 'result', value };
    return failure({ kind: 'failed', text: `its result is too large: ${size} bytes, but the limit is ${resultBytes}` });
  }

  /** Waits for the next call, if this one has left nothing behind. */
  private async rest({ marker, residentMemoryMb }: NonNullable<CallMessage['reuse']>): Promise<void> {
    const until = performance.now() + comeToRestMs;
    while (leftBehind(this.before, processState()) !== null) {
      if (performance.now() > until) process.exit(0);
      await sleep(lookEveryMs);
    }
    if (process.memoryUsage.rss() > residentMemoryMb * 1024 * 1024) process.exit(0);
    await output.end(marker);
    if (spoilt) process.exit(0);
    inHand = null;
    send({ type: 'rested', call: this.call.id });
  }
}

function inNewestContract(plugin: Plugin): Plugin {
  return plugin.kind === 'destination' && plugin.contract !== 2 ? asContract2(plugin) : plugin;
}

function operationOf(plugin: Plugin, name: string): (context: unknown) => Promise<unknown> {
  const operation: unknown = Reflect.get(plugin, name);
  if (typeof operation !== 'function') throw new Error(`it has no function ${name}`);
  return async (context) => {
    const value: unknown = await Reflect.apply(operation, plugin, [context]);
    return value;
  };
}

/** Bytes of a value as it is sent to another process. */
function sizeOf(value: unknown): number {
  try {
    return serialize(value ?? null).byteLength;
  } catch (error) {
    // A result with a function or another thing in it that cannot be copied.
    throw new Error(`its result cannot be transferred: ${failureOf(error).text}`);
  }
}

function failure(of: Failure): Last {
  return { type: 'failure', failure: of };
}

function send(message: FromPlugin, sent?: () => void): void {
  if (!process.send) throw new Error('this file is started by the plugin host, not manually');
  process.send(message, undefined, undefined, () => sent?.());
}
