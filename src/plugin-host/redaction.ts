import { atStart, merged, replaced, type Found, type Range, type ReadStates } from './found.js';
import { HeldLines } from './held-lines.js';
import { PatternAutomaton, startState, type State } from './pattern-automaton.js';
import { withoutColours } from './printed-output.js';
import { patternsOf, type SecretPatterns } from './secret-patterns.js';
import {
  base64Character,
  base64View,
  decodedView,
  hasEscapes,
  hexCharacter,
  hexView,
  isPlainThroughout,
  joinedView,
  plainView,
  type TextView,
} from './text-views.js';

/** Where a text was cut, so many characters of a secret before the cut are hidden; fewer say too little about it. */
const shortestBeginning = 3;
/** Longer texts are read line by line: most lines can be passed over quickly. */
const readAtOnce = 4_096;
/** More than any event keeps of a text that a plugin gives back. */
const longestText = 128 * 1024;
/** How a text that was cut ends, here and wherever texts are cut. */
const cutMark = '…'.charCodeAt(0);
const equalsSign = '='.charCodeAt(0);

/**
 * Replaces secrets by ••• wherever they stand: as they are, broken over lines, in URLs, JSON, HTML, base64 (also within other
 * text, as in Basic and PLAIN authentication) and hexadecimal, and their beginnings before a cut (`…`). The cost grows with
 * the text, not with the number of secrets. Take colours out first.
 */
export class Redactor {
  private readonly patterns: SecretPatterns;
  private readonly plain: PatternAutomaton;
  private readonly base64: PatternAutomaton;
  private readonly hex: PatternAutomaton;
  private readonly alone: RegExp | null;

  constructor(secrets: readonly string[]) {
    this.patterns = patternsOf(secrets);
    this.plain = new PatternAutomaton(this.patterns.plain);
    this.base64 = new PatternAutomaton(this.patterns.base64);
    this.hex = new PatternAutomaton(this.patterns.hex);
    this.alone = standingAlone(this.patterns.alone);
  }

  /** Whether there is nothing to hide. */
  get isIdle(): boolean {
    return this.patterns.plain.length + this.patterns.alone.length === 0;
  }

  redact(text: string): string {
    if (this.isIdle) return text;
    return text.length <= readAtOnce ? replaced(text, this.find(text, atStart).ranges) : this.redactByLine(text);
  }

  /** Redacts every string within a value that came out of a plugin. */
  redactWithin(value: unknown): unknown {
    if (typeof value === 'string') return this.redact(withoutColours(cutText(value)));
    if (Array.isArray(value)) return value.map((item) => this.redactWithin(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.redactWithin(item)]));
  }

  /** @param before what {@link Found.states} said of the text before, which this one follows on a new line */
  find(text: string, before: ReadStates): Found {
    const states = this.passOver(text, before);
    return states ? { ranges: [], unfinishedFrom: null, states } : this.read(text, before);
  }

  private redactByLine(text: string): string {
    const redacted: string[] = [];
    const lines = new HeldLines<null>(
      (held, before) => this.find(held, before),
      (_, line) => redacted.push(line),
    );
    for (const line of text.split('\n')) lines.push(null, line);
    lines.end();
    return redacted.join('\n');
  }

  /** The quick way for most texts, which hold nothing of a secret: null if this one may. */
  private passOver(text: string, before: ReadStates): ReadStates | null {
    if (before.joined !== startState || before.decoded !== startState || before.twice !== startState) return null;
    if (!isPlainThroughout(text) || (this.alone && text.search(this.alone) >= 0)) return null;
    let { joined, base64, hex } = before;
    for (let at = text.length - text.trimStart().length; at < text.length; at++) {
      const character = text.charCodeAt(at);
      joined = this.plain.step(joined, character);
      const ofBase64 = base64Character(character);
      if (ofBase64 !== null) base64 = this.base64.step(base64, ofBase64);
      const ofHex = hexCharacter(character);
      if (ofHex !== null) hex = this.hex.step(hex, ofHex);
      if (this.plain.lengthAt(joined) + this.base64.lengthAt(base64) + this.hex.lengthAt(hex) > 0) return null;
    }
    const depths = [this.plain.depthAt(joined), this.base64.depthAt(base64), this.hex.depthAt(hex)];
    return depths.some((depth) => depth >= shortestBeginning)
      ? null
      : { joined, decoded: joined, twice: joined, base64, hex };
  }

  private read(text: string, before: ReadStates): Found {
    const reading = new Reading();
    const plain = plainView(text);
    const joined = joinedView(plain);
    const isJoined = joined.characters.length !== plain.characters.length;
    if (isJoined || before.joined !== startState) reading.read(plain, this.plain, startState);
    const joinedState = reading.read(joined, this.plain, before.joined);
    const decoded = hasEscapes(joined) ? decodedView(joined) : joined;
    const isDecoded = decoded !== joined || before.decoded !== before.joined;
    const decodedState = isDecoded ? reading.read(decoded, this.plain, before.decoded) : joinedState;
    const twice = decoded !== joined && hasEscapes(decoded) ? decodedView(decoded) : decoded;
    const isTwice = twice !== decoded || before.twice !== before.decoded;
    const twiceState = isTwice ? reading.read(twice, this.plain, before.twice) : decodedState;
    const base64 = reading.read(base64View(decoded), this.base64, before.base64, extendBase64);
    const hex = reading.read(hexView(decoded), this.hex, before.hex);
    if (this.alone) for (const { 0: word, index } of text.matchAll(this.alone)) reading.add(index, index + word.length);
    const states = { joined: joinedState, decoded: decodedState, twice: twiceState, base64, hex };
    return { ranges: merged(reading.ranges), unfinishedFrom: reading.unfinishedFrom, states };
  }
}

type Extend = (view: TextView, first: number, last: number) => { readonly first: number; readonly last: number };

/** What was found while a text was read in one way after the other. */
class Reading {
  readonly ranges: Range[] = [];
  unfinishedFrom: number | null = null;

  add(start: number, end: number): void {
    if (end > start) this.ranges.push({ start, end });
  }

  read(
    view: TextView,
    automaton: PatternAutomaton,
    before: State,
    extend: Extend = (_, first, last) => ({ first, last }),
  ): State {
    const { characters, starts, ends } = view;
    const startAt = (index: number): number => (index < 0 ? 0 : (starts[index] ?? 0));
    let state = before;
    for (let at = 0; at < characters.length; at++) {
      const character = characters[at] ?? 0;
      if (character === cutMark) {
        const depth = automaton.depthAt(state);
        if (depth >= shortestBeginning) this.add(startAt(at - depth), startAt(at));
      }
      state = automaton.step(state, character);
      const length = automaton.lengthAt(state);
      if (length === 0) continue;
      const { first, last } = extend(view, at - length + 1, at);
      this.add(startAt(first), ends[last] ?? 0);
    }
    const depth = automaton.depthAt(state);
    if (depth >= shortestBeginning) {
      const from = startAt(characters.length - depth);
      this.unfinishedFrom = Math.min(this.unfinishedFrom ?? from, from);
    }
    return state;
  }
}

/** The characters at both edges hold a part of the secret too. */
function extendBase64({ characters, starts, ends }: TextView, first: number, last: number) {
  const touches = (index: number): boolean => index > 0 && starts[index] === ends[index - 1];
  const isOf = (index: number): boolean => /[A-Za-z0-9+/]/.test(String.fromCharCode(characters[index] ?? 0));
  let end = touches(last + 1) && isOf(last + 1) ? last + 1 : last;
  while (touches(end + 1) && characters[end + 1] === equalsSign) end++;
  return { first: touches(first) && isOf(first - 1) ? first - 1 : first, last: end };
}

function standingAlone(words: readonly string[]): RegExp | null {
  if (words.length === 0) return null;
  const longestFirst = [...words].sort((a, b) => b.length - a.length);
  const literals = longestFirst.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${literals.join('|')})(?![\\p{L}\\p{N}])`, 'gu');
}

function cutText(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
