import { parentPort, workerData } from 'node:worker_threads';
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
  Watching,
} from './engine-types.js';
import { packError, type PackedError } from './errors.js';
import { Gauge } from './gauge.js';
import { copy, make } from './make.js';
import type { Operation, Task } from './operation.js';
import { remove, sweep } from './remove.js';
import { restore } from './restore.js';
import { verify } from './verify.js';

interface OperationMap {
  make: { task: Task<MakeSnapshot>; result: MadeOfSources };
  copy: { task: Task<CopySnapshot>; result: MadeSnapshot };
  verify: { task: Task<SnapshotAddress & Watching>; result: CheckedSnapshot };
  restore: { task: Task<RestoreSnapshot>; result: { files: number; bytes: number } };
  remove: { task: Task<SnapshotAddress & Watching>; result: void };
  sweep: { task: Task<SnapshotPlace & Watching>; result: readonly string[] };
}
export type OperationName = keyof OperationMap;
export type OperationTask<Name extends OperationName> = OperationMap[Name]['task'];
export type OperationResult<Name extends OperationName> = OperationMap[Name]['result'];

/**
 * The thread that one operation runs in, from its first look to its last rename, so that the caller's thread stays free. It
 * shares copying and hashing out to further threads.
 */
const operations: {
  [Name in OperationName]: (task: OperationTask<Name>, operation: Operation) => Promise<OperationResult<Name>>;
} = {
  make,
  copy,
  verify,
  restore,
  remove: async (task, operation) => remove(task, operation),
  sweep: async (task, operation) => sweep(task, operation),
};

export interface ConductorData<Name extends OperationName = OperationName> {
  readonly name: Name;
  readonly task: OperationTask<Name>;
  readonly memory: SharedArrayBuffer;
}

export type ConductorMessage<Name extends OperationName = OperationName> =
  | { readonly kind: 'notice'; readonly notice: Notice }
  | { readonly kind: 'done'; readonly result: OperationResult<Name> }
  | { readonly kind: 'failed'; readonly error: PackedError };

async function run<Name extends OperationName>({ name, task, memory }: ConductorData<Name>): Promise<void> {
  const send = (message: ConductorMessage): void => parentPort?.postMessage(message);
  const operation: Operation = {
    gauge: new Gauge(memory),
    onNotice: (notice) => send({ kind: 'notice', notice }),
  };
  try {
    send({ kind: 'done', result: await operations[name](task, operation) });
  } catch (error) {
    send({ kind: 'failed', error: packError(error) });
  }
}

function isConductorData(data: unknown): data is ConductorData {
  return typeof data === 'object' && data !== null && 'name' in data && 'task' in data && 'memory' in data;
}

const data: unknown = workerData;
if (!isConductorData(data)) throw new Error('the thread of the file engine was started without a task');
await run(data);
