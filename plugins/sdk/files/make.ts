import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fromText, type ByteString } from './bytes.js';
import type { CopyOutcome } from './copy-file.js';
import {
  FileEngineError,
  type CopySnapshot,
  type Keeps,
  type MadeSnapshot,
  type MakeSnapshot,
} from './engine-types.js';
import { describeCopy, describeNew, type SnapshotAbout } from './describe-snapshot.js';
import { freeSpace, noSpace, writeError } from './errors.js';
import { Findings } from './findings.js';
import { Gauge } from './gauge.js';
import { gather, type GatheredItem } from './gather.js';
import type { FileEntry, ManifestEntry } from './manifest.js';
import { makeFolders } from './make-folders.js';
import type { Metadata } from './metadata.js';
import type { Operation, Task } from './operation.js';
import { confirm } from './locate.js';
import { jobFolder, partialFolder, parts, snapshotFolder, type FoundAddress, type FoundPlace } from './places.js';
import { openPrevious, type PreviousSnapshot } from './previous.js';
import { probeKeeps } from './probe.js';
import { removeBelow, sweep } from './remove.js';
import { folderIdentity, type ScannedItem } from './scan.js';
import { isFile, readSnapshotFiles, writeSnapshotFiles } from './snapshot-folder.js';
import { requireSame } from './trust.js';
import { isSameEntry, judgeUnchanged } from './unchanged.js';
import { fromManifest, writeItems, type FileToWrite } from './write-items.js';

type ScannedFile = Extract<ScannedItem, { type: 'file' }>;

/** See `FileEngine.makeSnapshot`. */
export function make(options: Task<MakeSnapshot>, operation: Operation): Promise<MadeSnapshot> {
  return orNothing(options, operation, () => makeFromTrees(options, operation));
}

/** See `FileEngine.copySnapshot`. */
export function copy(options: Task<CopySnapshot>, operation: Operation): Promise<MadeSnapshot> {
  return orNothing(options, operation, () => copyFromSnapshot(options, operation));
}

/** What failed half-way is of no use, and the disk may be the one that the computer itself needs room on. */
async function orNothing(
  address: FoundAddress,
  { onNotice }: Operation,
  work: () => Promise<MadeSnapshot>,
): Promise<MadeSnapshot> {
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

async function makeFromTrees(options: Task<MakeSnapshot>, operation: Operation): Promise<MadeSnapshot> {
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
  sayReadAgain(outcomes, files, options, findings);
  // In the order of the items, which is that of the manifest.
  const entries = items.flatMap(({ path }) => copied.get(path) ?? []);
  const describe = (about: Counted) =>
    describeNew({ ...about, keeps, startedAt: new Date(startedAt).toISOString() }, options.origin);
  return finish(options, { partial, entries, outcomes, describe, warnings: findings.warnings });
}

async function copyFromSnapshot(options: Task<CopySnapshot>, operation: Operation): Promise<MadeSnapshot> {
  const findings = new Findings('unreadable', operation.onNotice);
  const { info, entries } = readSnapshotFiles(options.from);
  requireSame(info, options, options.from);
  const { partial, keeps } = begin(options, operation);
  const previous = openPrevious(options, options.previous, keeps, findings);
  const files = fromManifest(fromText(join(options.from, parts.files)), entries.filter(isFile), (entry) => {
    const before = previous?.entry(entry.path);
    return previous && before && isSameEntry(entry, before) ? previous.link(before, null) : null;
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
  const describe = (about: Counted) => describeCopy(info, { ...about, keeps, startedAt: info.startedAt });
  return finish(options, { partial, entries, outcomes, describe, warnings: findings.warnings });
}

function refuseTaken(address: FoundAddress): void {
  const place = snapshotFolder(address);
  if (existsSync(place)) throw new FileEngineError('exists', `${place} is already there`, place);
}

/** Makes the empty folder that is filled. */
function begin(address: FoundAddress, operation: Operation): { partial: string; keeps: Keeps } {
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
    from: item.from,
    size: item.size,
    move: item.owned,
    link:
      previous && before && verdict.verdict !== 'changed'
        ? previous.link(before, verdict.verdict === 'doubtful' ? verdict.because : null)
        : null,
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
      return file.link ? { ...file.link.entry, ...(outcome.readAgain ? { live: outcome.readAgain } : {}) } : null;
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

type Counted = Omit<SnapshotAbout, 'keeps' | 'startedAt'>;

interface Copied {
  readonly partial: string;
  readonly entries: readonly ManifestEntry[];
  readonly outcomes: readonly CopyOutcome[];
  readonly describe: (about: Counted) => Parameters<typeof writeSnapshotFiles>[2];
  readonly warnings: number;
}

function finish(address: FoundAddress, { partial, entries, outcomes, describe, warnings }: Copied): MadeSnapshot {
  const files = entries.filter(isFile);
  const counts = {
    files: files.length,
    directories: entries.filter(({ type }) => type === 'directory').length,
    symlinks: entries.filter(({ type }) => type === 'symlink').length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
  };
  const { job, name } = address;
  writeSnapshotFiles(partial, entries, describe({ job, name, finishedAt: new Date().toISOString(), ...counts }));
  confirm(address);
  const writtenBytes = outcomes.reduce((sum, outcome) => sum + (outcome.kind === 'written' ? outcome.file.size : 0), 0);
  const linkedFiles = outcomes.filter(({ kind }) => kind === 'linked').length;
  return { place: snapshotFolder(address), ...counts, linkedFiles, writtenBytes, warnings };
}
