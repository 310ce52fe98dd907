import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceTree } from '../plugin.js';
import { compareBytes, fromBuffer, fromText, joinBytes, toBuffer, type ByteString } from './bytes.js';
import type { MakeSnapshot, Notice } from './engine-types.js';
import { makeSnapshot, verifySnapshot } from './engine.js';
import { fromNanoseconds } from './mtime.js';

/** What the engine's specs share. */
export const firstName = '2026-11-22T02-00-00Z';
export const secondName = '2026-11-23T02-00-00Z';
export const thirdName = '2026-11-24T02-00-00Z';

/** Long enough ago to be taken as unchanged. */
export const longAgo = 1_000_000_000.123457;

/** What a spec has before its first test. */
export const noFolder = { path: '', remove: (): void => undefined };

/** Its own folder for each test, removed with `remove`. */
export function scratchFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'wardround-files-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function tree(path: string, about: Partial<SourceTree> = {}): SourceTree {
  return { path, as: '', recursive: true, exclude: [], owned: false, ...about };
}

/** The options for a snapshot of one tree of the source `records` of the job `nightly`. */
export function snapshotOf(
  root: string,
  path: string,
  about: Partial<MakeSnapshot> = {},
): MakeSnapshot & { notices: Notice[] } {
  const notices: Notice[] = [];
  return {
    root,
    job: 'nightly',
    name: firstName,
    origin: { server: 'reception', runId: 'run-1' },
    sources: [{ source: 'records', trees: [tree(path)] }],
    onNotice: (notice) => notices.push(notice),
    notices,
    ...about,
  };
}

/** Makes a snapshot and gives it its name. */
export async function wholeSnapshot(options: MakeSnapshot): ReturnType<typeof makeSnapshot> {
  const made = await makeSnapshot(options);
  await verifySnapshot({ root: options.root, job: options.job, name: options.name });
  return made;
}

/** All that is kept of a tree, by path: type, content or target, mode, owner, and time in microseconds. */
export function described(top: string): Record<ByteString, string> {
  const found: Record<ByteString, string> = {};
  const visit = (path: ByteString, within: ByteString): void => {
    const stats = lstatSync(toBuffer(path), { bigint: true });
    const mode = stats.isSymbolicLink() ? '' : (stats.mode & 0o7777n).toString(8);
    const about = `${mode} ${stats.uid}:${stats.gid} ${fromNanoseconds(stats.mtimeNs)}`;
    if (stats.isSymbolicLink()) {
      found[within] = `link to ${fromBuffer(readlinkSync(toBuffer(path), { encoding: 'buffer' }))} ${about}`;
    } else if (stats.isFile()) {
      found[within] = `file ${readFileSync(toBuffer(path)).toString('base64')} ${about}`;
    } else {
      found[within] = `folder ${about}`;
      const names = readdirSync(toBuffer(path), { encoding: 'buffer' }).map(fromBuffer).sort(compareBytes);
      for (const name of names) visit(joinBytes(path, name), joinBytes(within, name));
    }
  };
  visit(fromText(top), '');
  return found;
}

/** Why a test cannot mount a file system here; null if it can. */
export function whyNoMount(): string | null {
  if (process.platform !== 'linux') return 'only Linux has tmpfs';
  if (process.getuid?.() !== 0) return 'only root may mount';
  const { path, remove } = scratchFolder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path]);
  if (mounted.status === 0) spawnSync('umount', [path]);
  remove();
  return mounted.status === 0 ? null : `mount does not work here: ${mounted.stderr.toString().trim()}`;
}

/** A small real file system. */
export function mountTmpfs(options: string): { path: string; unmount: () => void } {
  const { path, remove } = scratchFolder();
  mkdirSync(path, { recursive: true });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  if (mounted.status !== 0) throw new Error(mounted.stderr.toString());
  return {
    path,
    unmount: () => {
      spawnSync('umount', [path]);
      remove();
    },
  };
}
