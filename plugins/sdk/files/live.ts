import type { BigIntStats } from 'node:fs';

/**
 * What a program cannot set of a live file: when the system last changed anything about it (content, mode, owner, name), and
 * its number in the file system. Size and modification time can be set back after a change; encrypted containers do so.
 */
export interface LiveIdentity {
  /** RFC 3339 in UTC with nine digits: `2026-11-22T02:00:00.123456789Z`. */
  readonly ctime: string;
  /** In decimal digits: some file systems use all 64 bits. */
  readonly inode: string;
}

export function liveIdentity({ ctimeNs, ino }: Pick<BigIntStats, 'ctimeNs' | 'ino'>): LiveIdentity {
  return { ctime: formatCtime(ctimeNs), inode: ino.toString() };
}

/** @returns null unless both are as {@link liveIdentity} writes them */
export function parseLive(ctime: unknown, inode: unknown): LiveIdentity | null {
  if (typeof ctime !== 'string' || typeof inode !== 'string') return null;
  const isTime = /^(?:[+-]\d{2})?\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{9}Z$/.test(ctime);
  return isTime && /^\d{1,20}$/.test(inode) ? { ctime, inode } : null;
}

function formatCtime(ns: bigint): string {
  const rest = ((ns % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const ms = Number((ns - rest) / 1_000_000n);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(rest).padStart(6, '0')}Z`;
}
