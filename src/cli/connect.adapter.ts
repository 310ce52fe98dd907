import { setTimeout as sleep } from 'node:timers/promises';
import { hasEverRun } from '../configuration/ever-run.adapter.js';
import { readProcessFile } from '../process/folder-lock.adapter.js';
import { WardroundError, codeOf, describeError } from '../shared/errors.js';
import { userName } from '../shared/user.adapter.js';
import { InProcessTransport } from './in-process-transport.adapter.js';
import { ApiClient } from './api-client.js';
import { HttpTransport } from './http-transport.adapter.js';
import type { OpenWardround, Place } from './in-process.js';
import { actorOf } from './transport.js';

const healthTimeoutMs = 3_000;
const pauseMs = 200;

export interface ConnectOptions {
  /** Where no process runs: whether the configuration file is applied first, as at every start. */
  readonly applyConfiguration: boolean;
  /** True for what only looks: where nothing ever ran, there is nothing to see, and no folder is to be made. */
  readonly onlyLooks?: boolean;
  /** How long to wait for a data folder that is in use while its process does not answer: it may be starting or ending. */
  readonly patienceMs?: number;
}

/**
 * The way to what the data folder holds: the process that owns it, if one answers, else this one. Never both at once: who
 * works alone holds the folder's lock.
 * @throws WardroundError `data-folder-in-use` if another process holds the folder and does not answer, and what `open` throws
 */
export async function connect(
  place: Place,
  open: OpenWardround,
  { applyConfiguration, onlyLooks = false, patienceMs = 5_000 }: ConnectOptions,
): Promise<ApiClient> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const running = await runningProcess(place.dataFolder);
    if (running) return new ApiClient(running);
    if (onlyLooks && !hasEverRun(place.dataFolder)) throw nothingHere(place);
    try {
      return new ApiClient(
        new InProcessTransport(await open({ ...place, attended: false, applyConfiguration }), actor()),
      );
    } catch (error) {
      if (!(error instanceof WardroundError) || error.code !== 'data-folder-in-use') throw error;
      if (performance.now() >= until) throw held(place, error);
    }
    await sleep(pauseMs);
  }
}

/** The process that the data folder's process file names, if it is alive and answers. */
async function runningProcess(dataFolder: string): Promise<HttpTransport | null> {
  const file = readProcessFile(dataFolder);
  if (!file?.url || !isAlive(file.pid)) return null;
  const transport = new HttpTransport(file.url, file.token, actor());
  try {
    const { status } = await transport.send({ method: 'GET', path: '/healthz', timeoutMs: healthTimeoutMs });
    return status === 200 ? transport : null;
  } catch (error) {
    // Then the folder's lock tells whether there is such a process at all: the number may be that of another one by now.
    if (error instanceof WardroundError && error.code === 'unreachable') return null;
    throw error;
  }
}

function actor(): string {
  return actorOf(userName());
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, and belongs to someone else.
    return codeOf(error) === 'EPERM';
  }
}

function nothingHere({ dataFolder }: Place): WardroundError {
  return new WardroundError(
    'not-found',
    `Wardround has never run with the data folder ${dataFolder}`,
    'Start it with `wardround start`, or set --data or WARDROUND_DATA to its data folder',
  );
}

function held({ dataFolder }: Place, cause: WardroundError): WardroundError {
  const file = readProcessFile(dataFolder);
  if (!file) return cause;
  const what = file.url
    ? `process ${file.pid}, which does not respond at ${file.url}`
    : `process ${file.pid}, another wardround command`;
  const advice = file.url
    ? 'If it is stuck, stop that process and try again'
    : 'Wait until it has finished, and try again';
  return new WardroundError('data-folder-in-use', `the data folder ${dataFolder} is in use by ${what}`, advice, {
    cause: new Error(describeError(cause)),
  });
}
