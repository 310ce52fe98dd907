import { appendFileSync } from 'node:fs';
import type { Fault } from './plan.js';
import type { Order } from './world.js';

/** What was seen from outside, in the order in which it was seen. `at` is in milliseconds since the beginning. */
export type Seen =
  | ({ readonly what: 'ordered'; readonly at: number } & Order)
  /** By `hub` through `way`; `answer` says how it ended. The order is sent again unless it was acknowledged. */
  | {
      readonly what: 'answered';
      readonly at: number;
      readonly server: string;
      readonly number: number;
      readonly hub: string;
      readonly way: Way;
      readonly answer: Answer;
      readonly tookMs: number;
      readonly detail: string;
    }
  /** The writer does not send the order again: it may be in the log or not. */
  | { readonly what: 'abandoned'; readonly at: number; readonly server: string; readonly number: number }
  | { readonly what: 'broken'; readonly at: number; readonly fault: Fault }
  | { readonly what: 'healed'; readonly at: number; readonly fault: Fault }
  | {
      readonly what: 'hub';
      readonly at: number;
      readonly hub: string;
      readonly did: 'ready' | 'ended';
      readonly detail: string;
    }
  | { readonly what: 'phase'; readonly at: number; readonly phase: string };

/** The hub's own EventLog, or its `POST /api/v1/events`. */
export type Way = 'log' | 'http';

export type Answer =
  | 'acknowledged'
  /** It may have been stored: no answer in time, the connection broke, or `outcome-unknown`. */
  | 'unknown'
  /** It was not stored: no one listened, overloaded, unreachable. */
  | 'refused'
  /** Said to be wrong, which it never is. */
  | 'called-wrong';

/** What became of an order, as far as its writer knows. */
export interface Outcome extends Order {
  readonly acknowledged: boolean;
  readonly attempts: number;
}

/** All that was seen, in memory and in a file of JSON lines that tells it when something has gone wrong. */
export class History {
  readonly seen: Seen[] = [];
  private readonly outcomes = new Map<string, { order: Order; acknowledged: boolean; attempts: number }>();

  /** @param file none where nothing need be kept */
  constructor(
    private readonly file: string | null,
    private readonly startedAt: number,
  ) {}

  now(): number {
    return Date.now() - this.startedAt;
  }

  add(seen: Seen): void {
    this.seen.push(seen);
    if (this.file !== null) appendFileSync(this.file, `${JSON.stringify(seen)}\n`);
    if (seen.what === 'ordered') {
      const { server, number, facts } = seen;
      this.outcomes.set(keyOf(server, number), { order: { server, number, facts }, acknowledged: false, attempts: 0 });
    } else if (seen.what === 'answered') {
      const outcome = this.outcomes.get(keyOf(seen.server, seen.number));
      if (!outcome) throw new Error(`${seen.server} ${seen.number} was answered before it was ordered`);
      outcome.attempts++;
      outcome.acknowledged ||= seen.answer === 'acknowledged';
    }
  }

  /** Per server in the order in which they were sent. */
  orders(): readonly Outcome[] {
    return [...this.outcomes.values()].map(({ order, ...outcome }) => ({ ...order, ...outcome }));
  }

  /** The longest time without an acknowledgement between two moments, in milliseconds. */
  longestSilence(from: number, until: number): number {
    const moments = this.seen
      .filter((seen) => seen.what === 'answered' && seen.answer === 'acknowledged')
      .map(({ at }) => at)
      .filter((at) => at >= from && at <= until);
    let longest = 0;
    let last = from;
    for (const at of [...moments, until]) {
      longest = Math.max(longest, at - last);
      last = at;
    }
    return longest;
  }
}

function keyOf(server: string, number: number): string {
  return `${server} ${number}`;
}
