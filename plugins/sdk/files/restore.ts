import { toText } from './bytes.js';
import type { CopyOutcome } from './copy-file.js';
import { FileEngineError, type RestoreSnapshot } from './engine-types.js';
import { freeSpace, noSpace } from './errors.js';
import { pathOfPlace } from './file-place.js';
import { Findings } from './findings.js';
import { openToRestore } from './open-to-restore.js';
import { usingFolder, usingFolderFor, type OpenFolder } from './open-folder.js';
import type { Operation, Task } from './operation.js';
import { parts } from './places.js';
import { probeKeeps } from './probe.js';
import { openTarget } from './restore-target.js';
import { selectPaths } from './selected-paths.js';
import { isFile, readSnapshotFiles } from './snapshot-folder.js';
import { putOnDisk } from './sync.js';
import { requireSame, requireTrusted } from './trust.js';
import { fromManifest, writeItems, type FileToWrite } from './write-items.js';

interface Restored {
  readonly files: number;
  readonly bytes: number;
}

/** See `FileEngine.restoreSnapshot`. */
export async function restore(options: Task<RestoreSnapshot>, operation: Operation): Promise<Restored> {
  return usingFolderFor(openToRestore(options), (snapshot) => restoreFrom(snapshot, options, operation));
}

async function restoreFrom(
  snapshot: OpenFolder,
  options: Task<RestoreSnapshot>,
  operation: Operation,
): Promise<Restored> {
  const { entries: all, info } = readSnapshotFiles(snapshot);
  const place = toText(snapshot.path);
  requireSame(info, options, place);
  if (options.owner && options.manifestSha256 === undefined) requireTrusted(info, options.name, place, options.owner);
  const selection = selectPaths(options.paths);
  const entries = all.filter((entry) => selection.has(entry));
  const [unmatched] = selection.unmatched();
  if (unmatched !== undefined) {
    throw new FileEngineError(
      'not-found',
      `the snapshot ${place} holds no ${unmatched}: nothing was restored`,
      unmatched,
    );
  }
  const target = openTarget(options.to);
  return usingFolderFor(target.folder, async (to) => {
    const findings = new Findings('not-verified', operation.onNotice);
    const keeps = probeKeeps(to);
    const files = usingFolder(snapshot.child(parts.files), ({ ref }) =>
      fromManifest(ref, entries.filter(isFile), () => null),
    );
    const symlinks = entries.filter((entry) => entry.type === 'symlink');
    if (symlinks.length > 0 && !keeps.symlinks) {
      findings.add('warning', to.path, `takes no symbolic links: ${symlinks.length} are not restored`);
    }
    if (!keeps.modes && process.platform !== 'win32') {
      findings.add('warning', to.path, 'keeps no modes: what is restored is open to all who may use its file system');
    }
    const neededBytes = files.reduce((sum, { size }) => sum + size, 0);
    operation.gauge.setTotals(files.length, neededBytes);
    const free = freeSpace(to.address);
    if (free && free.bytes < neededBytes) throw noSpace('ENOSPC', to.path, neededBytes);

    const directories = entries.filter((entry) => entry.type === 'directory');
    const rules = { keeps, exactModes: true };
    const outcomes = await writeItems(to.ref, { directories, files, symlinks, previous: null }, rules, operation.gauge);
    const restored = countRestored(outcomes, files, findings);
    target.finish();
    findings.throwIfErrors();
    await putOnDisk(to, operation.onNotice);
    return restored;
  });
}

/** Counts what was written as the manifest says. Whatever was not is an error that names it. */
function countRestored(outcomes: readonly CopyOutcome[], files: readonly FileToWrite[], findings: Findings): Restored {
  let count = 0;
  let bytes = 0;
  const byIndex = new Map(outcomes.map((outcome) => [outcome.index, outcome]));
  for (const [index, file] of files.entries()) {
    const outcome = byIndex.get(index);
    if (outcome?.kind === 'written') {
      count += 1;
      bytes += outcome.file.size;
    } else {
      const why = outcome && 'text' in outcome ? outcome.text : 'it was not written';
      findings.add('error', pathOfPlace(file.from), `is not restored: ${why}`);
    }
  }
  return { files: count, bytes };
}
