import { atStart, replaced, type Found, type Range, type ReadStates } from './found.js';

/** A secret that is broken over more lines than this is not one that a program prints. */
const mostHeld = 20;

interface HeldLine<Of> {
  readonly of: Of;
  readonly text: string;
}

/**
 * Redacts lines that follow each other. A line that ends with what may be the beginning of a secret is held back until the next
 * one has come.
 */
export class HeldLines<Of> {
  private held: HeldLine<Of>[] = [];
  private before: ReadStates = atStart;

  constructor(
    private readonly find: (text: string, before: ReadStates) => Found,
    private readonly handOver: (of: Of, text: string) => void,
  ) {}

  push(of: Of, text: string): void {
    this.held.push({ of, text });
    this.handOverAllBut(this.held.length >= mostHeld ? 'none' : 'unfinished');
  }

  /** No more can come: hands over what was held back. */
  end(): void {
    if (this.held.length > 0) this.handOverAllBut('none');
  }

  private handOverAllBut(kept: 'unfinished' | 'none'): void {
    const { held } = this;
    const { ranges, unfinishedFrom, states } = this.find(textOf(held), this.before);
    const heldFrom = kept === 'none' ? null : unfinishedFrom;
    const lastFrom = textOf(held.slice(0, -1)).length + (held.length > 1 ? 1 : 0);
    // It began in a line before the last one: all of them are read again together with what follows.
    if (heldFrom !== null && heldFrom < lastFrom) return;
    const done = heldFrom === null ? held : held.slice(0, -1);
    this.held = held.slice(done.length);
    if (heldFrom === null) this.before = states;
    else if (done.length > 0) this.before = this.find(textOf(done), this.before).states;
    let from = 0;
    for (const { of, text } of done) {
      this.handOver(of, replaced(text, within(ranges, from, text)));
      from += text.length + 1;
    }
  }
}

function textOf(lines: readonly HeldLine<unknown>[]): string {
  return lines.map(({ text }) => text).join('\n');
}

/** The parts of ranges that are in a text that begins there. */
function within(ranges: readonly Range[], from: number, { length }: string): readonly Range[] {
  return ranges
    .map(({ start, end }) => ({ start: Math.max(0, start - from), end: Math.min(length, end - from) }))
    .filter(({ start, end }) => end > start);
}
