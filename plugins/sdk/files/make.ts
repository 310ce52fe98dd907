import type { CopyOutcome } from './copy-file.js';
import type { MadeOfSources, MakeSnapshot } from './engine-types.js';
import { freeSpace, noSpace } from './errors.js';
import { describeNew } from './describe-snapshot.js';
import { Findings } from './findings.js';
import { finishSnapshot } from './finish-snapshot.js';
import type { FileEntry } from './manifest.js';
import type { Operation, Task } from './operation.js';
import { entryOf, OutcomeCounts } from './outcomes.js';
import { fillPartial, type PartialSnapshot } from './partial-snapshot.js';
import { PlanFile, type PlannedFile, type PlannedItem } from './plan-file.js';
import { scanAll, type Scanned } from './plan-snapshot.js';
import { jobFolder, type FoundPlace } from './places.js';
import { BatchPool, isSmall } from './pool.js';
import { openPrevious, type PreviousSnapshot } from './previous.js';
import { SourceTallies } from './source-counts.js';
import { SnapshotWriter } from './snapshot-writer.js';
import { judgeUnchanged } from './unchanged.js';
import { finishItems, isBegunFirst, writeFiles, type FileToWrite, type Written } from './write-items.js';

/** See `FileEngine.makeSnapshot`. */
export function make(options: Task<MakeSnapshot>, operation: Operation): Promise<MadeOfSources> {
  return fillPartial(options, operation, { resumes: false }, async (partial) => {
    const plan = new PlanFile(partial.folder);
    try {
      return await makeFromTrees(options, partial, plan, operation);
    } finally {
      plan.close();
    }
  });
}

async function makeFromTrees(
  options: Task<MakeSnapshot>,
  partial: PartialSnapshot,
  plan: PlanFile,
  operation: Operation,
): Promise<MadeOfSources> {
  const findings = new Findings('unreadable', operation.onNotice);
  const startedAt = Date.now();
  const { keeps } = partial;
  const tallies = new SourceTallies();
  const scanned = await scanAll(plan, { options, partial, startedAt, tallies, findings, operation });
  operation.gauge.setTotals(scanned.files, scanned.bytes);
  const previous = openPrevious(partial.job, options, options.previous, keeps, findings);
  try {
    requireSpace(plan, partial, previous, scanned.bytesOnDisk);
    const counts = new OutcomeCounts();
    const writer = new SnapshotWriter(partial.folder);
    try {
      await writeAll(plan, scanned, { partial, previous, counts, writer, tallies, findings, operation });
      findings.throwIfErrors();
      finishItems(partial.files.ref, plan.others(), { keeps, exactModes: false }, operation.gauge);
    } catch (error) {
      writer.close();
      throw error;
    }
    sayReadAgain(counts, options, findings);
    const describe = (about: Parameters<typeof describeNew>[0]) => describeNew(about, options.origin);
    const about = { startedAt: new Date(startedAt).toISOString(), describe };
    const made = finishSnapshot(options, partial, writer, about, { counts, warnings: findings.warnings });
    const sources = tallies.count(options.sources.map(({ source }) => source));
    return { ...made, sources, found: (options.lookFor ?? []).filter((path) => scanned.found.has(path)) };
  } finally {
    previous?.close();
  }
}

interface Filling {
  readonly partial: PartialSnapshot;
  readonly previous: PreviousSnapshot | null;
  readonly counts: OutcomeCounts;
  readonly writer: SnapshotWriter;
  readonly tallies: SourceTallies;
  readonly findings: Findings;
  readonly operation: Operation;
}

/** Copies or links all files, and writes the manifest along with them. */
async function writeAll(plan: PlanFile, { files, bytes, largest }: Scanned, filling: Filling): Promise<void> {
  const { partial, previous, counts, writer, tallies, findings, operation } = filling;
  const pool = new BatchPool(operation.gauge, isSmall(files, bytes));
  const rules = { keeps: partial.keeps, exactModes: false };
  try {
    previous?.rewind();
    await writeFiles(
      { root: partial.files.ref, previous: previous?.root ?? null, rules, resumes: false },
      {
        items: plan.items(),
        toWrite: (item: PlannedItem) => (item.type === 'file' ? fileToWrite(item, previous) : null),
        first: largest.all().flatMap((file) => largeToWrite(file, previous) ?? []),
        onWritten: ({ item, file, outcome }: Written<PlannedItem>) => {
          if (item.type !== 'file') return writer.add(item);
          const entry = writtenEntry(file, outcome, counts, findings);
          if (!entry) return;
          writer.add(entry);
          tallies.copied(item.origin, entry.size);
        },
      },
      pool,
      operation.gauge,
    );
  } finally {
    await pool.close();
  }
}

/** Stops before anything is written if there is not enough room. What can be shared needs none, which is looked at only if it matters. */
function requireSpace(
  plan: PlanFile,
  { files: into }: PartialSnapshot,
  previous: PreviousSnapshot | null,
  bytesOnDisk: number,
): void {
  const free = freeSpace(into.address);
  if (!free || free.bytes >= bytesOnDisk) return;
  let needed = bytesOnDisk;
  if (previous) {
    needed = 0;
    previous.rewind();
    for (const item of plan.items()) {
      if (item.type !== 'file' || item.owned) continue;
      if (!fileToWrite(item, previous).link) needed += item.size;
    }
  }
  if (free.bytes < needed) throw noSpace('ENOSPC', into.path, needed);
}

function fileToWrite(item: PlannedFile, previous: PreviousSnapshot | null): FileToWrite {
  return asToWrite(item, previous?.entry(item.path), previous);
}

/** Null if it is none that is started first. */
function largeToWrite(item: PlannedFile, previous: PreviousSnapshot | null): FileToWrite | null {
  const before = previous?.largeEntry(item.path, item.size);
  if (before === null) return null;
  const file = asToWrite(item, before, previous);
  return isBegunFirst(file) ? file : null;
}

function asToWrite(item: PlannedFile, before: FileEntry | undefined, previous: PreviousSnapshot | null): FileToWrite {
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

/** What the manifest says of a file; null, and a notice, if it was not copied. */
function writtenEntry(
  file: FileToWrite | null,
  outcome: CopyOutcome | null,
  counts: OutcomeCounts,
  findings: Findings,
): FileEntry | null {
  if (!file || !outcome) return null;
  counts.add(file, outcome);
  return entryOf(outcome, file, findings);
}

/** Not of files that had just been changed: those are read again in every run. */
function sayReadAgain({ readAgain }: OutcomeCounts, place: FoundPlace, { onNotice }: Findings): void {
  if (readAgain === 0) return;
  const which = readAgain === 1 ? '1 file was' : `${readAgain} files were`;
  const text = `${which} read again, because size and time alone do not prove that nothing changed; the content is the same`;
  onNotice({ level: 'info', place: jobFolder(place), text });
}
