import { describeCopy } from './describe-snapshot.js';
import type { CopySnapshot, MadeSnapshot } from './engine-types.js';
import { freeSpace, noSpace, readError } from './errors.js';
import { Findings } from './findings.js';
import { finishSnapshot } from './finish-snapshot.js';
import type { FileEntry, ManifestEntry } from './manifest.js';
import { usingFolder, usingFolderFor, type OpenFolder } from './open-folder.js';
import type { Operation, Task } from './operation.js';
import { entryOf, OutcomeCounts } from './outcomes.js';
import { fillPartial, type PartialSnapshot } from './partial-snapshot.js';
import { parts } from './places.js';
import { BatchPool, isSmall } from './pool.js';
import { openPrevious, type PreviousSnapshot } from './previous.js';
import { reachFolder } from './reach-folder.js';
import { pruneTo } from './resume-partial.js';
import { SnapshotReader, usingSnapshot } from './snapshot-folder.js';
import { SnapshotWriter } from './snapshot-writer.js';
import { requireSame } from './trust.js';
import { isSameEntry } from './unchanged.js';
import {
  finishItems,
  FolderMaker,
  fromManifest,
  isBegunFirst,
  writeFiles,
  type FileToWrite,
  type Written,
} from './write-items.js';

/** See `FileEngine.copySnapshot`. */
export async function copy(options: Task<CopySnapshot>, operation: Operation): Promise<MadeSnapshot> {
  return usingFolderFor(openFrom(options.from), (from) =>
    fillPartial(options, operation, { resumes: true }, (partial) =>
      usingSnapshot(SnapshotReader.open(from), (reader) => copyFrom(reader, { options, from, partial, operation })),
    ),
  );
}

interface Copying {
  readonly options: Task<CopySnapshot>;
  /** The snapshot that is copied. */
  readonly from: OpenFolder;
  readonly partial: PartialSnapshot;
  readonly operation: Operation;
}

function openFrom(from: string): OpenFolder {
  try {
    return reachFolder(from);
  } catch (error) {
    throw readError(error, from);
  }
}

async function copyFrom(reader: SnapshotReader, copying: Copying): Promise<MadeSnapshot> {
  const { options, partial, operation } = copying;
  const { info } = reader;
  requireSame(info, options, options.from);
  operation.gauge.setTotals(info.files, info.bytes);
  const findings = new Findings('unreadable', operation.onNotice);
  const previous = openPrevious(partial.job, options, options.previous, partial.keeps, findings);
  try {
    requireSpace(reader, copying, previous);
    makeFolders(reader, copying);
    const counts = new OutcomeCounts();
    const writer = new SnapshotWriter(partial.folder);
    try {
      previous?.rewind();
      await writeAll(reader, copying, { previous, counts, writer, findings });
      findings.throwIfErrors();
      const rules = { keeps: partial.keeps, exactModes: false };
      finishItems(partial.files.ref, reader.others(), rules, operation.gauge);
    } catch (error) {
      writer.close();
      throw error;
    }
    sayResumed(counts, copying);
    const describe = (about: Parameters<typeof describeCopy>[1]) => describeCopy(info, about);
    const about = { startedAt: info.startedAt, describe };
    return finishSnapshot(options, partial, writer, about, { counts, warnings: findings.warnings });
  } finally {
    previous?.close();
  }
}

interface Filling {
  readonly previous: PreviousSnapshot | null;
  readonly counts: OutcomeCounts;
  readonly writer: SnapshotWriter;
  readonly findings: Findings;
}

async function writeAll(reader: SnapshotReader, copying: Copying, filling: Filling): Promise<void> {
  const { from, partial, operation } = copying;
  const { previous, counts, writer, findings } = filling;
  const { files, bytes } = reader.info;
  const stored = usingFolder(from.child(parts.files), ({ ref }) => ref);
  const inTurn = fromManifest(stored, (entry) => linkTo(entry, previous?.entry(entry.path)));
  const first = reader.largest.all().flatMap((entry) => {
    const before = previous?.largeEntry(entry.path, entry.size);
    const file = before === null ? null : fromManifest(stored, () => linkTo(entry, before))(entry);
    return file && isBegunFirst(file) ? [file] : [];
  });
  const rules = { keeps: partial.keeps, exactModes: false };
  const { resumes } = partial;
  const writing = { root: partial.files.ref, previous: previous?.root ?? null, rules, resumes };
  const pool = new BatchPool(operation.gauge, isSmall(files, bytes));
  try {
    const work = {
      items: reader.entries({ withChecksums: true }),
      toWrite: (entry: ManifestEntry): FileToWrite | null => (entry.type === 'file' ? inTurn(entry) : null),
      first,
      onWritten: ({ item, file, outcome }: Written<ManifestEntry>) => {
        writer.add(item);
        if (!file || !outcome) return;
        counts.add(file, outcome);
        entryOf(outcome, file, findings);
      },
    };
    await writeFiles(writing, work, pool, operation.gauge);
  } finally {
    await pool.close();
  }
}

function linkTo(entry: FileEntry, before: FileEntry | undefined): FileToWrite['link'] {
  return before && isSameEntry(entry, before) ? { entry: before, doubt: null } : null;
}

function makeFolders(reader: SnapshotReader, { partial, operation }: Copying): void {
  const { files, resumes } = partial;
  if (resumes) pruneTo(files, reader.entries(), operation);
  const folders = new FolderMaker(files.ref, operation.gauge, resumes);
  try {
    for (const entry of reader.others()) if (entry.type === 'directory') folders.make(entry);
  } finally {
    folders.close();
  }
}

/** Stops before anything is written if there is not enough room. What can be shared needs none, which is looked at only if it matters. */
function requireSpace(reader: SnapshotReader, { partial }: Copying, previous: PreviousSnapshot | null): void {
  // What is there already is not known: only the writing shows whether there is room.
  if (partial.resumes) return;
  const free = freeSpace(partial.files.address);
  if (!free || free.bytes >= reader.info.bytes) return;
  let needed = 0;
  previous?.rewind();
  for (const entry of reader.entries()) {
    if (entry.type === 'file' && !linkTo(entry, previous?.entry(entry.path))) needed += entry.size;
  }
  if (free.bytes < needed) throw noSpace('ENOSPC', partial.files.path, needed);
}

function sayResumed({ resumedFiles }: OutcomeCounts, { partial: { folder }, operation }: Copying): void {
  if (resumedFiles === 0) return;
  const which = resumedFiles === 1 ? '1 file was' : `${resumedFiles} files were`;
  const text = `${which} there already, left by an interrupted copy: read, found right, and not copied again`;
  operation.onNotice({ level: 'info', place: folder.path, text });
}
