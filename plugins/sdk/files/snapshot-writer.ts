import { fromText } from './bytes.js';
import { formatChecksumLine } from './checksums.js';
import type { SnapshotInfo } from './engine-types.js';
import { LineFile } from './line-file.js';
import { encodeEntry, manifestHeader, type ManifestEntry } from './manifest.js';
import type { OpenFolder } from './open-folder.js';
import { parts } from './places.js';
import { checksumHead } from './snapshot-folder.js';

/** What the lines of a manifest come to. */
export interface EntryCounts {
  readonly files: number;
  readonly directories: number;
  readonly symlinks: number;
  readonly bytes: number;
}

/** Writes `manifest.jsonl`, `SHA256SUMS` and `snapshot.json`, entry by entry. @throws FileEngineError if they cannot be written. */
export class SnapshotWriter {
  readonly #manifest: LineFile;
  readonly #checksums: LineFile;
  readonly #counts = { files: 0, directories: 0, symlinks: 0, bytes: 0 };

  constructor(private readonly folder: OpenFolder) {
    this.#manifest = new LineFile(folder, parts.manifest);
    this.#checksums = new LineFile(folder, parts.checksums);
    this.#manifest.add(`${manifestHeader}\n`);
    // Its place is kept: what it says is known last.
    this.#checksums.add(checksumHead(unknownSum, unknownSum));
  }

  /** In the order of the manifest. */
  add(entry: ManifestEntry): void {
    this.#manifest.add(fromText(`${encodeEntry(entry)}\n`));
    if (entry.type === 'directory') this.#counts.directories += 1;
    else if (entry.type === 'symlink') this.#counts.symlinks += 1;
    else {
      this.#counts.files += 1;
      this.#counts.bytes += entry.size;
      this.#checksums.add(formatChecksumLine(entry.sha256, `${parts.files}/${entry.path}`));
    }
  }

  finish(describe: (counts: EntryCounts, manifestSha256: string) => SnapshotInfo): SnapshotInfo {
    const manifestSha256 = this.#manifest.end();
    const info = describe({ ...this.#counts }, manifestSha256);
    const infoFile = new LineFile(this.folder, parts.info);
    infoFile.add(fromText(`${JSON.stringify(info, null, 2)}\n`));
    this.#checksums.overwriteHead(checksumHead(manifestSha256, infoFile.end()));
    this.#checksums.close();
    return info;
  }

  close(): void {
    this.#manifest.close();
    this.#checksums.close();
  }
}

const unknownSum = '0'.repeat(64);
