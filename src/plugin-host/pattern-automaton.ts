/** A pattern that ends at a character, or may continue behind it. */
export type State = number;

export const startState: State = 0;

/**
 * Finds any number of patterns in one pass (Aho and Corasick, 1975): each character costs one step, however many patterns there
 * are. The state can be kept between two texts that follow each other.
 */
export class PatternAutomaton {
  /** The column of each character; 0: it is in no pattern. */
  private readonly columns = new Map<number, number>();
  private readonly low = new Uint16Array(256);
  private readonly width: number;
  private readonly next: Int32Array;
  /** How many characters of a pattern have been seen. */
  private readonly depths: Int32Array;
  /** The length of the longest pattern that ends here; 0: none does. */
  private readonly lengths: Int32Array;

  constructor(patterns: readonly string[]) {
    for (const pattern of patterns) for (let at = 0; at < pattern.length; at++) this.addColumn(pattern.charCodeAt(at));
    this.width = this.columns.size + 1;
    const most = 1 + patterns.reduce((sum, { length }) => sum + length, 0);
    this.next = new Int32Array(most * this.width);
    this.depths = new Int32Array(most);
    this.lengths = new Int32Array(most);
    let states = 1;
    for (const pattern of patterns) states = this.addPattern(pattern, states);
    this.linkFailures(states);
  }

  step(state: State, character: number): State {
    const column = character < 256 ? (this.low[character] ?? 0) : (this.columns.get(character) ?? 0);
    return column === 0 ? startState : (this.next[state * this.width + column] ?? startState);
  }

  /** So many characters before here may be the beginning of a pattern. */
  depthAt(state: State): number {
    return this.depths[state] ?? 0;
  }

  /** The length of the longest pattern that ends here; 0 if none does. */
  lengthAt(state: State): number {
    return this.lengths[state] ?? 0;
  }

  private addColumn(character: number): void {
    if (this.columns.has(character)) return;
    const column = this.columns.size + 1;
    this.columns.set(character, column);
    if (character < 256) this.low[character] = column;
  }

  private addPattern(pattern: string, states: number): number {
    let state = startState;
    for (let at = 0; at < pattern.length; at++) {
      const cell = state * this.width + (this.columns.get(pattern.charCodeAt(at)) ?? 0);
      if (this.next[cell] === 0) {
        this.next[cell] = states;
        this.depths[states] = at + 1;
        states++;
      }
      state = this.next[cell] ?? startState;
    }
    this.lengths[state] = pattern.length;
    return states;
  }

  /** Where a pattern does not continue, another may: one that is shorter and ends with the same characters. */
  private linkFailures(states: number): void {
    const failures = new Int32Array(states);
    const queue: State[] = [startState];
    for (const state of queue) {
      const failure = failures[state] ?? startState;
      this.lengths[state] = Math.max(this.lengthAt(state), this.lengthAt(failure));
      for (let column = 1; column < this.width; column++) {
        const cell = state * this.width + column;
        const child = this.next[cell] ?? 0;
        const other = state === startState ? startState : (this.next[failure * this.width + column] ?? startState);
        if (child === 0) {
          this.next[cell] = other;
          continue;
        }
        failures[child] = other;
        queue.push(child);
      }
    }
  }
}
