import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { intoBatches, type CheckBatch } from './batch.js';
import { fromText, joinBytes, toText, type ByteString } from './bytes.js';
import { missingFolder, type Difference } from './check-file.js';
import { FileEngineError, type CheckedSnapshot, type SnapshotInfo } from './engine-types.js';
import { describeErrno, errnoOf, writeError } from './errors.js';
import { OpenFolders, placesBelow } from './file-place.js';
import { Findings } from './findings.js';
import { closeToOthers, isOurs, openJob } from './job-folder.js';
import type { ManifestEntry } from './manifest.js';
import { metadataDifference, type WriteRules } from './metadata.js';
import { identityOf, unsafe, usingFolder, usingFolderFor, type FolderRef, type OpenFolder } from './open-folder.js';
import { confirm } from './locate.js';
import type { Operation } from './operation.js';
import { requireSame } from './trust.js';
import { copyAnewMarker, partialName, parts, snapshotFolder, type FoundAddress } from './places.js';
import { runBatches } from './pool.js';
import { isFile, readSnapshotFiles, type SnapshotFiles } from './snapshot-folder.js';
import { patiently } from './stall.js';
import { putOnDisk } from './sync.js';

/** See `FileEngine.verifySnapshot`. */
export async function verify(address: FoundAddress, operation: Operation): Promise<CheckedSnapshot> {
  const place = snapshotFolder(address);
  const job = openJob(address);
  if (!job) throw notThere(place);
  return usingFolderFor(job, async () => {
    const isPartial = job.lstat(partialName(address)) !== null;
    const isWhole = job.lstat(address.name) !== null;
    if (!isPartial && !isWhole) throw notThere(place);
    if (isPartial && isWhole) throw new FileEngineError('exists', `${place} is already there`, place);
    if (isPartial) closeToOthers(job, operation.onNotice);
    return usingFolderFor(job.child(isPartial ? partialName(address) : address.name), async (folder) => {
      if (isPartial && !isOurs(folder, job)) {
        throw unsafe(folder.path, `belongs to the user with the number ${folder.stats.uid}: see who put it there`);
      }
      return verifyIn(job, folder, address, operation);
    });
  });
}

function notThere(place: string): FileEngineError {
  return new FileEngineError('not-found', `there is no snapshot ${place}`, place);
}

async function verifyIn(
  job: OpenFolder,
  folder: OpenFolder,
  address: FoundAddress,
  operation: Operation,
): Promise<CheckedSnapshot> {
  const isPartial = folder.path === job.pathOf(partialName(address));
  try {
    // The disk writes while the processor hashes.
    const [snapshot] = await Promise.all([
      compare(folder, address, operation),
      isPartial ? patiently(operation.gauge, putOnDisk(folder, operation.onNotice)) : null,
    ]);
    setVerified(folder, snapshot.info);
    if (isPartial) giveName(job, folder, address);
    const { files, bytes, manifestSha256 } = snapshot.info;
    return { place: snapshotFolder(address), files, bytes, manifestSha256 };
  } catch (error) {
    if (error instanceof FileEngineError && error.code === 'not-verified') {
      // A drive that was pulled out in the middle is no damaged snapshot.
      confirm(address, job);
      mark(job, operation);
    }
    throw error;
  }
}

/** The time of a snapshot's folder says when it was last read back. A place that cannot be written is verified all the same. */
function setVerified(folder: OpenFolder, { keeps }: SnapshotInfo): void {
  if (!keeps.times) return;
  try {
    folder.setTime(Date.now() * 1000);
  } catch (error) {
    if (!['EROFS', 'EPERM', 'EACCES'].includes(errnoOf(error) ?? '')) throw error;
  }
}

/** Whatever has the marker's name already serves as well. */
function mark(job: OpenFolder, { onNotice }: Operation): void {
  try {
    closeSync(job.createFile(copyAnewMarker));
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    const place = toText(job.pathOf(copyAnewMarker));
    const text = `${place} cannot be written, so the next snapshot may share what is damaged: ${describeErrno(error)}`;
    onNotice({ level: 'warning', place, text });
  }
}

function giveName(job: OpenFolder, folder: OpenFolder, address: FoundAddress): void {
  confirm(address, job);
  try {
    job.rename(partialName(address), job, address.name);
    const named = job.lstat(address.name);
    // What was verified has the name, and nothing that took its place.
    if (!named || identityOf(named) !== folder.identity) {
      throw unsafe(job.pathOf(address.name), 'was replaced meanwhile: see who else may write there');
    }
    job.sync();
    if (job.lstat(copyAnewMarker)) job.unlink(copyAnewMarker);
  } catch (error) {
    throw writeError(error, job.path, 0);
  }
}

async function compare(folder: OpenFolder, address: FoundAddress, operation: Operation): Promise<SnapshotFiles> {
  const findings = new Findings('not-verified', operation.onNotice);
  const snapshot = readSnapshotFiles(folder);
  const { info, entries } = snapshot;
  requireSame(info, address, toText(folder.path));
  const rules: WriteRules = { keeps: info.keeps, exactModes: false };
  operation.gauge.setTotals(entries.filter(isFile).length, info.bytes);
  const differences = strayParts(folder);
  const stored = folder.childIfThere(parts.files);
  if (stored) {
    differences.push(...(await usingFolderFor(stored, () => differencesIn(stored, entries, rules, operation))));
  } else {
    differences.push({ path: '', text: 'it is missing' });
  }
  const root = folder.pathOf(parts.files);
  for (const { path, text } of differences)
    findings.add('error', joinBytes(root, path), `is not as it was copied: ${text}`);
  findings.throwIfErrors();
  return snapshot;
}

async function differencesIn(
  stored: OpenFolder,
  entries: readonly ManifestEntry[],
  rules: WriteRules,
  operation: Operation,
): Promise<Difference[]> {
  const checking = runBatches(checkBatches(stored.ref, entries, rules), operation.gauge);
  const folders = new OpenFolders();
  try {
    const differences = [...structureDifferences(stored, folders, entries, rules, operation)];
    for (const result of await checking) differences.push(...result.differences);
    return differences;
  } finally {
    folders.close();
  }
}

function checkBatches(root: FolderRef, entries: readonly ManifestEntry[], rules: WriteRules): CheckBatch[] {
  const batches = intoBatches(entries.filter(isFile), ({ size }) => size);
  return batches.map((batch) => ({ kind: 'check', root, entries: batch, rules }));
}

function strayParts(folder: OpenFolder): Difference[] {
  const known: readonly string[] = Object.values(parts);
  const stray = folder.names().filter((name) => !known.includes(name));
  return stray.map((name) => ({ path: fromText(join('..', toText(name))), text: 'it does not belong to a snapshot' }));
}

/** Compares folders and links, and looks for what the manifest does not name. The contents of files are left to the threads. */
function* structureDifferences(
  root: OpenFolder,
  folders: OpenFolders,
  entries: readonly ManifestEntry[],
  rules: WriteRules,
  { gauge }: Operation,
): Generator<Difference> {
  const known = new Set(entries.map(({ path }) => path));
  const at = placesBelow(root.ref);
  yield* strangers(root, '', known);
  for (const entry of entries) {
    gauge.throwIfCancelled();
    if (entry.type === 'file' || (entry.type === 'symlink' && !rules.keeps.symlinks)) continue;
    const { folder, name } = at(entry.path);
    try {
      const parent = folders.get(folder);
      const text = entryDifference(parent, name, entry, rules);
      if (text !== null) yield { path: entry.path, text };
      else if (entry.type === 'directory') {
        yield* usingFolder(parent.child(name), (child) => [...strangers(child, entry.path, known)]);
      }
    } catch (error) {
      yield { path: entry.path, text: missingFolder(error) };
    }
  }
}

function* strangers(folder: OpenFolder, path: ByteString, known: ReadonlySet<ByteString>): Generator<Difference> {
  for (const name of folder.names()) {
    const inside = joinBytes(path, name);
    if (!known.has(inside)) yield { path: inside, text: 'it is not in the manifest' };
  }
}

function entryDifference(parent: OpenFolder, name: ByteString, entry: ManifestEntry, rules: WriteRules): string | null {
  const stats = parent.lstat(name);
  if (!stats) return 'it is missing';
  if (entry.type === 'directory') {
    return stats.isDirectory() ? metadataDifference(stats, entry, entry.type, rules) : 'it is no folder';
  }
  if (!stats.isSymbolicLink()) return 'it is no symbolic link';
  const leadsElsewhere = entry.type === 'symlink' && parent.readlink(name) !== entry.target;
  return leadsElsewhere ? 'it leads elsewhere' : metadataDifference(stats, entry, entry.type, rules);
}
