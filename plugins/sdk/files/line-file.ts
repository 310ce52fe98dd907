import { createHash } from 'node:crypto';
import { closeSync, writeSync } from 'node:fs';
import { toBuffer, type ByteString } from './bytes.js';
import { writeError } from './errors.js';
import type { OpenFolder } from './open-folder.js';

const flushAt = 1024 * 1024;

/** A new file in a folder, written line by line. @throws FileEngineError what cannot be written */
export class LineFile {
  readonly #fd: number;
  readonly #hash = createHash('sha256');
  #text = '';
  #open = true;

  constructor(
    private readonly folder: OpenFolder,
    private readonly name: string,
  ) {
    this.#fd = this.#writing(() => folder.createFile(name));
  }

  /** @param line with its line feed */
  add(line: ByteString): void {
    this.#text += line;
    if (this.#text.length > flushAt) this.#flush();
  }

  /** Writes over the beginning, which must have been written with as many bytes. */
  overwriteHead(text: ByteString): void {
    this.#flush();
    this.#writing(() => writeSync(this.#fd, toBuffer(text), 0, text.length, 0));
  }

  /** @returns the SHA-256 of all that was added, in hex */
  end(): string {
    this.#flush();
    this.close();
    return this.#hash.digest('hex');
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#fd);
  }

  #flush(): void {
    const chunk = toBuffer(this.#text);
    this.#text = '';
    this.#hash.update(chunk);
    this.#writing(() => {
      for (let done = 0; done < chunk.length;) done += writeSync(this.#fd, chunk, done);
    });
  }

  #writing<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw writeError(error, this.folder.pathOf(this.name), 0);
    }
  }
}
