import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { conduct, giveUp, release } from './conductors.js';
import type { ConductorMessage, OperationName, OperationResult, OperationTask } from './conductor.worker.js';
import { FileEngineError, type FileEngine, type Notice, type Watching } from './engine-types.js';
import { unpackError } from './errors.js';
import { Findings } from './findings.js';
import { Gauge } from './gauge.js';
import { describe, info, list, newName } from './list.js';
import { locate } from './locate.js';
import { markPlace } from './own-folder.js';
import { checkFolder as lookAtFolder } from './probe.js';
import { scanTree } from './scan.js';
import { makeScratch as makeScratchFolder } from './scratch.js';
import { longestStillnessMs, StallWatch } from './stall.js';

const progressIntervalMs = 200;
/** A thread that waits for a disk or network that does not answer cannot see that it is to stop. */
const stopWithinMs = 2000;

/** See {@link FileEngine} for what each function promises. */
export const fileEngine: FileEngine = {
  makeSnapshot: (options) => perform('make', ...apart(options)),
  copySnapshot: (options) => perform('copy', ...apart(options)),
  verifySnapshot: (options) => perform('verify', ...apart(options)),
  restoreSnapshot: (options) => perform('restore', ...apart(options)),
  removeSnapshot: (options) => perform('remove', ...apart(options)),
  sweepPartials: (options) => perform('sweep', ...apart(options)),
  removeScratch: (options) => perform('removeScratch', ...apart(options)),
  // What takes milliseconds is done here: a thread would take longer to start. Callers are processes that may be given up.
  makeScratch: async ({ onNotice = noNotice, ...task }) =>
    makeScratchFolder(locate(task), { gauge: new Gauge(), onNotice }),
  listSnapshots: async ({ onNotice = noNotice, ...place }) => list(place, onNotice),
  describeSnapshots: async ({ onNotice = noNotice, ...place }) => describe(place, onNotice),
  readSnapshotInfo: async (address) => info(address),
  newSnapshotName: async (place) => newName(place),
  checkPlace: async (place) => ({ folder: join(place.root, markPlace(place).folder) }),
  checkFolder: async (folder) => lookAtFolder(folder),
  measureTrees,
};

export const {
  makeSnapshot,
  copySnapshot,
  verifySnapshot,
  restoreSnapshot,
  listSnapshots,
  describeSnapshots,
  readSnapshotInfo,
  removeSnapshot,
  sweepPartials,
  makeScratch,
  removeScratch,
  newSnapshotName,
  checkPlace,
  checkFolder,
} = fileEngine;
export { measureTrees };

function noNotice(_notice: Notice): void {}

/** What passes to the thread, and what stays here. */
function apart<Options extends Watching>(options: Options): [Omit<Options, keyof Watching>, Watching] {
  const { signal, onProgress, onNotice, stallMs, ...task } = options;
  return [task, { signal, onProgress, onNotice, stallMs }];
}

/** Runs an operation in its own thread, and watches it. */
function perform<Name extends OperationName>(
  name: Name,
  task: OperationTask<Name>,
  watching: Watching,
): Promise<OperationResult<Name>> {
  const { signal, onProgress, onNotice, stallMs = longestStillnessMs } = watching;
  if (signal?.aborted) return Promise.reject(cancelledError());
  const gauge = new Gauge();
  const worker = conduct({ name, task, memory: gauge.memory });
  return new Promise<OperationResult<Name>>((resolve, reject) => {
    const stall = new StallWatch(gauge, stallMs);
    const ticking = setInterval(() => {
      onProgress?.(gauge.read());
      const why = stall.look();
      if (why) breakOff(why);
    }, progressIntervalMs);
    let stopping: NodeJS.Timeout | undefined;
    const unwatch = (): void => {
      clearInterval(ticking);
      clearTimeout(stopping);
      signal?.removeEventListener('abort', cancel);
    };
    const breakOff = (why: Error): void => {
      unwatch();
      gauge.cancel();
      giveUp(worker);
      reject(why);
    };
    const cancel = (): void => {
      gauge.cancel();
      stopping = setTimeout(() => breakOff(cancelledError()), stopWithinMs);
    };
    signal?.addEventListener('abort', cancel);
    worker.on('message', (message: ConductorMessage<Name>) => {
      if (message.kind === 'notice') return onNotice?.(message.notice);
      if (message.kind === 'failed') return breakOff(unpackError(message.error));
      onProgress?.(gauge.read());
      unwatch();
      release(worker);
      resolve(message.result);
    });
    worker.on('error', breakOff);
    worker.on('exit', (code) => breakOff(new Error(`the file engine thread exited (${code})`)));
  });
}

function cancelledError(): FileEngineError {
  return new FileEngineError('cancelled', 'cancelled');
}

async function measureTrees(
  ...[trees, { timeLimitMs = 1000 } = {}]: Parameters<FileEngine['measureTrees']>
): ReturnType<FileEngine['measureTrees']> {
  const findings = new Findings('unreadable', () => undefined);
  const options = {
    gauge: new Gauge(),
    leaveOut: new Set<string>(),
    leaveOutPaths: new Set<string>(),
    onNotice: findings.onNotice,
  };
  const until = performance.now() + timeLimitMs;
  let files = 0;
  let bytes = 0;
  let seen = 0;
  for (const tree of trees) {
    for (const item of scanTree(tree, options)) {
      if (item.type === 'file') {
        files += 1;
        bytes += item.size;
      }
      // A look at a large tree must not hold up everything else in the caller's thread.
      if (++seen % 256 === 0) await setImmediate();
      if (performance.now() > until) return null;
    }
  }
  findings.throwIfErrors();
  return { files, bytes };
}
