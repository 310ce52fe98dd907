import { toText } from './bytes.js';
import { FileEngineError, type RestoreSnapshot } from './engine-types.js';
import { freeSpace, noSpace } from './errors.js';
import { pathOfPlace } from './file-place.js';
import { Findings } from './findings.js';
import type { DirectoryEntry, ManifestEntry, SymlinkEntry } from './manifest.js';
import type { WriteRules } from './metadata.js';
import { openToRestore } from './open-to-restore.js';
import { usingFolder, usingFolderFor, type OpenFolder } from './open-folder.js';
import type { Operation, Task } from './operation.js';
import { parts } from './places.js';
import { BatchPool, isSmall } from './pool.js';
import { probeKeeps } from './probe.js';
import { openTarget } from './restore-target.js';
import { selectPaths, type Selection } from './selected-paths.js';
import { SnapshotReader, usingSnapshot } from './snapshot-folder.js';
import { putOnDisk } from './sync.js';
import { requireSame, requireTrusted } from './trust.js';
import { finishItems, FolderMaker, fromManifest, isBegunFirst, writeFiles, type Written } from './write-items.js';

interface Restored {
  readonly files: number;
  readonly bytes: number;
}

/** See `FileEngine.restoreSnapshot`. */
export async function restore(options: Task<RestoreSnapshot>, operation: Operation): Promise<Restored> {
  return usingFolderFor(openToRestore(options), (snapshot) =>
    usingSnapshot(SnapshotReader.open(snapshot), (reader) => restoreFrom(snapshot, reader, options, operation)),
  );
}

async function restoreFrom(
  snapshot: OpenFolder,
  reader: SnapshotReader,
  options: Task<RestoreSnapshot>,
  operation: Operation,
): Promise<Restored> {
  const { info } = reader;
  const place = toText(snapshot.path);
  requireSame(info, options, place);
  if (options.owner && options.manifestSha256 === undefined) requireTrusted(info, options.name, place, options.owner);
  // All of it is looked at before anything is written.
  const wanted = select(reader, options.paths, place);
  const target = openTarget(options.to);
  return usingFolderFor(target.folder, async (to) => {
    const findings = new Findings('not-verified', operation.onNotice);
    const keeps = probeKeeps(to);
    const rules = { keeps, exactModes: true };
    if (wanted.symlinks > 0 && !keeps.symlinks) {
      findings.add('warning', to.path, `takes no symbolic links: ${wanted.symlinks} are not restored`);
    }
    if (!keeps.modes && process.platform !== 'win32') {
      findings.add(
        'warning',
        to.path,
        'does not support modes: restored files are open to all users of its file system',
      );
    }
    operation.gauge.setTotals(wanted.files, wanted.bytes);
    const free = freeSpace(to.address);
    if (free && free.bytes < wanted.bytes) throw noSpace('ENOSPC', to.path, wanted.bytes);

    makeFolders(reader, wanted, to, operation);
    const restored = await writeAll({ snapshot, reader, wanted, to, rules, findings, operation });
    finishItems(to.ref, othersOf(reader, wanted), rules, operation.gauge);
    target.finish();
    findings.throwIfErrors();
    await putOnDisk(to, operation.onNotice);
    return restored;
  });
}

/** What is restored of a snapshot, and how much that is. */
interface Wanted {
  readonly selection: Selection;
  readonly files: number;
  readonly bytes: number;
  readonly symlinks: number;
}

/** @throws FileEngineError `not-found` for a path that the snapshot does not hold; what is wrong with its manifest */
function select(reader: SnapshotReader, paths: readonly string[] | undefined, place: string): Wanted {
  const selection = selectPaths(paths);
  let [files, bytes, symlinks] = [0, 0, 0];
  for (const entry of reader.entries({ withChecksums: true })) {
    if (!selection.has(entry) || entry.type === 'directory') continue;
    if (entry.type === 'symlink') symlinks += 1;
    else {
      files += 1;
      bytes += entry.size;
    }
  }
  const [unmatched] = selection.unmatched();
  if (unmatched === undefined) return { selection, files, bytes, symlinks };
  const text = `the snapshot ${place} holds no ${unmatched}: nothing was restored`;
  throw new FileEngineError('not-found', text, unmatched);
}

function* othersOf(reader: SnapshotReader, { selection }: Wanted): Generator<DirectoryEntry | SymlinkEntry> {
  for (const entry of reader.others()) if (selection.has(entry)) yield entry;
}

function makeFolders(reader: SnapshotReader, wanted: Wanted, to: OpenFolder, { gauge }: Operation): void {
  const folders = new FolderMaker(to.ref, gauge);
  try {
    for (const entry of othersOf(reader, wanted)) if (entry.type === 'directory') folders.make(entry);
  } finally {
    folders.close();
  }
}

interface Writing {
  readonly snapshot: OpenFolder;
  readonly reader: SnapshotReader;
  readonly wanted: Wanted;
  readonly to: OpenFolder;
  readonly rules: WriteRules;
  readonly findings: Findings;
  readonly operation: Operation;
}

/** Counts what was written as the manifest says. Whatever was not is an error that names it. */
async function writeAll({ snapshot, reader, wanted, to, rules, findings, operation }: Writing): Promise<Restored> {
  const { selection, files, bytes } = wanted;
  const stored = usingFolder(snapshot.child(parts.files), ({ ref }) => ref);
  const toWrite = fromManifest(stored, () => null);
  const restored = { files: 0, bytes: 0 };
  function* selected(): Generator<ManifestEntry> {
    for (const entry of reader.entries()) if (selection.has(entry)) yield entry;
  }
  const onWritten = ({ file, outcome }: Written<ManifestEntry>): void => {
    if (!file) return;
    if (outcome?.kind === 'written') {
      restored.files += 1;
      restored.bytes += outcome.file.size;
    } else {
      const why = outcome && 'text' in outcome ? outcome.text : 'it was not written';
      findings.add('error', pathOfPlace(file.from), `is not restored: ${why}`);
    }
  };
  const pool = new BatchPool(operation.gauge, isSmall(files, bytes));
  try {
    await writeFiles(
      { root: to.ref, previous: null, rules, resumes: false },
      {
        items: selected(),
        toWrite: (entry: ManifestEntry) => (entry.type === 'file' ? toWrite(entry) : null),
        first: reader.largest
          .all()
          .filter((entry) => selection.has(entry))
          .map(toWrite)
          .filter(isBegunFirst),
        onWritten,
      },
      pool,
      operation.gauge,
    );
  } finally {
    await pool.close();
  }
  return restored;
}
