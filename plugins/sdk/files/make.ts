import { findAccessLists } from './access-lists.js';
import { fromText, type ByteString } from './bytes.js';
import type { CopyOutcome } from './copy-file.js';
import type { CopySnapshot, MadeOfSources, MadeSnapshot, MakeSnapshot, Notice, SnapshotInfo } from './engine-types.js';
import { freeSpace, noSpace, readError } from './errors.js';
import { pathOfPlace } from './file-place.js';
import { describeCopy, describeNew, type SnapshotAbout } from './describe-snapshot.js';
import { Findings } from './findings.js';
import { confirm } from './locate.js';
import { requireSame } from './trust.js';
import { gather, type GatheredItem } from './gather.js';
import type { FileEntry, ManifestEntry } from './manifest.js';
import type { Metadata } from './metadata.js';
import { usingFolder, usingFolderFor, type OpenFolder } from './open-folder.js';
import type { Operation, Task } from './operation.js';
import { fillPartial, type PartialSnapshot } from './partial-snapshot.js';
import { jobFolder, parts, snapshotFolder, type FoundAddress, type FoundPlace } from './places.js';
import { openPrevious, type PreviousSnapshot } from './previous.js';
import { reachFolder } from './reach-folder.js';
import { folderIdentity } from './scan.js';
import { countSources } from './source-counts.js';
import { isFile, readSnapshotFiles, writeSnapshotFiles } from './snapshot-folder.js';
import { isSameEntry, judgeUnchanged } from './unchanged.js';
import { fromManifest, writeItems, type FileToWrite } from './write-items.js';

type ScannedFile = Extract<GatheredItem, { type: 'file' }>;

/** See `FileEngine.makeSnapshot`. */
export function make(options: Task<MakeSnapshot>, operation: Operation): Promise<MadeOfSources> {
  return fillPartial(options, operation, (partial) => makeFromTrees(options, partial, operation));
}

/** See `FileEngine.copySnapshot`. */
export async function copy(options: Task<CopySnapshot>, operation: Operation): Promise<MadeSnapshot> {
  return usingFolderFor(openFrom(options.from), (from) =>
    fillPartial(options, operation, (partial) => copyFromSnapshot(options, from, partial, operation)),
  );
}

async function makeFromTrees(
  options: Task<MakeSnapshot>,
  partial: PartialSnapshot,
  operation: Operation,
): Promise<MadeOfSources> {
  const findings = new Findings('unreadable', operation.onNotice);
  const startedAt = Date.now();
  const { keeps } = partial;
  const items = await withoutAccessLists(
    gather(options.sources, implicitFolder(startedAt), {
      gauge: operation.gauge,
      leaveOut: leftOut(options),
      leaveOutPaths: new Set(options.leaveOutPaths?.map(fromText)),
      onNotice: findings.onNotice,
    }),
    findings,
  );
  const previous = openPrevious(partial.job, options, options.previous, keeps, findings);
  const scanned = items.filter(isScannedFile);
  const files = scanned.map((item) => fileToWrite(item, previous));
  const sizes = new Map(scanned.map((item) => [item.path, Math.min(item.size, item.bytesOnDisk)]));
  plan(partial.files, files, (file) => sizes.get(file.path) ?? file.size, operation);

  const others = items.flatMap(otherEntry);
  const outcomes = await writeItems(
    partial.files.ref,
    {
      directories: others.filter((entry) => entry.type === 'directory'),
      symlinks: others.filter((entry) => entry.type === 'symlink'),
      files,
      previous: previous?.root ?? null,
    },
    { keeps, exactModes: false },
    operation.gauge,
  );
  const copied = new Map(others.map((entry): [ByteString, ManifestEntry] => [entry.path, entry]));
  for (const outcome of outcomes) {
    const entry = entryOf(outcome, files[outcome.index], findings);
    if (entry) copied.set(entry.path, entry);
  }
  findings.throwIfErrors();
  sayReadAgain(outcomes, files, options, findings);
  // In the order of the items, which is that of the manifest.
  const entries = items.flatMap(({ path }) => copied.get(path) ?? []);
  const describe = (about: Counted) =>
    describeNew({ ...about, startedAt: new Date(startedAt).toISOString() }, options.origin);
  const made = finish(options, partial, { entries, outcomes, describe, warnings: findings.warnings });
  const names = options.sources.map(({ source }) => source);
  const sources = countSources(names, items, (path) => sizeOf(copied.get(path)));
  return { ...made, sources, found: foundAmong(items, options.lookFor ?? []) };
}

function sizeOf(entry: ManifestEntry | undefined): number | undefined {
  return entry?.type === 'file' ? entry.size : undefined;
}

function foundAmong(items: readonly GatheredItem[], wanted: readonly string[]): string[] {
  if (wanted.length === 0) return [];
  const folders = new Set(items.flatMap(({ type, from }) => (type === 'directory' && from !== null ? [from] : [])));
  return wanted.filter((path) => folders.has(fromText(path)));
}

/** The snapshot that is copied. */
function openFrom(from: string): OpenFolder {
  try {
    return reachFolder(from);
  } catch (error) {
    throw readError(error, from);
  }
}

async function copyFromSnapshot(
  options: Task<CopySnapshot>,
  from: OpenFolder,
  partial: PartialSnapshot,
  operation: Operation,
): Promise<MadeSnapshot> {
  const findings = new Findings('unreadable', operation.onNotice);
  const { info, entries } = readSnapshotFiles(from);
  requireSame(info, options, options.from);
  const { keeps } = partial;
  const previous = openPrevious(partial.job, options, options.previous, keeps, findings);
  const stored = usingFolder(from.child(parts.files), ({ ref }) => ref);
  const files = fromManifest(stored, entries.filter(isFile), (entry) => {
    const before = previous?.entry(entry.path);
    return previous && before && isSameEntry(entry, before) ? { entry: before, doubt: null } : null;
  });
  plan(partial.files, files, (file) => file.size, operation);
  const outcomes = await writeItems(
    partial.files.ref,
    {
      directories: entries.filter((entry) => entry.type === 'directory'),
      symlinks: entries.filter((entry) => entry.type === 'symlink'),
      files,
      previous: previous?.root ?? null,
    },
    { keeps, exactModes: false },
    operation.gauge,
  );
  for (const outcome of outcomes) entryOf(outcome, files[outcome.index], findings);
  findings.throwIfErrors();
  const describe = (about: Counted) => describeCopy(info, { ...about, startedAt: info.startedAt });
  return finish(options, partial, { entries, outcomes, describe, warnings: findings.warnings });
}

/** Sets the totals, and stops before anything is written if there is not enough room. */
function plan(
  into: OpenFolder,
  files: readonly FileToWrite[],
  bytesOnDisk: (file: FileToWrite) => number,
  { gauge }: Operation,
): void {
  gauge.setTotals(
    files.length,
    files.reduce((sum, { size }) => sum + size, 0),
  );
  const needed = files.reduce((sum, file) => sum + (file.link || file.move ? 0 : bytesOnDisk(file)), 0);
  const free = freeSpace(into.address);
  if (free && free.bytes < needed) throw noSpace('ENOSPC', into.path, needed);
}

/** Access lists are not kept, which is said once; and no mode gives more than before without its list. */
async function withoutAccessLists(
  items: readonly GatheredItem[],
  findings: Findings,
): Promise<readonly GatheredItem[]> {
  const listed = items.flatMap(({ from, mode, type }) =>
    from === null || type === 'symlink' ? [] : [{ path: from, mode }],
  );
  const allowed = await findAccessLists(listed);
  const first = allowed.keys().next();
  if (first.done) return items;
  const count = allowed.size === 1 ? 'one access list is' : `${allowed.size.toLocaleString('en')} access lists are`;
  findings.add(
    'warning',
    first.value,
    `has an access list (ACL): ${count} not kept; who was named in them may do less in the copy`,
  );
  return items.map((item) => {
    const bits = item.from === null ? undefined : allowed.get(item.from);
    return bits === undefined ? item : { ...item, mode: item.mode & bits };
  });
}

function leftOut(options: Task<MakeSnapshot> & FoundPlace): ReadonlySet<string> {
  const folders = [options.root, jobFolder(options), ...(options.leaveOut ?? [])];
  return new Set(folders.flatMap((folder) => folderIdentity(fromText(folder)) ?? []));
}

function implicitFolder(startedAt: number): Metadata {
  return { mtimeUs: startedAt * 1000, mode: 0o755, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

function isScannedFile(item: GatheredItem): item is ScannedFile {
  return item.type === 'file';
}

function fileToWrite(item: ScannedFile, previous: PreviousSnapshot | null): FileToWrite {
  const before = previous?.entry(item.path);
  const verdict = judgeUnchanged(item, before, previous?.startedUs ?? 0);
  return {
    path: item.path,
    from: item.at,
    size: item.size,
    move: item.owned,
    link:
      before && verdict.verdict !== 'changed'
        ? { entry: before, doubt: verdict.verdict === 'doubtful' ? verdict.because : null }
        : null,
    mode: item.mode,
    expected: null,
  };
}

function otherEntry(item: GatheredItem): Exclude<ManifestEntry, FileEntry>[] {
  const { path, mtimeUs, mode, uid, gid } = item;
  const base = { path, mtimeUs, mode, uid, gid };
  switch (item.type) {
    case 'directory':
      return [{ ...base, type: 'directory' }];
    case 'symlink':
      return [{ ...base, type: 'symlink', target: item.target }];
    case 'file':
      return [];
  }
}

/** What the manifest says of a file; null, and a notice, if it was not copied. */
function entryOf(outcome: CopyOutcome, file: FileToWrite | undefined, findings: Findings): FileEntry | null {
  if (!file) return null;
  const add = (level: Notice['level'], text: string): void => findings.add(level, pathOfPlace(file.from), text);
  switch (outcome.kind) {
    case 'linked':
      return file.link ? { ...file.link.entry, ...(outcome.readAgain ? { live: outcome.readAgain } : {}) } : null;
    case 'written':
      if (outcome.changedMeanwhile) add('warning', 'changed while it was copied');
      return fileEntry(file.path, outcome.file);
    case 'vanished':
      add('warning', 'vanished before it was copied');
      return null;
    case 'special':
      add('warning', 'is left out: it is no regular file any more');
      return null;
    case 'swapped':
      add('warning', `is left out: ${outcome.text}`);
      return null;
    case 'unreadable':
      add('error', `cannot be read: ${outcome.text}`);
      return null;
    case 'damaged':
      add('error', `is damaged: ${outcome.text}`);
      return null;
  }
}

/** Not of files that had just been changed: those are read again in every run. */
function sayReadAgain(
  outcomes: readonly CopyOutcome[],
  files: readonly FileToWrite[],
  place: FoundPlace,
  { onNotice }: Findings,
): void {
  const count = outcomes.filter(
    ({ index, kind }) => kind === 'linked' && ![null, undefined, 'too-recent'].includes(files[index]?.link?.doubt),
  ).length;
  if (count === 0) return;
  const which = count === 1 ? '1 file was' : `${count} files were`;
  const text = `${which} read again, since size and time alone do not prove that nothing changed; the content is the same`;
  onNotice({ level: 'info', place: jobFolder(place), text });
}

function fileEntry(path: ByteString, file: Extract<CopyOutcome, { kind: 'written' }>['file']): FileEntry {
  const { size, mtimeUs, mode, uid, gid, sha256, live } = file;
  return { path, type: 'file', size, mtimeUs, mode, uid, gid, sha256, ...(live ? { live } : {}) };
}

type Counted = Omit<SnapshotAbout, 'startedAt'>;

interface Copied {
  readonly entries: readonly ManifestEntry[];
  readonly outcomes: readonly CopyOutcome[];
  readonly describe: (about: Counted) => (manifestSha256: string) => SnapshotInfo;
  readonly warnings: number;
}

function finish(
  address: FoundAddress,
  { job: opened, folder, keeps }: PartialSnapshot,
  { entries, outcomes, describe, warnings }: Copied,
): MadeSnapshot {
  const files = entries.filter(isFile);
  const counts = {
    files: files.length,
    directories: entries.filter(({ type }) => type === 'directory').length,
    symlinks: entries.filter(({ type }) => type === 'symlink').length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
  };
  const { job, name } = address;
  writeSnapshotFiles(folder, entries, describe({ job, name, finishedAt: new Date().toISOString(), ...counts, keeps }));
  confirm(address, opened);
  const writtenBytes = outcomes.reduce((sum, outcome) => sum + (outcome.kind === 'written' ? outcome.file.size : 0), 0);
  const linkedFiles = outcomes.filter(({ kind }) => kind === 'linked').length;
  return { place: snapshotFolder(address), ...counts, linkedFiles, resumedFiles: 0, writtenBytes, warnings };
}
