import { readdirSync } from 'node:fs';

/** What one call can change about its process so that a later one would notice. */
export interface ProcessState {
  readonly folder: string;
  readonly umask: number;
  readonly environment: string;
  /** Functions that hear of messages and of errors no one caught. */
  readonly listeners: number;
  readonly descriptors: number;
  /** What keeps the process from ending by itself, such as timers and connections: how many of each type. */
  readonly resources: Readonly<Record<string, number>>;
}

const watched = ['message', 'disconnect', 'uncaughtException', 'unhandledRejection'];
/** Node opens some itself, when it first starts a program or a thread. */
const toleratedDescriptors = 16;

export function processState(): ProcessState {
  const resources: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) resources[type] = (resources[type] ?? 0) + 1;
  return {
    folder: process.cwd(),
    umask: process.umask(),
    environment: JSON.stringify(process.env),
    listeners: watched.reduce((sum, event) => sum + process.listenerCount(event), 0),
    descriptors: openDescriptors(),
    resources,
  };
}

/** What a call has left behind, in a few words; null if nothing. */
export function leftBehind(before: ProcessState, after: ProcessState): string | null {
  if (after.folder !== before.folder) return 'a changed working folder';
  if (after.umask !== before.umask) return 'another umask';
  if (after.environment !== before.environment) return 'another environment';
  if (after.listeners !== before.listeners) return 'listeners of the process';
  if (after.descriptors > before.descriptors + toleratedDescriptors) return 'open files';
  const more = Object.entries(after.resources).find(([type, count]) => count > (before.resources[type] ?? 0));
  return more ? `unfinished work (${more[0]})` : null;
}

/** 0 where the system does not list them. */
function openDescriptors(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}
