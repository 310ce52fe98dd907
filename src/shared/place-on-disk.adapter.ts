import { readFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { doneWithin } from './time-limit.adapter.js';

/** A disk that answers at all answers sooner. */
const lookMs = 1000;
/** File systems whose server may not answer: looking at them could take forever, and a path there is taken as it is. */
const remote = /\s(\S+)\s+-\s+(?:nfs|cifs|smb|fuse|9p|ceph|afs|gluster|lustre|sshfs|davfs|autofs)\S*\s/;

/**
 * Where a path of a folder leads: without `..` and slashes too many, and through symbolic links. What is not there yet
 * counts from the nearest folder that is. References to other things than the environment stay as they are.
 * @param dataFolder what `${data}` means; null where paths are those of other computers, and none is looked at
 */
export async function placeOnDisk(path: string, dataFolder: string | null): Promise<string> {
  const known = path
    .replaceAll('${data}', () => dataFolder ?? '${data}')
    .replaceAll(/\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g, (written, name: string) => process.env[name] ?? written);
  const full = known.startsWith('${') ? known : resolve(known);
  if (dataFolder === null || known.includes('${') || isRemote(full)) return full;
  let found = full;
  const looked = realPlace(full).then((place) => (found = place));
  // Whatever hinders a look hinders no comparison of the paths as they are written.
  await doneWithin(lookMs, looked).catch(() => false);
  return found;
}

async function realPlace(path: string): Promise<string> {
  for (let there = path; ; there = dirname(there)) {
    const real = await realpath(there).catch(() => null);
    if (real !== null) return join(real, relative(there, path));
    if (dirname(there) === there) return path;
  }
}

function isRemote(path: string): boolean {
  return remoteMounts().some((mountPoint) => path === mountPoint || path.startsWith(`${mountPoint}/`));
}

/** Of Linux, by proc(5): `36 35 0:42 / /mnt/share rw - nfs4 …`; elsewhere none is known. */
function remoteMounts(): readonly string[] {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => remote.test(line))
      .map((line) => (line.split(' ')[4] ?? '').replaceAll(/\\([0-7]{3})/g, octal));
  } catch {
    return [];
  }
}

function octal(_whole: string, digits: string): string {
  return String.fromCharCode(parseInt(digits, 8));
}
