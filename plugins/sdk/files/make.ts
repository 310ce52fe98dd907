import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fromText, type ByteString } from './bytes.js';
import type { CopyOutcome } from './copy-file.js';
import {
  FileEngineError,
  type CopySnapshot,
  type Keeps,
  type MadeOfSources,
  type MadeSnapshot,
  type MakeSnapshot,
  type SnapshotAddress,
  type SnapshotInfo,
} from './engine-types.js';
import { freeSpace, noSpace, writeError } from './errors.js';
import { Findings } from './findings.js';
import { Gauge } from './gauge.js';
import { gather, type GatheredItem } from './gather.js';
import type { FileEntry, ManifestEntry } from './manifest.js';
import { makeFolders } from './make-folders.js';
import type { Metadata } from './metadata.js';
import type { Operation, Task } from './operation.js';
import { jobFolder, partialFolder, parts, snapshotFolder } from './places.js';
import { openPrevious, type PreviousSnapshot } from './previous.js';
import { probeKeeps } from './probe.js';
import { removeBelow, sweep } from './remove.js';
import { countSources } from './source-counts.js';
import { folderIdentity } from './scan.js';
import { isFile, readSnapshotFiles, writeSnapshotFiles } from './snapshot-folder.js';
import { isSameEntry, judgeUnchanged } from './unchanged.js';
import { fromManifest, writeItems, type FileToWrite } from './write-items.js';

type ScannedFile = Extract<GatheredItem, { type: 'file' }>;

/** See `FileEngine.makeSnapshot`. */
export function make(options: Task<MakeSnapshot>, operation: Operation): Promise<MadeOfSources> {
  return orNothing(options, operation, () => makeFromTrees(options, operation));
}

/** See `FileEngine.copySnapshot`. */
export function copy(options: Task<CopySnapshot>, operation: Operation): Promise<MadeSnapshot> {
  return orNothing(options, operation, () => copyFromSnapshot(options, operation));
}

/** What failed half-way is of no use, and the disk may be the one that the computer itself needs room on. */
async function orNothing<Made extends MadeSnapshot>(
  address: SnapshotAddress,
  { onNotice }: Operation,
  work: () => Promise<Made>,
): Promise<Made> {
  refuseTaken(address);
  try {
    return await work();
  } catch (error) {
    const partial = partialFolder(address);
    // A gauge of its own: the operation's may have been told to stop.
    if (existsSync(partial)) removeBelow(fromText(partial), { gauge: new Gauge(), onNotice });
    throw error;
  }
}

async function makeFromTrees(options: Task<MakeSnapshot>, operation: Operation): Promise<MadeOfSources> {
  const findings = new Findings('unreadable', operation.onNotice);
  const startedAt = Date.now();
  const { partial, keeps } = begin(options, operation);
  const items = gather(options.sources, implicitFolder(startedAt), {
    gauge: operation.gauge,
    leaveOut: leftOut(options),
    onNotice: findings.onNotice,
  });
  const previous = openPrevious(options, options.previous, keeps, findings);
  const scanned = items.filter(isScannedFile);
  const files = scanned.map((item) => fileToWrite(item, previous));
  const sizes = new Map(scanned.map((item) => [item.path, Math.min(item.size, item.bytesOnDisk)]));
  plan(partial, files, (file) => sizes.get(file.path) ?? file.size, operation);

  const others = items.flatMap(otherEntry);
  const outcomes = await writeItems(
    fromText(join(partial, parts.files)),
    {
      directories: others.filter((entry) => entry.type === 'directory'),
      symlinks: others.filter((entry) => entry.type === 'symlink'),
      files,
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
  // In the order of the items, which is that of the manifest.
  const entries = items.flatMap(({ path }) => copied.get(path) ?? []);
  const about = { ...options.origin, startedAt: new Date(startedAt).toISOString() };
  const made = finish(options, { partial, keeps, entries, outcomes, about, warnings: findings.warnings });
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

async function copyFromSnapshot(options: Task<CopySnapshot>, operation: Operation): Promise<MadeSnapshot> {
  const findings = new Findings('unreadable', operation.onNotice);
  const { info, entries } = readSnapshotFiles(options.from);
  const { partial, keeps } = begin(options, operation);
  const previous = openPrevious(options, options.previous, keeps, findings);
  const files = fromManifest(fromText(join(options.from, parts.files)), entries.filter(isFile), (entry) => {
    const before = previous?.entry(entry.path);
    return previous && before && isSameEntry(entry, before) ? previous.link(before) : null;
  });
  plan(partial, files, (file) => file.size, operation);
  const outcomes = await writeItems(
    fromText(join(partial, parts.files)),
    {
      directories: entries.filter((entry) => entry.type === 'directory'),
      symlinks: entries.filter((entry) => entry.type === 'symlink'),
      files,
    },
    { keeps, exactModes: false },
    operation.gauge,
  );
  for (const outcome of outcomes) entryOf(outcome, files[outcome.index], findings);
  findings.throwIfErrors();
  const { server, runId, startedAt } = info;
  const about = { server, runId, startedAt };
  return finish(options, { partial, keeps, entries, outcomes, about, warnings: findings.warnings });
}

function refuseTaken(address: SnapshotAddress): void {
  const place = snapshotFolder(address);
  if (existsSync(place)) throw new FileEngineError('exists', `${place} is already there`, place);
}

/** Makes the empty folder that is filled. */
function begin(address: SnapshotAddress, operation: Operation): { partial: string; keeps: Keeps } {
  const partial = partialFolder(address);
  try {
    // Only who runs Wardround may enter, unless a person opens the folder to others.
    makeFolders(jobFolder(address));
    sweep(address, operation);
    mkdirSync(join(partial, parts.files), { recursive: true, mode: 0o755 });
  } catch (error) {
    throw writeError(error, fromText(partial), 0);
  }
  return { partial, keeps: probeKeeps(partial) };
}

/** Sets the totals, and stops before anything is written if there is not enough room. */
function plan(
  partial: string,
  files: readonly FileToWrite[],
  bytesOnDisk: (file: FileToWrite) => number,
  { gauge }: Operation,
): void {
  gauge.setTotals(
    files.length,
    files.reduce((sum, { size }) => sum + size, 0),
  );
  const needed = files.reduce((sum, file) => sum + (file.link || file.move ? 0 : bytesOnDisk(file)), 0);
  const free = freeSpace(fromText(partial));
  if (free && free.bytes < needed) throw noSpace('ENOSPC', fromText(partial), needed);
}

function leftOut({ root, job, leaveOut = [] }: Task<MakeSnapshot>): ReadonlySet<string> {
  const folders = [root, jobFolder({ root, job }), ...leaveOut];
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
  const shared = previous && before && judgeUnchanged(item, before, previous.startedUs).unchanged;
  return {
    path: item.path,
    from: item.from,
    size: item.size,
    move: item.owned,
    link: shared ? previous.link(before) : null,
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
  switch (outcome.kind) {
    case 'linked':
      return file.link?.entry ?? null;
    case 'written':
      if (outcome.changedMeanwhile) findings.add('warning', file.from, 'changed while it was copied');
      return fileEntry(file.path, outcome.file);
    case 'vanished':
      findings.add('warning', file.from, 'vanished before it was copied');
      return null;
    case 'special':
      findings.add('warning', file.from, 'is left out: it is no regular file any more');
      return null;
    case 'unreadable':
      findings.add('error', file.from, `cannot be read: ${outcome.text}`);
      return null;
    case 'damaged':
      findings.add('error', file.from, `is damaged: ${outcome.text}`);
      return null;
  }
}

function fileEntry(path: ByteString, file: Extract<CopyOutcome, { kind: 'written' }>['file']): FileEntry {
  const { size, mtimeUs, mode, uid, gid, sha256 } = file;
  return { path, type: 'file', size, mtimeUs, mode, uid, gid, sha256 };
}

interface Copied {
  readonly partial: string;
  readonly keeps: Keeps;
  readonly entries: readonly ManifestEntry[];
  readonly outcomes: readonly CopyOutcome[];
  readonly about: Pick<SnapshotInfo, 'server' | 'runId' | 'startedAt'>;
  readonly warnings: number;
}

function finish(
  address: SnapshotAddress,
  { partial, keeps, entries, outcomes, about, warnings }: Copied,
): MadeSnapshot {
  const files = entries.filter(isFile);
  const counts = {
    files: files.length,
    directories: entries.filter(({ type }) => type === 'directory').length,
    symlinks: entries.filter(({ type }) => type === 'symlink').length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
  };
  writeSnapshotFiles(partial, entries, {
    format: 'wardround-snapshot',
    version: 1,
    job: address.job,
    name: address.name,
    ...about,
    finishedAt: new Date().toISOString(),
    ...counts,
    keeps,
  });
  const writtenBytes = outcomes.reduce((sum, outcome) => sum + (outcome.kind === 'written' ? outcome.file.size : 0), 0);
  const linkedFiles = outcomes.filter(({ kind }) => kind === 'linked').length;
  return { place: snapshotFolder(address), ...counts, linkedFiles, writtenBytes, warnings };
}
