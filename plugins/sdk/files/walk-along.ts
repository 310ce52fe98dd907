import { joinBytes, type ByteString } from './bytes.js';
import { nameOf } from './file-place.js';
import type { FolderItem } from './open-folder.js';
import { FoldersAbove } from './path-order.js';

interface Cursor {
  readonly path: ByteString;
  /** In the order of their names. */
  readonly items: readonly FolderItem[];
  next: number;
}

/**
 * Compares what lies in folders with the entries of a manifest, while these come in the order of their paths: only what the
 * folders above the one in hand hold is in memory.
 */
export class WalkAlong {
  readonly #above = new FoldersAbove<Cursor>((cursor) => this.#passRest(cursor));
  readonly #top: Cursor;

  /** @param onStranger takes what no entry names, with its path */
  constructor(
    top: readonly FolderItem[],
    private readonly onStranger: (path: ByteString, item: FolderItem) => void,
  ) {
    this.#top = cursorOf('', top);
  }

  /** @returns what lies at the path of the next entry; null if nothing does */
  meet(path: ByteString): FolderItem | null {
    const above = this.#above.advance(path);
    const cursor = path.includes('/') ? above : this.#top;
    if (!cursor) return null;
    const name = nameOf(path);
    for (let item = cursor.items[cursor.next]; item && item.name <= name; item = cursor.items[cursor.next]) {
      cursor.next += 1;
      if (item.name === name) return item;
      this.#pass(cursor, item);
    }
    return null;
  }

  /** The entry that was met last is a folder, and holds these. */
  enter(path: ByteString, items: readonly FolderItem[]): void {
    this.#above.enter(path, cursorOf(path, items));
  }

  /** There are no further entries. */
  end(): void {
    this.#above.end();
    this.#passRest(this.#top);
  }

  #passRest(cursor: Cursor): void {
    for (const item of cursor.items.slice(cursor.next)) this.#pass(cursor, item);
    cursor.next = cursor.items.length;
  }

  #pass({ path }: Cursor, item: FolderItem): void {
    this.onStranger(joinBytes(path, item.name), item);
  }
}

function cursorOf(path: ByteString, items: readonly FolderItem[]): Cursor {
  return { path, items: [...items].sort((a, b) => (a.name < b.name ? -1 : 1)), next: 0 };
}
