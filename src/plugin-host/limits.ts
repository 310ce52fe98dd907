import type { PluginKind } from '../../plugins/sdk/plugin.js';

/** What bounds the host and each call of a plugin. */
export interface PluginLimits {
  /**
   * So many calls of a kind run at once; further ones wait their turn. Each kind has its own places, so that check-ups
   * that hang hold up neither a backup nor a message.
   */
  readonly concurrentCalls: Readonly<Record<PluginKind, number>>;
  /** The JavaScript heap of one call, in MiB. The process as a whole may take {@link residentMemoryMb}. */
  readonly heapMb: Readonly<Record<PluginKind, number>>;
  /** What a call may print to stdout and stderr together before the rest is thrown away, in characters. */
  readonly printedCharacters: number;
  /** Time between the abort signal and the kill. */
  readonly killAfterMs: number;
  /** Longest time that one plugin's module may take to load when the host looks for plugins. */
  readonly loadTimeoutMs: number;
}

export const defaultLimits: PluginLimits = {
  concurrentCalls: { checkup: 4, source: 4, destination: 4, channel: 4 },
  heapMb: { checkup: 256, source: 1024, destination: 1024, channel: 256 },
  printedCharacters: 64 * 1024,
  killAfterMs: 2_000,
  loadTimeoutMs: 5_000,
};

/** Buffers and native libraries live outside the JavaScript heap, so the process gets as much again, and Node's own 256 MiB. */
export function residentMemoryMb(heapMb: number): number {
  return 2 * heapMb + 256;
}

/** Lines that a call may log, and characters of one line; further lines are dropped with a note. */
export const loggedLines = 20_000;
export const lineCharacters = 4_000;

/** Largest result that a call may give back, in bytes as it is sent between the processes. */
export const resultBytes = 16 * 1024 * 1024;
