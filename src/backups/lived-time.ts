import type { Instant } from '../shared/instant.js';

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Clocks are set right by seconds every day: only beyond this does a moment lie in the future, or before another one. */
const clockToleranceMs = 5 * minuteMs;
/** A gap that is so many times the usual one is not a late run: the computer was off, or the clock leapt. */
const leapFactor = 3;
const shortestLeapMs = 2 * dayMs;

/** Runs begin sometimes earlier and sometimes later. */
const slack = 1.25;

/** How the runs of a job follow one another. */
export interface Rhythm {
  /** The longest time between two planned starts; null without a timetable. */
  readonly plannedMs: number | null;
  /** When the runs began, in the order of the log, this one last. */
  readonly starts: readonly Instant[];
  /** How long snapshots are kept. */
  readonly keepMs: number;
}

/**
 * The most that may pass between two runs in the eyes of retention. What goes beyond it, the time of a computer that was
 * off or a leap of its clock, makes no snapshot older.
 */
export function usualGap({ plannedMs, starts, keepMs }: Rhythm): number {
  const gaps = starts.slice(1).map((start, index) => start - (starts[index] ?? start));
  const forward = gaps.filter((gap) => gap > 0).sort((a, b) => a - b);
  // The lower median: leaps are fewer than other gaps. A single gap may be one.
  const median = forward.length < 2 ? 0 : (forward[Math.floor((forward.length - 1) / 2)] ?? 0);
  const usual = plannedMs ?? Math.max(median, dayMs);
  return slack * Math.max(usual, Math.min(keepMs / 10, 3 * dayMs));
}

/** Whether the clock can be believed so far that something may be removed by its age. */
export type ClockVerdict =
  | { readonly clock: 'agrees' }
  | {
      readonly clock: 'leapt' | 'set-back' | 'agreed-too-recently';
      /** Of the run before the leap, and of the one after it. */
      readonly from: Instant;
      readonly to: Instant;
    };

/** How long the clock must have run without a leap. The usual gap has some slack in it, and a start may come a little early. */
export function agreedAfter(usualMs: number): number {
  return 0.7 * usualMs;
}

/** Judges the clock by the runs: what cannot be undone waits until one usual gap has passed without a leap. */
export function judgeClock(starts: readonly Instant[], usualMs: number): ClockVerdict {
  const now = starts.at(-1);
  if (now === undefined) return { clock: 'agrees' };
  for (let index = starts.length - 1; index > 0; index--) {
    const from = starts[index - 1] ?? now;
    const to = starts[index] ?? now;
    const isLast = index === starts.length - 1;
    if (to < from - clockToleranceMs) return { clock: isLast ? 'set-back' : 'agreed-too-recently', from, to };
    if (to - from > Math.max(shortestLeapMs, leapFactor * usualMs))
      return { clock: isLast ? 'leapt' : 'agreed-too-recently', from, to };
    if (now - from >= agreedAfter(usualMs)) return { clock: 'agrees' };
  }
  return { clock: 'agrees' };
}

/** Whether a moment lies so far behind `now` that the clock was wrong then, or is now. */
export function isInFuture(moment: Instant, now: Instant): boolean {
  return moment > now + clockToleranceMs;
}

/**
 * How long each of some moments was lived through since: between two of them, and up to now, at most `usualMs` counts.
 * What is in the future has no age.
 * @returns the ages in ms, in the order of `moments`; null for those in the future
 */
export function livedAges(moments: readonly Instant[], now: Instant, usualMs: number): readonly (number | null)[] {
  const newestFirst = [...new Set(moments.filter((moment) => !isInFuture(moment, now)))].sort((a, b) => b - a);
  const ages = new Map<Instant, number>();
  let age = 0;
  let next = now;
  for (const moment of newestFirst) {
    age += Math.min(Math.max(0, next - moment), usualMs);
    ages.set(moment, age);
    next = moment;
  }
  return moments.map((moment) => (isInFuture(moment, now) ? null : (ages.get(moment) ?? 0)));
}
