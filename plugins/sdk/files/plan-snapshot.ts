import { findAccessLists } from './access-lists.js';
import { fromText, type ByteString } from './bytes.js';
import type { MakeSnapshot } from './engine-types.js';
import type { Findings } from './findings.js';
import { gather, type GatheredItem } from './gather.js';
import { LargestFiles } from './largest-files.js';
import type { Metadata } from './metadata.js';
import type { Operation, Task } from './operation.js';
import type { PartialSnapshot } from './partial-snapshot.js';
import type { PlanFile, PlannedFile } from './plan-file.js';
import { jobFolder, type FoundPlace } from './places.js';
import { folderIdentity, type ScanOptions } from './scan.js';
import type { SourceTallies } from './source-counts.js';
import { FolderMaker } from './write-items.js';

/** What is needed to find all that is to be copied. */
export interface Scanning {
  readonly options: Task<MakeSnapshot> & FoundPlace;
  readonly partial: PartialSnapshot;
  readonly startedAt: number;
  readonly tallies: SourceTallies;
  readonly findings: Findings;
  readonly operation: Operation;
}

export interface Scanned {
  files: number;
  bytes: number;
  /** What they take if none of them is shared. */
  bytesOnDisk: number;
  readonly largest: LargestFiles<PlannedFile>;
  /** The folders that were looked for and met. */
  readonly found: Set<string>;
}

/** Takes note of all that is to be copied, and makes the folders for it. */
export async function scanAll(plan: PlanFile, scanning: Scanning): Promise<Scanned> {
  const { options, partial, startedAt, tallies, findings, operation } = scanning;
  const scanned: Scanned = {
    files: 0,
    bytes: 0,
    bytesOnDisk: 0,
    largest: new LargestFiles(({ size }) => size),
    found: new Set(),
  };
  const wanted = new Map(options.lookFor?.map((path): [ByteString, string] => [fromText(path), path]));
  const folders = new FolderMaker(partial.files.ref, operation.gauge);
  const lists = new AccessLists(findings);
  const scan = scanOptions(options, findings, operation);
  try {
    for (const some of inParts(gather(options.sources, implicitFolder(startedAt), scan))) {
      for (const item of await lists.without(some)) {
        if (item.from !== null) tallies.scanned(item.origin, item.type === 'file');
        if (item.type === 'file') {
          scanned.files += 1;
          scanned.bytes += item.size;
          if (!item.owned) scanned.bytesOnDisk += Math.min(item.size, item.bytesOnDisk);
          scanned.largest.add(item);
        } else if (item.type === 'directory') {
          const path = item.from === null ? undefined : wanted.get(item.from);
          if (path !== undefined) scanned.found.add(path);
          folders.make({ ...item, type: 'directory' });
        }
        plan.add(item);
      }
    }
    lists.tell();
    return scanned;
  } finally {
    folders.close();
  }
}

const partItems = 8192;

function* inParts(items: Iterable<GatheredItem>): Generator<GatheredItem[]> {
  let part: GatheredItem[] = [];
  for (const item of items) {
    part.push(item);
    if (part.length < partItems) continue;
    yield part;
    part = [];
  }
  yield part;
}

/** Access lists are not kept, which is said once; and no mode gives more than before without its list. */
class AccessLists {
  private first: ByteString | null = null;
  private count = 0;

  constructor(private readonly findings: Findings) {}

  async without(items: readonly GatheredItem[]): Promise<readonly GatheredItem[]> {
    const listed = items.flatMap(({ from, mode, type }) =>
      from === null || type === 'symlink' ? [] : [{ path: from, mode }],
    );
    const allowed = await findAccessLists(listed);
    const first = allowed.keys().next();
    if (first.done) return items;
    this.first ??= first.value;
    this.count += allowed.size;
    return items.map((item) => {
      const bits = item.from === null ? undefined : allowed.get(item.from);
      return bits === undefined ? item : { ...item, mode: item.mode & bits };
    });
  }

  tell(): void {
    if (this.first === null) return;
    const count = this.count === 1 ? 'one access list is' : `${this.count.toLocaleString('en')} access lists are`;
    const text = `has an access list (ACL): ${count} not kept; who was named in them may do less in the copy`;
    this.findings.add('warning', this.first, text);
  }
}

function scanOptions(options: Task<MakeSnapshot> & FoundPlace, findings: Findings, { gauge }: Operation): ScanOptions {
  const leaveOutPaths = new Set(options.leaveOutPaths?.map(fromText));
  return { gauge, leaveOut: leftOut(options), leaveOutPaths, onNotice: findings.onNotice };
}

function leftOut(options: Task<MakeSnapshot> & FoundPlace): ReadonlySet<string> {
  const folders = [options.root, jobFolder(options), ...(options.leaveOut ?? [])];
  return new Set(folders.flatMap((folder) => folderIdentity(fromText(folder)) ?? []));
}

function implicitFolder(startedAt: number): Metadata {
  return { mtimeUs: startedAt * 1000, mode: 0o755, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}
