/**
 * Tells in a stream of text where a marker stands, which can be split over chunks. What could be the beginning of the marker
 * is held back until the next chunk, or the end, says whether it is.
 */
export class MarkedText {
  private held = '';
  private seen = false;

  constructor(
    private readonly marker: string,
    private readonly onText: (text: string) => void,
  ) {}

  /** Whether the marker has come. */
  get isComplete(): boolean {
    return this.seen;
  }

  /** @returns what is behind the marker; empty before it has come */
  push(text: string): string {
    if (this.seen) return text;
    const all = this.held + text;
    const at = all.indexOf(this.marker);
    if (at >= 0) {
      this.seen = true;
      this.held = '';
      this.emit(all.slice(0, at));
      return all.slice(at + this.marker.length);
    }
    this.held = all.slice(all.length - this.beginningAtEnd(all));
    this.emit(all.slice(0, all.length - this.held.length));
    return '';
  }

  /** No more can come. */
  end(): void {
    const { held } = this;
    this.held = '';
    this.emit(held);
  }

  private beginningAtEnd(text: string): number {
    const longest = Math.min(text.length, this.marker.length - 1);
    for (let length = longest; length > 0; length--) {
      if (this.marker.startsWith(text.slice(text.length - length))) return length;
    }
    return 0;
  }

  private emit(text: string): void {
    if (text !== '') this.onText(text);
  }
}
