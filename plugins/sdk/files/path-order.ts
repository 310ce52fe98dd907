import type { ByteString } from './bytes.js';

/**
 * The folders that hold what comes now, while paths come in the order of their bytes. What a folder holds need not
 * follow it at once: `records-old` is between `records` and `records/a`, since `-` comes before `/`. A folder is left
 * when nothing of it can come any more; then the innermost goes first.
 */
export class FoldersAbove<Folder> {
  readonly #open: { readonly below: ByteString; readonly folder: Folder }[] = [];

  constructor(private readonly onLeave: (folder: Folder) => void = () => undefined) {}

  /** Leaves what is complete before `path`. @returns the folder that holds it; undefined if that did not come before */
  advance(path: ByteString): Folder | undefined {
    for (let last = this.#open.at(-1); last && isPast(path, last.below); last = this.#open.at(-1)) this.#leave();
    const parent = path.slice(0, path.lastIndexOf('/') + 1);
    // The folders that wait beside it are further in than it.
    return this.#open.findLast(({ below }) => below === parent)?.folder;
  }

  enter(path: ByteString, folder: Folder): void {
    this.#open.push({ below: `${path}/`, folder });
  }

  /** Nothing comes any more. */
  end(): void {
    while (this.#open.length > 0) this.#leave();
  }

  #leave(): void {
    const last = this.#open.pop();
    if (last) this.onLeave(last.folder);
  }
}

function isPast(path: ByteString, below: ByteString): boolean {
  return path > below && !path.startsWith(below);
}
