import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { toBuffer, type ByteString } from './bytes.js';

/** A file system as the computer has it mounted. */
export interface Mount {
  /** Its topmost folder, absolute: the same after every start, other than the numbers of devices. */
  readonly mountPoint: ByteString;
  /** Such as `ext4` or `nfs4`; null where the system does not say. */
  readonly fileSystem: string | null;
}

const mountsFile = '/proc/self/mountinfo';

/** What is mounted now, in the order in which it was; empty where the system has no such list. */
export function mountsNow(): readonly Mount[] {
  try {
    return parseMounts(readFileSync(mountsFile, 'latin1'));
  } catch {
    // Only Linux has it. Elsewhere the folders themselves show where a device ends.
    return [];
  }
}

/** Of the format of proc(5): `36 35 98:0 /root /mount\040point options - type source …`. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line): Mount[] => {
    const [before, behind] = line.split(' - ');
    const mountPoint = before?.split(' ')[4];
    const fileSystem = behind?.split(' ')[0];
    if (mountPoint === undefined || fileSystem === undefined) return [];
    return [{ mountPoint: unescaped(mountPoint), fileSystem }];
  });
}

/** The file system that holds an existing path. */
export function mountOf(path: ByteString, mounts: readonly Mount[]): Mount {
  const device = deviceOf(path);
  const holding = mounts.filter(({ mountPoint }) => isAtOrBelow(path, mountPoint));
  const longest = holding.reduce((most, { mountPoint }) => Math.max(most, mountPoint.length), 0);
  // Of several at one point the last one is seen. One that another covers further up has another device.
  const listed = holding.findLast(({ mountPoint }) => mountPoint.length === longest);
  if (listed && deviceOf(listed.mountPoint) === device) return listed;
  return { mountPoint: whereDeviceBegins(path, device), fileSystem: null };
}

function isAtOrBelow(path: ByteString, folder: ByteString): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

function whereDeviceBegins(path: ByteString, device: number | null): ByteString {
  const parent = dirname(path);
  return parent === path || deviceOf(parent) !== device ? path : whereDeviceBegins(parent, device);
}

function deviceOf(path: ByteString): number | null {
  try {
    return statSync(toBuffer(path)).dev;
  } catch {
    return null;
  }
}

/** Spaces, tabs, line breaks and backslashes are written as three octal digits. */
function unescaped(text: string): ByteString {
  return text.replaceAll(/\\([0-7]{3})/g, (_whole, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
