import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { BatchResult } from './batch.js';
import { fromText, joinBytes, toText, type ByteString } from './bytes.js';
import { missingFolder, type Difference } from './check-file.js';
import { FileEngineError, type CheckedSnapshot, type SnapshotInfo } from './engine-types.js';
import { describeErrno, errnoOf, writeError } from './errors.js';
import { OpenFolders, placesBelow } from './file-place.js';
import { Findings, mostErrors } from './findings.js';
import { divided, inOrder, isLarge, type Piece } from './in-order.js';
import { closeToOthers, isOurs, openJob } from './job-folder.js';
import type { FileEntry, ManifestEntry } from './manifest.js';
import { metadataDifference, type WriteRules } from './metadata.js';
import { identityOf, unsafe, usingFolder, usingFolderFor, type OpenFolder } from './open-folder.js';
import { confirm } from './locate.js';
import type { Operation } from './operation.js';
import { requireSame } from './trust.js';
import { copyAnewMarker, partialName, parts, snapshotFolder, type FoundAddress } from './places.js';
import { BatchPool, isSmall } from './pool.js';
import { SnapshotReader, usingSnapshot } from './snapshot-folder.js';
import { patiently } from './stall.js';
import { putOnDisk } from './sync.js';
import { WalkAlong } from './walk-along.js';

/** See `FileEngine.verifySnapshot`. */
export async function verify(address: FoundAddress, operation: Operation): Promise<CheckedSnapshot> {
  const place = snapshotFolder(address);
  const job = openJob(address);
  if (!job) throw notThere(place);
  return usingFolderFor(job, async () => {
    const isPartial = job.lstat(partialName(address)) !== null;
    const isWhole = job.lstat(address.name) !== null;
    if (!isPartial && !isWhole) throw notThere(place);
    if (isPartial && isWhole) throw new FileEngineError('exists', `${place} already exists`, place);
    if (isPartial) closeToOthers(job, operation.onNotice);
    return usingFolderFor(job.child(isPartial ? partialName(address) : address.name), async (folder) => {
      if (isPartial && !isOurs(folder, job)) {
        throw unsafe(folder.path, `belongs to user ${folder.stats.uid}: find out who created it`);
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
    const [info] = await Promise.all([
      compare(folder, address, operation),
      isPartial ? patiently(operation.gauge, putOnDisk(folder, operation.onNotice)) : null,
    ]);
    setVerified(folder, info);
    if (isPartial) giveName(job, folder, address);
    else confirm(address, job);
    const { files, bytes, manifestSha256 } = info;
    return { place: snapshotFolder(address), files, bytes, manifestSha256 };
  } catch (error) {
    if (error instanceof FileEngineError && error.code === 'not-verified') {
      // A drive that was pulled out in the middle is not a damaged snapshot.
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
    const text = `${place} cannot be written, so the next snapshot may share damaged files: ${describeErrno(error)}`;
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
      throw unsafe(job.pathOf(address.name), 'was replaced: check who else can write there');
    }
    job.sync();
    if (job.lstat(copyAnewMarker)) job.unlink(copyAnewMarker);
  } catch (error) {
    throw writeError(error, job.path, 0);
  }
}

async function compare(folder: OpenFolder, address: FoundAddress, operation: Operation): Promise<SnapshotInfo> {
  return usingSnapshot(SnapshotReader.open(folder), async (reader) => {
    const { info } = reader;
    requireSame(info, address, toText(folder.path));
    operation.gauge.setTotals(info.files, info.bytes);
    const differences = new Differences(folder, operation);
    for (const stray of strayParts(folder)) differences.ofStructure(stray);
    const stored = folder.childIfThere(parts.files);
    if (stored) await usingFolderFor(stored, () => compareAll(stored, reader, differences, operation));
    else differences.ofStructure({ path: '', text: 'it is missing' });
    differences.report();
    return info;
  });
}

/** What is wrong, of which only so much is held as anybody reads. */
class Differences {
  private readonly structure: Difference[] = [];
  private readonly content: Difference[] = [];

  constructor(
    private readonly folder: OpenFolder,
    private readonly operation: Operation,
  ) {}

  ofStructure(difference: Difference): void {
    this.structure.push(difference);
    this.reportIfMany();
  }

  ofContent(difference: Difference): void {
    this.content.push(difference);
    this.reportIfMany();
  }

  /** @throws FileEngineError `not-verified` if there are any */
  report(): void {
    const findings = new Findings('not-verified', this.operation.onNotice);
    const root = this.folder.pathOf(parts.files);
    for (const { path, text } of [...this.structure, ...this.content]) {
      findings.add('error', joinBytes(root, path), `does not match what was copied: ${text}`);
    }
    findings.throwIfErrors();
  }

  private reportIfMany(): void {
    if (this.structure.length + this.content.length >= mostErrors) this.report();
  }
}

async function compareAll(
  stored: OpenFolder,
  reader: SnapshotReader,
  differences: Differences,
  { gauge }: Operation,
): Promise<void> {
  const { files, bytes, keeps } = reader.info;
  const rules: WriteRules = { keeps, exactModes: false };
  const pool = new BatchPool(gauge, isSmall(files, bytes));
  const structure = new Structure(stored, rules, differences);
  const check = (entries: readonly FileEntry[]) => pool.submit({ kind: 'check', root: stored.ref, entries, rules });
  try {
    const early = new Map<ByteString, Promise<BatchResult>>();
    for (const entry of reader.largest.all().filter(({ size }) => isLarge(size))) {
      await pool.room();
      early.set(entry.path, check([entry]));
    }
    function* pieces(): Generator<Piece<ManifestEntry>> {
      const entries = reader.entries({ withChecksums: true });
      for (const part of divided(entries, (entry) => (entry.type === 'file' ? entry.size : null))) {
        for (const entry of part) structure.compare(entry);
        const ofFiles = part.filter((entry) => entry.type === 'file');
        const begun = ofFiles[0] && early.get(ofFiles[0].path);
        yield { items: part, start: () => (ofFiles.length === 0 ? null : (begun ?? check(ofFiles))) };
      }
    }
    await inOrder(pieces(), pool, gauge, (_, result) => {
      for (const difference of result?.differences ?? []) differences.ofContent(difference);
    });
    structure.end();
  } finally {
    structure.close();
    await pool.close();
  }
}

function strayParts(folder: OpenFolder): Difference[] {
  const known: readonly string[] = Object.values(parts);
  const stray = folder.names().filter((name) => !known.includes(name));
  return stray.map((name) => ({ path: fromText(join('..', toText(name))), text: 'it does not belong to a snapshot' }));
}

/** Compares folders and links, and looks for what the manifest does not name. The contents of files are left to the threads. */
class Structure {
  private readonly folders = new OpenFolders();
  private readonly at: ReturnType<typeof placesBelow>;
  private readonly walk: WalkAlong;

  constructor(
    root: OpenFolder,
    private readonly rules: WriteRules,
    private readonly differences: Differences,
  ) {
    this.at = placesBelow(root.ref);
    this.walk = new WalkAlong(root.items(), (path) =>
      differences.ofStructure({ path, text: 'it is not in the manifest' }),
    );
  }

  /** In the order of the manifest. */
  compare(entry: ManifestEntry): void {
    this.walk.meet(entry.path);
    if (entry.type === 'file' || (entry.type === 'symlink' && !this.rules.keeps.symlinks)) return;
    const { folder, name } = this.at(entry.path);
    try {
      const parent = this.folders.get(folder);
      const text = entryDifference(parent, name, entry, this.rules);
      if (text !== null) this.differences.ofStructure({ path: entry.path, text });
      if (text === null && entry.type === 'directory') this.enter(parent, name, entry);
    } catch (error) {
      if (error instanceof FileEngineError && error.code === 'not-verified') throw error;
      this.differences.ofStructure({ path: entry.path, text: missingFolder(error) });
    }
  }

  end(): void {
    this.walk.end();
  }

  close(): void {
    this.folders.close();
  }

  private enter(parent: OpenFolder, name: ByteString, { path }: ManifestEntry): void {
    usingFolder(parent.child(name), (child) => this.walk.enter(path, child.items()));
  }
}

function entryDifference(parent: OpenFolder, name: ByteString, entry: ManifestEntry, rules: WriteRules): string | null {
  const stats = parent.lstat(name);
  if (!stats) return 'it is missing';
  if (entry.type === 'directory') {
    return stats.isDirectory() ? metadataDifference(stats, entry, entry.type, rules) : 'it is not a folder';
  }
  if (!stats.isSymbolicLink()) return 'it is not a symbolic link';
  const leadsElsewhere = entry.type === 'symlink' && parent.readlink(name) !== entry.target;
  return leadsElsewhere ? 'its target is different' : metadataDifference(stats, entry, entry.type, rules);
}
