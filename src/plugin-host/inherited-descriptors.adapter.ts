import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** `O_CLOEXEC` in `/proc/<pid>/fdinfo`, in octal. */
const closeOnExec = 0o2000000;

/**
 * Closes what this process was handed besides its standard streams, such as a database that the service manager opened.
 * Node sees to the first descriptors only. All that Node opens itself is marked to be closed at the next exec, so what has
 * no such mark came from outside. On Linux; elsewhere there is no list of them.
 */
export function closeInherited(): void {
  if (process.platform !== 'linux') return;
  for (const name of readdirSync('/proc/self/fd')) {
    const descriptor = Number(name);
    if (descriptor > 2 && isInherited(descriptor)) closeSync(descriptor);
  }
}

function isInherited(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    return false; // It was the list's own, which is closed again.
  }
}
