import { spawn, spawnSync } from 'node:child_process';
import { asUtf8, fromText, toBuffer, toText, type ByteString } from './bytes.js';

/** A file or folder that may have an access list (POSIX ACL) besides its mode. */
export interface Listed {
  readonly path: ByteString;
  readonly mode: number;
}

/**
 * Which bits of its mode a copy may have where a file has an access list. The list itself is not kept, and with one the group's
 * bits of the mode are the list's mask, the most that anybody named in it may do: taken for the group's rights they would give
 * the group what it never had.
 */
export type AllowedBits = ReadonlyMap<ByteString, number>;

const none: AllowedBits = new Map();

/**
 * Looks for access lists. Node cannot read them: `getfacl` is asked, or, where it is missing, `ls`, which shows only that there
 * is one (then the group keeps no more than all others have). Elsewhere than on Linux, or with neither program, none are found.
 */
export async function findAccessLists(items: readonly Listed[]): Promise<AllowedBits> {
  if (process.platform !== 'linux' || items.length === 0) return none;
  return (await askGetfacl(items)) ?? askLs(items.filter(givesGroupMore));
}

/** The same for a single file. */
export async function modeWithoutList(path: string, mode: number): Promise<number> {
  const allowed = await findAccessLists([{ path: fromText(path), mode }]);
  return mode & (allowed.get(fromText(path)) ?? 0o7777);
}

/** Null if there is no such program. */
function askGetfacl(items: readonly Listed[]): Promise<AllowedBits | null> {
  return new Promise((resolve) => {
    const child = spawn('getfacl', ['--skip-base', '--absolute-names', '--numeric', '--physical', '-'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    // It takes one name a line, so it cannot be asked for these.
    const [lines, others] = [items.filter(fitsLine), items.filter((item) => !fitsLine(item) && givesGroupMore(item))];
    let output = '';
    child.stdout.setEncoding('latin1').on('data', (chunk: string) => (output += chunk));
    child.on('error', () => resolve(null));
    // It ends with 1 where some of the files have gone meanwhile.
    child.on('close', () => resolve(new Map([...parseLists(output), ...others.map(asIfListed)])));
    child.stdin.on('error', () => undefined);
    child.stdin.end(lines.map(({ path }) => `${path}\n`).join(''), 'latin1');
  });
}

/** As getfacl writes names. */
function unescape(text: string): ByteString {
  return text.replaceAll(/\\(?:\\|([0-7]{3}))/g, (_, octal: string | undefined) =>
    octal === undefined ? '\\' : String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** @param output of `getfacl --numeric`: one paragraph for each file with a list, beginning with its name. */
export function parseLists(output: string): AllowedBits {
  const found = new Map<ByteString, number>();
  for (const paragraph of output.split('\n\n')) {
    const name = /^# file: (.*)$/m.exec(paragraph)?.[1];
    if (name !== undefined) found.set(unescape(name), allowedBits(paragraph));
  }
  return found;
}

/** Who is named in the list falls back to what the group or all others may do: so these get no more than each of the named. */
function allowedBits(paragraph: string): number {
  const entries = [...paragraph.matchAll(/^(user|group|mask|other):(\d*):([r-])([w-])([x-])/gm)].map(
    ([, kind, id, r, w, x]) => ({
      kind,
      isNamed: id !== '',
      bits: (r === 'r' ? 4 : 0) | (w === 'w' ? 2 : 0) | (x === 'x' ? 1 : 0),
    }),
  );
  const mask = entries.find(({ kind }) => kind === 'mask')?.bits ?? 7;
  const least = (kinds: readonly string[]): number =>
    entries
      .filter(({ kind, isNamed }) => isNamed && kinds.includes(kind ?? ''))
      .reduce((bits, entry) => bits & entry.bits & mask, 7);
  const group = entries.find(({ kind, isNamed }) => kind === 'group' && !isNamed)?.bits ?? 0;
  return 0o7700 | ((group & mask & least(['user'])) << 3) | least(['user', 'group']);
}

function fitsLine({ path }: Listed): boolean {
  return !path.includes('\n');
}

/** What cannot be told is taken for one that has a list. */
function asIfListed({ path, mode }: Listed): [ByteString, number] {
  return [path, 0o7707 | ((mode & 7) << 3)];
}

function givesGroupMore({ mode }: Listed): boolean {
  return ((mode >> 3) & ~mode & 7) !== 0;
}

/** So many names fit on any command line. */
const atATime = 200;

/** For {@link findAccessLists}: where there is no getfacl. */
export function askLs(items: readonly Listed[]): AllowedBits {
  const found = new Map<ByteString, number>();
  for (let start = 0; start < items.length; start += atATime) {
    const some = items.slice(start, start + atATime);
    const named = some.filter(({ path }) => asUtf8(path) !== null);
    const args = ['-ldnU', '--quoting-style=c', '--', ...named.map(({ path }) => toText(path))];
    const ran = spawnSync('ls', args, { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 * 1024 * 1024 });
    const lines = toBuffer(ran.stdout?.toString('latin1') ?? '')
      .toString()
      .trimEnd()
      .split('\n');
    // One that knows no such options shows no lists either.
    if (ran.error || ran.status === null || ran.status > 1 || (ran.status === 1 && lines[0] === '')) return found;
    const isWhole = lines.length === named.length;
    for (const item of some) {
      const line = isWhole ? lines[named.indexOf(item)] : undefined;
      if (line === undefined || /^.{10}\+/.test(line)) found.set(...asIfListed(item));
    }
  }
  return found;
}
