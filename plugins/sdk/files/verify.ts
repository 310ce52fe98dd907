import { existsSync, lstatSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { intoBatches, type CheckBatch } from './batch.js';
import { fromBuffer, fromText, joinBytes, toBuffer, type ByteString } from './bytes.js';
import type { Difference } from './check-file.js';
import { FileEngineError, type CheckedSnapshot, type SnapshotAddress } from './engine-types.js';
import { describeErrno, writeError } from './errors.js';
import { Findings } from './findings.js';
import type { FileEntry, ManifestEntry } from './manifest.js';
import { metadataDifference, type WriteRules } from './metadata.js';
import type { Operation } from './operation.js';
import { copyAnewMarker, jobFolder, partialFolder, parts, snapshotFolder } from './places.js';
import { runBatches } from './pool.js';
import { isFile, readSnapshotFiles, type SnapshotFiles } from './snapshot-folder.js';
import { patiently } from './stall.js';
import { putOnDisk, syncFolder } from './sync.js';

/** See `FileEngine.verifySnapshot`. */
export async function verify(address: SnapshotAddress, operation: Operation): Promise<CheckedSnapshot> {
  const place = snapshotFolder(address);
  const partial = partialFolder(address);
  const isPartial = existsSync(partial);
  if (!isPartial && !existsSync(place)) throw new FileEngineError('not-found', `there is no snapshot ${place}`, place);
  if (isPartial && existsSync(place)) throw new FileEngineError('exists', `${place} is already there`, place);
  const folder = isPartial ? partial : place;
  const marker = join(jobFolder(address), copyAnewMarker);
  try {
    // The disk writes while the processor hashes.
    const [snapshot] = await Promise.all([
      compare(folder, address, operation),
      isPartial ? onDisk(folder, operation) : null,
    ]);
    if (isPartial) giveName(address, marker);
    const { files, bytes, manifestSha256 } = snapshot.info;
    return { place, files, bytes, manifestSha256 };
  } catch (error) {
    if (error instanceof FileEngineError && error.code === 'not-verified') writeFileSync(marker, '');
    throw error;
  }
}

function onDisk(folder: string, { gauge }: Operation): Promise<void> {
  return patiently(
    gauge,
    putOnDisk(folder, () => gauge.beat()),
  );
}

function giveName(address: SnapshotAddress, marker: string): void {
  const job = fromText(jobFolder(address));
  try {
    renameSync(partialFolder(address), snapshotFolder(address));
    syncFolder(job);
    rmSync(marker, { force: true });
  } catch (error) {
    throw writeError(error, job, 0);
  }
}

async function compare(folder: string, address: SnapshotAddress, operation: Operation): Promise<SnapshotFiles> {
  const findings = new Findings('not-verified', operation.onNotice);
  const snapshot = readSnapshotFiles(folder);
  const { info, entries } = snapshot;
  if (info.job !== address.job || info.name !== address.name) {
    throw new FileEngineError('not-a-snapshot', `${folder} is the snapshot ${info.name} of ${info.job}`, folder);
  }
  const root = joinBytes(fromText(folder), parts.files);
  const rules: WriteRules = { keeps: info.keeps, exactModes: false };
  const files = entries.filter(isFile);
  operation.gauge.setTotals(files.length, info.bytes);
  const checking = runBatches(checkBatches(root, files, rules), operation.gauge);
  const differences = [...strayParts(folder), ...structureDifferences(root, entries, rules, operation)];
  for (const result of await checking) differences.push(...result.differences);
  for (const { path, text } of differences)
    findings.add('error', joinBytes(root, path), `is not as it was copied: ${text}`);
  findings.throwIfErrors();
  return snapshot;
}

function checkBatches(root: ByteString, files: readonly FileEntry[], rules: WriteRules): CheckBatch[] {
  return intoBatches(files, ({ size }) => size).map((entries) => ({ kind: 'check', root, entries, rules }));
}

function strayParts(folder: string): Difference[] {
  const known: readonly string[] = Object.values(parts);
  const stray = readdirSync(folder).filter((name) => !known.includes(name));
  return stray.map((name) => ({ path: fromText(join('..', name)), text: 'it does not belong to a snapshot' }));
}

/** Compares folders and links, and looks for what the manifest does not name. The contents of files are left to the threads. */
function* structureDifferences(
  root: ByteString,
  entries: readonly ManifestEntry[],
  rules: WriteRules,
  { gauge }: Operation,
): Generator<Difference> {
  const known = new Set(entries.map(({ path }) => path));
  yield* strangers(root, '', known);
  for (const entry of entries) {
    gauge.throwIfCancelled();
    const text = entryDifference(joinBytes(root, entry.path), entry, rules);
    if (text !== null) yield { path: entry.path, text };
    else if (entry.type === 'directory') yield* strangers(root, entry.path, known);
  }
}

function* strangers(root: ByteString, folder: ByteString, known: ReadonlySet<ByteString>): Generator<Difference> {
  try {
    for (const name of readdirSync(toBuffer(joinBytes(root, folder)), { encoding: 'buffer' })) {
      const path = joinBytes(folder, fromBuffer(name));
      if (!known.has(path)) yield { path, text: 'it is not in the manifest' };
    }
  } catch (error) {
    yield { path: folder, text: describeErrno(error) };
  }
}

function entryDifference(path: ByteString, entry: ManifestEntry, rules: WriteRules): string | null {
  if (entry.type === 'file' || (entry.type === 'symlink' && !rules.keeps.symlinks)) return null;
  const stats = lstatSync(toBuffer(path), { bigint: true, throwIfNoEntry: false });
  if (!stats) return 'it is missing';
  if (entry.type === 'directory') {
    return stats.isDirectory() ? metadataDifference(stats, entry, entry.type, rules) : 'it is no folder';
  }
  if (!stats.isSymbolicLink()) return 'it is no symbolic link';
  const target = fromBuffer(readlinkSync(toBuffer(path), { encoding: 'buffer' }));
  return target === entry.target ? metadataDifference(stats, entry, entry.type, rules) : 'it leads elsewhere';
}
