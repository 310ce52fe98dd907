import { createHash } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import type { SnapshotToStore } from '../destination.js';
import { toBuffer, toText } from './bytes.js';
import { FileEngineError } from './engine-types.js';
import { decodeEntry, pathChecker, requireHeader, type ManifestEntry } from './manifest.js';
import { readLines } from './manifest-lines.js';

/** One thing of a snapshot, as a destination's plugin sees it. */
export type ManifestItem = {
  /** Below `files/`, with `/`, as its folder is before it; for people where its bytes are no UTF-8. */
  readonly path: string;
  readonly pathBytes: Buffer;
  /** Microseconds since 1970. */
  readonly mtimeUs: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
} & (
  | { readonly type: 'file'; readonly size: number; readonly sha256: string }
  | { readonly type: 'directory' }
  | { readonly type: 'symlink'; readonly target: string; readonly targetBytes: Buffer }
);

/**
 * What a snapshot holds, in the order of the paths' bytes, line by line: however many files it has, only a few of them are in
 * memory.
 * @throws FileEngineError `not-a-snapshot` at a line that is broken or leads astray; `not-verified` in the end if it is not the
 * manifest whose checksum is stated
 */
export async function* readManifest(
  snapshot: Pick<SnapshotToStore, 'manifest' | 'manifestSha256'>,
): AsyncGenerator<ManifestItem, void, undefined> {
  const { manifest, manifestSha256 } = snapshot;
  const { O_RDONLY, O_NOFOLLOW = 0 } = constants;
  const fd = openSync(manifest, O_RDONLY | O_NOFOLLOW);
  try {
    const hash = createHash('sha256');
    const check = pathChecker(process.platform === 'win32');
    const lines = readLines(fd, (chunk) => hash.update(chunk));
    requireHeader(lines.next().value, manifest);
    for (const line of lines) {
      const entry = decodeEntry(line);
      check(entry);
      yield itemOf(entry);
    }
    if (manifestSha256 !== undefined && hash.digest('hex') !== manifestSha256) {
      throw new FileEngineError('not-verified', `${manifest} is not the manifest that was verified`, manifest);
    }
  } finally {
    closeSync(fd);
  }
}

function itemOf(entry: ManifestEntry): ManifestItem {
  const { mtimeUs, mode, uid, gid } = entry;
  const base = { path: toText(entry.path), pathBytes: toBuffer(entry.path), mtimeUs, mode, uid, gid };
  switch (entry.type) {
    case 'file':
      return { ...base, type: 'file', size: entry.size, sha256: entry.sha256 };
    case 'directory':
      return { ...base, type: 'directory' };
    case 'symlink':
      return { ...base, type: 'symlink', target: toText(entry.target), targetBytes: toBuffer(entry.target) };
  }
}
