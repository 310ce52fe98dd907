import { readFile } from 'node:fs/promises';
import { freemem, platform, totalmem } from 'node:os';

export interface Memory {
  readonly availableBytes: number;
  readonly totalBytes: number;
}

/** What programs can still take without pushing others out. */
export async function availableMemory(): Promise<Memory> {
  if (platform() !== 'linux') return { availableBytes: freemem(), totalBytes: totalmem() };
  return fromMeminfo(await readFile('/proc/meminfo', 'utf8'));
}

/**
 * Linux counts files that it caches as used, though it gives that memory back at once; MemAvailable is its own estimate
 * of what can be had (proc_meminfo(5), since Linux 3.14).
 * @throws Error if the text has no such lines.
 */
export function fromMeminfo(text: string): Memory {
  return { availableBytes: field(text, 'MemAvailable'), totalBytes: field(text, 'MemTotal') };
}

function field(text: string, name: string): number {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  if (kibibytes === undefined) throw new Error(`/proc/meminfo has no line ${name}`);
  return Number(kibibytes) * 1024;
}
