/** So many are begun first. */
const most = 64;

/**
 * Some of the largest files of many. Work begins with them, so that no thread is left alone with much in the end; only these
 * are held, however many large ones there are.
 */
export class LargestFiles<File extends { readonly path: string }> {
  #files: File[] = [];
  #isCut = false;

  constructor(private readonly sizeOf: (file: File) => number) {}

  add(file: File): void {
    this.#files.push(file);
    if (this.#files.length >= 2 * most) this.#cut();
  }

  /** The largest first. */
  all(): readonly File[] {
    this.#cut();
    return this.#files;
  }

  /** @returns undefined if it is not among them */
  find(path: string): File | undefined {
    return this.all().find((file) => file.path === path);
  }

  /** Whether a file of this size would be among them if there were one. */
  wouldHold(size: number): boolean {
    const smallest = this.all().at(-1);
    return !this.#isCut || (smallest !== undefined && size > this.sizeOf(smallest));
  }

  #cut(): void {
    this.#files.sort((a, b) => this.sizeOf(b) - this.sizeOf(a));
    if (this.#files.length <= most) return;
    this.#files = this.#files.slice(0, most);
    this.#isCut = true;
  }
}
