import { serialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Plugin, PluginContext, Progress } from '../../plugins/sdk/plugin.js';
import { runProgram } from '../../plugins/sdk/exec.js';
import { failureOf } from './failures.js';
import { lineCharacters, loggedLines, resultBytes } from './limits.js';
import { isPlugin, problemOf } from './plugin-definition.js';
import { closeInherited } from './inherited-descriptors.adapter.js';
import { loadPluginModule } from './plugin-module.adapter.js';
import { killTree } from './process-tree.adapter.js';
import { toPluginSchema, type CallMessage, type Failure, type FromPlugin, type StopReason } from './protocol.js';
import { faultsText } from './results.js';

/** The process that runs one call of one plugin. */
const stop = new AbortController();

// What a plugin writes is for Wardround's user, unless it says otherwise.
process.umask(0o077);
closeInherited();
process.on('message', (received) => {
  const message = toPluginSchema.parse(received);
  switch (message.type) {
    case 'abort':
      stop.abort(new Error(stopTexts[message.because]));
      return;
    case 'call':
      void answer(message);
      return;
  }
});
// Wardround is gone: nobody waits for a result any more.
process.on('disconnect', () => {
  killTree(process.pid);
  process.exit(1);
});
process.on('uncaughtException', (error) => finish({ type: 'failure', failure: failureOf(error) }));
process.on('unhandledRejection', (reason) => finish({ type: 'failure', failure: failureOf(reason) }));

const stopTexts: Readonly<Record<StopReason, string>> = {
  cancelled: 'the call was cancelled',
  'timed-out': 'its time is up',
  stalled: 'it made no progress',
};

async function answer(call: CallMessage): Promise<void> {
  const { parentPid, residentMemoryMb } = call;
  new Worker(new URL('./plugin-watchdog.worker.js', import.meta.url), {
    workerData: { parentPid, residentMemoryMb },
  }).unref();
  try {
    finish(await outcomeOf(call));
  } catch (error) {
    finish({ type: 'failure', failure: failureOf(error) });
  }
}

async function outcomeOf(call: CallMessage): Promise<FromPlugin> {
  const plugin = await loadPluginModule(call.file);
  if (!isPlugin(call.folder, plugin)) throw new Error(problemOf(call.folder, plugin) ?? 'it is no plugin');
  const parameters = await plugin.parameters.safeParseAsync(call.parameters);
  if (!parameters.success) {
    return failure({ kind: 'invalid-parameters', text: `its parameters are wrong: ${faultsText(parameters.error)}` });
  }
  const value = await operationOf(plugin, call.operation)({ ...call.input, ...contextOf(call, parameters.data) });
  const size = sizeOf(value);
  if (size <= resultBytes) return { type: 'result', value };
  return failure({ kind: 'failed', text: `its result is too large: ${size} bytes, and ${resultBytes} are allowed` });
}

/** Bytes of a value as it is sent to another process. */
function sizeOf(value: unknown): number {
  try {
    return serialize(value ?? null).byteLength;
  } catch (error) {
    // A result with a function or another thing in it that cannot be copied.
    throw new Error(`its result cannot be handed over: ${failureOf(error).text}`);
  }
}

function operationOf(plugin: Plugin, name: string): (context: unknown) => Promise<unknown> {
  const operation: unknown = Reflect.get(plugin, name);
  if (typeof operation !== 'function') throw new Error(`it has no function ${name}`);
  return async (context) => {
    const value: unknown = await Reflect.apply(operation, plugin, [context]);
    return value;
  };
}

function contextOf(call: CallMessage, parameters: unknown): PluginContext<unknown> {
  return {
    parameters,
    now: call.now,
    signal: stop.signal,
    log: logger(),
    progress: thinned((progress) => send({ type: 'progress', progress })),
    exec: (file, args = [], options = {}) => runProgram(file, args, options, stop.signal),
  };
}

function logger(): PluginContext<unknown>['log'] {
  let logged = 0;
  return (text, { level = 'info', place = '' } = {}) => {
    logged++;
    if (logged > loggedLines + 1) return;
    // A little more than a line may have is sent, so that the host can redact before it cuts.
    const line = {
      level,
      text: String(text).slice(0, 2 * lineCharacters),
      place: String(place).slice(0, lineCharacters),
    };
    const tooMany = { level: 'warning', text: `further lines dropped after ${loggedLines}`, place: '' } as const;
    send({ type: 'line', line: logged > loggedLines ? tooMany : line });
  };
}

let lastProgress: (() => void) | null = null;

/** At most five times a second; the newest that was held back is sent before the result. */
function thinned(tell: (progress: Progress) => void): (progress: Progress) => void {
  let lastTold = -Infinity;
  return ({ files, bytes, totalFiles, totalBytes }) => {
    const now = performance.now();
    const tellNow = () => tell({ files, bytes, totalFiles, totalBytes });
    lastProgress = tellNow;
    if (now - lastTold < 200) return;
    lastTold = now;
    lastProgress = null;
    tellNow();
  };
}

function failure(of: Failure): FromPlugin {
  return { type: 'failure', failure: of };
}

let finished = false;

function finish(last: FromPlugin): void {
  if (finished) return;
  finished = true;
  lastProgress?.();
  send(last, () => process.exit(0));
}

function send(message: FromPlugin, sent?: () => void): void {
  if (!process.send) throw new Error('this file is started by the plugin host, not by hand');
  process.send(message, undefined, undefined, () => sent?.());
}
