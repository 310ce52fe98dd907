import type { DiskSpace, WriteFault } from './disk.adapter.js';
import { bytesText } from './quantity.js';

/** A part of the disk, and never more than so much, is kept for what Wardround itself has to write down. */
const reservedShare = 0.05;
const mostReservedBytes = 512 * 1024 * 1024;

/** What is kept of a disk for Wardround's own facts: what others state may not fill it. */
export function reservedBytes(totalBytes: number): number {
  return Math.min(mostReservedBytes, Math.floor(totalBytes * reservedShare));
}

/**
 * Why a folder cannot be written to, and what to do, for people.
 * @param space of its disk; null if that is not known
 */
export function writeFaultText(
  fault: WriteFault,
  { folder, user, space, neededBytes }: { folder: string; user: string; space: DiskSpace | null; neededBytes: number },
): { readonly message: string; readonly advice: string } {
  const elsewhere = 'or use another data folder with --data';
  switch (fault) {
    case 'full':
      return { message: fullText(folder, space, neededBytes), advice: `Free some space on it, ${elsewhere}` };
    case 'quota':
      return {
        message: `the disk quota of the user ${user} for the data folder ${folder} is used up; at least ${bytesText(neededBytes)} are needed`,
        advice: `Raise the quota or free some space, ${elsewhere}`,
      };
    case 'read-only':
      return {
        message: `the data folder ${folder} cannot be written to: its file system, or a file in it, is read-only`,
        advice: `Mount it for writing (Linux mounts it read-only after disk errors: check the system log), ${elsewhere}`,
      };
    case 'not-allowed':
      return {
        message: `the user ${user} has no write permission for the data folder ${folder}`,
        advice: `Give it to that user, start Wardround as its owner, ${elsewhere}`,
      };
    case 'no-folder':
      return {
        message: `the data folder ${folder} cannot be created: it, or a part of its path, is a file`,
        advice: 'Specify another one with --data',
      };
    case 'gone':
      return {
        message: `the data folder ${folder} is missing, or its disk is no longer mounted`,
        advice: `Mount it, ${elsewhere}`,
      };
    case 'failing':
      return {
        message: `the disk of the data folder ${folder} has read or write errors`,
        advice: `Check the disk, ${elsewhere}`,
      };
  }
}

function fullText(folder: string, space: DiskSpace | null, neededBytes: number): string {
  if (space?.freeFiles === 0)
    return `the disk of the data folder ${folder} has no free inodes, although ${bytesText(space.freeBytes)} are free`;
  const free = space === null ? '' : `: ${bytesText(space.freeBytes)} of ${bytesText(space.totalBytes)} are free`;
  return `the disk of the data folder ${folder} is full${free}, and at least ${bytesText(neededBytes)} are needed`;
}

/** Why events from outside are not taken; null where there is room for them. */
export function outsideRefusal(
  folder: string,
  { freeBytes, totalBytes }: Pick<DiskSpace, 'freeBytes' | 'totalBytes'>,
): string | null {
  const reserved = reservedBytes(totalBytes);
  if (freeBytes >= reserved) return null;
  return `the disk of the data folder ${folder} has ${bytesText(freeBytes)} free, less than the ${bytesText(reserved)} reserved for Wardround's own events: events from outside are refused`;
}
