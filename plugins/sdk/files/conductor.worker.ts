import { parentPort } from 'node:worker_threads';
import type {
  CheckedSnapshot,
  MadeOfSources,
  MadeSnapshot,
  CopySnapshot,
  MakeSnapshot,
  Notice,
  RestoreSnapshot,
  SnapshotAddress,
  SnapshotPlace,
  VerifySnapshot,
  Watching,
} from './engine-types.js';
import { closeFolders } from './batch.js';
import { packError, type PackedError } from './errors.js';
import { Gauge } from './gauge.js';
import { locate, locateToRead } from './locate.js';
import { copy } from './copy.js';
import { make } from './make.js';
import type { Operation, Task } from './operation.js';
import { remove, sweep } from './remove.js';
import { restore } from './restore.js';
import { removeScratch } from './scratch.js';
import { verify } from './verify.js';

interface OperationMap {
  make: { task: Task<MakeSnapshot>; result: MadeOfSources };
  copy: { task: Task<CopySnapshot>; result: MadeSnapshot };
  verify: { task: Task<VerifySnapshot>; result: CheckedSnapshot };
  restore: { task: Task<RestoreSnapshot>; result: { files: number; bytes: number } };
  remove: { task: Task<SnapshotAddress & Watching>; result: void };
  sweep: { task: Task<SnapshotPlace & Watching>; result: readonly string[] };
  removeScratch: { task: Task<SnapshotPlace & Watching>; result: void };
}
export type OperationName = keyof OperationMap;
export type OperationTask<Name extends OperationName> = OperationMap[Name]['task'];
export type OperationResult<Name extends OperationName> = OperationMap[Name]['result'];

/**
 * The thread that an operation runs in, from its first look to its last rename, so that the caller's thread stays free; one
 * operation at a time. It shares copying and hashing out to further threads.
 */
const operations: {
  [Name in OperationName]: (task: OperationTask<Name>, operation: Operation) => Promise<OperationResult<Name>>;
} = {
  make: async (task, operation) => make(locate(task), operation),
  copy: async (task, operation) => copy(locate(task), operation),
  verify: async (task, operation) => verify(locate(task), operation),
  restore,
  remove: async (task, operation) => remove(locate(task), operation),
  sweep: async (task, operation) => sweep(locate(task), operation),
  removeScratch: async (task, operation) => {
    const found = locateToRead(task);
    if (found) removeScratch(found, operation);
  },
};

export interface ConductorOrder<Name extends OperationName = OperationName> {
  readonly name: Name;
  readonly task: OperationTask<Name>;
  readonly memory: SharedArrayBuffer;
}

export type ConductorMessage<Name extends OperationName = OperationName> =
  | { readonly kind: 'notice'; readonly notice: Notice }
  | { readonly kind: 'done'; readonly result: OperationResult<Name> }
  | { readonly kind: 'failed'; readonly error: PackedError };

async function run<Name extends OperationName>({ name, task, memory }: ConductorOrder<Name>): Promise<void> {
  const send = (message: ConductorMessage): void => parentPort?.postMessage(message);
  const operation: Operation = {
    gauge: new Gauge(memory),
    onNotice: (notice) => send({ kind: 'notice', notice }),
  };
  send(await outcomeOf(() => operations[name](task, operation)));
}

/** All folders are closed before it is told that the work has ended: the disk may be unmounted then. */
async function outcomeOf(work: () => Promise<OperationResult<OperationName>>): Promise<ConductorMessage> {
  try {
    return { kind: 'done', result: await work() };
  } catch (error) {
    return { kind: 'failed', error: packError(error) };
  } finally {
    closeFolders();
  }
}

parentPort?.on('message', (order: ConductorOrder) => void run(order));
