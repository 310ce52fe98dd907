import type { PluginKind } from '../../plugins/sdk/plugin.js';
import type { CallWeight } from './call-weight.js';

/** Which processes are kept for further calls, and for how long. */
export interface ReuseLimits {
  /** So many wait at once, of all plugins together; the one that has waited longest ends first. 0: none is kept. */
  readonly idleProcesses: number;
  readonly idleMs: number;
  /** One that holds more memory after a call is not kept, in MiB. */
  readonly keptMb: number;
  /** So many calls one process may take. */
  readonly calls: number;
}

/** What bounds the host and each call of a plugin. */
export interface PluginLimits {
  /**
   * So many calls of a kind run at once; further ones wait their turn. Each kind has its own places, and within a kind heavy
   * and light calls have, so that check-ups that hang hold up neither a backup nor a message, and a copy no look at a place.
   */
  readonly concurrentCalls: Readonly<Record<PluginKind, number>>;
  /** So long a call waits for a place before it is refused. */
  readonly waitMs: Readonly<Record<CallWeight, number>>;
  /** The JavaScript heap of one call, in MiB. The process as a whole may take {@link residentMemoryMb}. */
  readonly heapMb: Readonly<Record<PluginKind, number>>;
  /** What a call may print to stdout and stderr together before the rest is thrown away, in characters. */
  readonly printedCharacters: number;
  /** Time between the abort signal and the kill. */
  readonly killAfterMs: number;
  /** Time between the kill and giving the process up: one that waits in the kernel cannot be killed. */
  readonly giveUpAfterMs: number;
  /** A call of the kind ends that for so long has said nothing, come no further, and read and written nothing. */
  readonly stallMs: Readonly<Record<PluginKind, number>>;
  /** After so long without a sign a call lends its place to another that waits. */
  readonly quietMs: number;
  /** While a plugin has so many processes that cannot be killed, none is added. */
  readonly stuckProcesses: number;
  /** Longest time that one plugin's module may take to load, or to check parameters, when the host looks at plugins. */
  readonly loadTimeoutMs: number;
  readonly reuse: ReuseLimits;
}

const quarterHour = 15 * 60_000;
const day = 24 * 3_600_000;

export const defaultLimits: PluginLimits = {
  concurrentCalls: { checkup: 4, source: 4, destination: 4, channel: 4 },
  waitMs: { light: quarterHour, heavy: day },
  heapMb: { checkup: 256, source: 1024, destination: 1024, channel: 256 },
  printedCharacters: 64 * 1024,
  killAfterMs: 2_000,
  giveUpAfterMs: 3_000,
  // Check-ups and channels have short time limits of their own.
  stallMs: { checkup: Infinity, source: quarterHour, destination: quarterHour, channel: Infinity },
  quietMs: 30_000,
  stuckProcesses: 8,
  loadTimeoutMs: 5_000,
  reuse: { idleProcesses: 4, idleMs: 30_000, keptMb: 160, calls: 200 },
};

/** The JavaScript heap of the process in which plugins are looked at, in MiB. */
export const inspectorHeapMb = 256;

/** Buffers and native libraries live outside the JavaScript heap, so the process gets as much again, and Node's own 256 MiB. */
export function residentMemoryMb(heapMb: number): number {
  return 2 * heapMb + 256;
}

/** Lines that a call may log, and characters of one line; further lines are dropped with a note. */
export const loggedLines = 20_000;
export const lineCharacters = 4_000;

/** Largest result that a call may give back, in bytes as it is sent between the processes. */
export const resultBytes = 16 * 1024 * 1024;
