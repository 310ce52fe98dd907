import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fromText, joinBytes } from './bytes.js';
import { FileEngineError, type RestoreSnapshot } from './engine-types.js';
import { freeSpace, noSpace, writeError } from './errors.js';
import { Findings } from './findings.js';
import { makeFolders } from './make-folders.js';
import type { Operation, Task } from './operation.js';
import { parts, snapshotFolder } from './places.js';
import { probeKeeps } from './probe.js';
import { isFile, readSnapshotFiles } from './snapshot-folder.js';
import { putOnDisk } from './sync.js';
import { fromManifest, writeItems } from './write-items.js';

/** See `FileEngine.restoreSnapshot`. */
export async function restore(
  options: Task<RestoreSnapshot>,
  operation: Operation,
): Promise<{ files: number; bytes: number }> {
  const findings = new Findings('not-verified', operation.onNotice);
  const folder = snapshotFolder(options);
  if (!existsSync(folder)) throw new FileEngineError('not-found', `there is no snapshot ${folder}`, folder);
  const { entries, info } = readSnapshotFiles(folder);
  prepare(options.to);
  const keeps = probeKeeps(options.to);
  const from = fromText(join(folder, parts.files));
  const files = fromManifest(from, entries.filter(isFile), () => null);
  const symlinks = entries.filter((entry) => entry.type === 'symlink');
  if (symlinks.length > 0 && !keeps.symlinks) {
    findings.add('warning', fromText(options.to), `takes no symbolic links: ${symlinks.length} are not restored`);
  }
  operation.gauge.setTotals(files.length, info.bytes);
  const free = freeSpace(fromText(options.to));
  if (free && free.bytes < info.bytes) throw noSpace('ENOSPC', fromText(options.to), info.bytes);

  const directories = entries.filter((entry) => entry.type === 'directory');
  const rules = { keeps, exactModes: true };
  const outcomes = await writeItems(fromText(options.to), { directories, files, symlinks }, rules, operation.gauge);
  let bytes = 0;
  for (const outcome of outcomes) {
    const path = files[outcome.index]?.path ?? '';
    if (outcome.kind === 'written') bytes += outcome.file.size;
    if (outcome.kind === 'damaged') findings.add('error', joinBytes(from, path), `is not restored: ${outcome.text}`);
  }
  findings.throwIfErrors();
  await putOnDisk(options.to, operation.onNotice);
  return { files: files.length, bytes };
}

function prepare(to: string): void {
  if (!isAbsolute(to)) throw new FileEngineError('bad-argument', `"${to}" is not an absolute path`, to);
  try {
    makeFolders(to);
    if (readdirSync(to).length === 0) return;
  } catch (error) {
    throw writeError(error, fromText(to), 0);
  }
  throw new FileEngineError(
    'not-empty',
    `${to} is not empty: name an empty folder, or one that does not exist yet`,
    to,
  );
}
