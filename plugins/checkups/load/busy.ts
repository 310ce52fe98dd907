import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds that the cores have spent since the computer started. */
export interface CoreTimes {
  readonly busyMs: number;
  readonly totalMs: number;
}

/** The share of its time that the average core was busy over about a second, 0 to 1. */
export async function sampleBusyShare(signal: AbortSignal): Promise<number> {
  const before = coreTimes();
  await pause(1_000, undefined, { signal });
  return busyShare(before, coreTimes());
}

export function busyShare(before: CoreTimes, after: CoreTimes): number {
  const total = after.totalMs - before.totalMs;
  return total <= 0 ? 0 : Math.min(1, Math.max(0, (after.busyMs - before.busyMs) / total));
}

function coreTimes(): CoreTimes {
  const times = cpus().map((core) => core.times);
  const totalMs = sum(times.map(({ user, nice, sys, idle, irq }) => user + nice + sys + idle + irq));
  return { busyMs: totalMs - sum(times.map(({ idle }) => idle)), totalMs };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
