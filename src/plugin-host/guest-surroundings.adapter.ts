import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'node:path';
import { plainEnvironment } from '../../plugins/sdk/environment.js';

/** By this variable the programs that a process of plugins has started are found again, also those that left its process group. */
export const callVariable = 'WARDROUND_CALL';

export interface GuestSurroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly execArgv: readonly string[];
}

/**
 * What a process that plugins run in finds around it, and so do the programs that it starts. Together with
 * {@link enterSurroundings}, which it calls before it loads a plugin, this is all of it:
 *
 * - working folder: the root of the file system, so that no disk is held and no relative path means anything of Wardround's;
 * - environment: the allow-list of `plugins/sdk/environment.ts`, and the mark of the process;
 * - arguments to Node: the limit of its heap, and none of Wardround's;
 * - umask 077: what a plugin writes is for Wardround's user, unless the plugin says otherwise;
 * - descriptors: stdin is empty, stdout and stderr are read by Wardround, one is the channel to it; none is inherited.
 */
export function surroundingsOf({
  heapMb,
  mark,
}: {
  readonly heapMb: number;
  readonly mark: string;
}): GuestSurroundings {
  return {
    cwd: parse(process.execPath).root,
    env: { ...plainEnvironment(process.env), [callVariable]: mark },
    execArgv: [`--max-old-space-size=${heapMb}`],
  };
}

/** What a process must do itself, before it loads a plugin. */
export function enterSurroundings(): void {
  process.umask(0o077);
  closeInherited();
}

/** `O_CLOEXEC` in `/proc/<pid>/fdinfo`, in octal. */
const closeOnExec = 0o2000000;

/**
 * Closes what this process was handed besides its standard streams, such as a database that the service manager opened.
 * Node sees to the first descriptors only. All that Node opens itself is marked to be closed at the next exec, so what has
 * no such mark came from outside. On Linux; elsewhere there is no list of them.
 */
function closeInherited(): void {
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
