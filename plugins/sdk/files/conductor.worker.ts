import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type {
  CheckedSnapshot,
  MadeSnapshot,
  CopySnapshot,
  FileEngine,
  MakeSnapshot,
  Notice,
  RestoreSnapshot,
  SnapshotAddress,
  SnapshotPlace,
  Watching,
} from './engine-types.js';
import { packError, type PackedError } from './errors.js';
import { listOwn } from './list-own.js';
import { locate } from './locate.js';
import { markPlace } from './own-folder.js';
import { jobFolder } from './places.js';
import { newName } from './snapshot-name.js';
import { Gauge } from './gauge.js';
import { copy, make } from './make.js';
import type { Operation, Task } from './operation.js';
import { namesIn, remove, sweep } from './remove.js';
import { restore } from './restore.js';
import { verify } from './verify.js';

interface OperationMap {
  make: { task: Task<MakeSnapshot>; result: MadeSnapshot };
  copy: { task: Task<CopySnapshot>; result: MadeSnapshot };
  verify: { task: Task<SnapshotAddress & Watching>; result: CheckedSnapshot };
  restore: { task: Task<RestoreSnapshot>; result: { files: number; bytes: number } };
  remove: { task: Task<SnapshotAddress & Watching>; result: void };
  sweep: { task: Task<SnapshotPlace & Watching>; result: readonly string[] };
  list: { task: Task<SnapshotPlace & Watching>; result: readonly string[] };
  newName: { task: Task<SnapshotPlace & { readonly now: number } & Watching>; result: string };
  checkPlace: { task: Task<Parameters<FileEngine['checkPlace']>[0] & Watching>; result: { folder: string } };
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
  make: async (task, operation) => make(locate(task), operation),
  copy: async (task, operation) => copy(locate(task), operation),
  verify: async (task, operation) => verify(locate(task), operation),
  restore,
  remove: async (task, operation) => remove(locate(task), operation),
  sweep: async (task, operation) => sweep(locate(task), operation),
  list: async (task, { onNotice }) => listOwn(task, onNotice),
  newName: async (task) => newName(task.now, namesIn(jobFolder(locate(task)))),
  checkPlace: async (task) => ({ folder: join(task.root, markPlace(task).folder) }),
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
