import { startState, type State } from './pattern-automaton.js';

const hidden = '•••';

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** How far each way of reading has come, between two texts that follow each other. */
export interface ReadStates {
  readonly joined: State;
  readonly decoded: State;
  readonly twice: State;
  readonly base64: State;
  readonly hex: State;
}

export const atStart: ReadStates = {
  joined: startState,
  decoded: startState,
  twice: startState,
  base64: startState,
  hex: startState,
};

export interface Found {
  readonly ranges: readonly Range[];
  /** From here on the text may be the beginning of a secret that continues in the next one; null if not. */
  readonly unfinishedFrom: number | null;
  readonly states: ReadStates;
}

/** In order, and one where they overlap. */
export function merged(ranges: readonly Range[]): readonly Range[] {
  const sorted = [...ranges].sort((a, b) => a.start - b.start || a.end - b.end);
  const apart: { start: number; end: number }[] = [];
  for (const { start, end } of sorted) {
    const last = apart.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else apart.push({ start, end });
  }
  return apart;
}

/** @param ranges in order, apart */
export function replaced(text: string, ranges: readonly Range[]): string {
  let result = '';
  let at = 0;
  for (const { start, end } of ranges) {
    result += text.slice(at, start) + hidden;
    at = end;
  }
  return result + text.slice(at);
}
