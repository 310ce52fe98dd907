import type { SubscriptionStatus } from '../event-log/event-log.js';
import { toIso, type Instant } from '../shared/instant.js';

/** Rates are told over this span, and who has moved nothing for as long is stuck. */
const spanMs = 60_000;

/** What was seen of a subscription at one moment. */
export interface Sample {
  readonly at: Instant;
  readonly status: SubscriptionStatus;
}

/**
 * `failing`: it tries something again and again; `stuck`: nothing has moved for a minute, though there is something to do;
 * `behind`: it is at work, and there is more; `current`: nothing is left.
 */
export const consumerStates = ['current', 'behind', 'stuck', 'failing'] as const;
export type ConsumerState = (typeof consumerStates)[number];

/** One that goes through the log: views, rules, notifications, and what fetches events from another place. */
export interface Consumer {
  readonly name: string;
  readonly state: ConsumerState;
  /** Events waiting to be processed. */
  readonly lag: number;
  /** Events per second, over the last minute. */
  readonly rate: number;
  readonly parked: number;
  /** null while there is no error. */
  readonly lastError: string | null;
  /** RFC 3339: since when it has been failing or stuck, as far as is known; else null. */
  readonly since: string | null;
}

/** The samples that still count, with a new one. One before the span is kept, so that all of the span is covered. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const beginning = sample.at - spanMs;
  const firstInside = samples.findIndex(({ at }) => at > beginning);
  const before = firstInside < 0 ? samples.slice(-1) : samples.slice(Math.max(0, firstInside - 1));
  return [...before, sample];
}

/** @param samples of one consumer, the oldest first; at least one */
export function consumerOf(samples: readonly [Sample, ...Sample[]], failingSince: Instant | null): Consumer {
  const [first] = samples;
  const { at, status } = samples.at(-1) ?? first;
  const seconds = (at - first.at) / 1000;
  const moved = progress(samples);
  const stuck = status.lag > 0 && moved === 0 && at - first.at >= spanMs && samples.every((one) => one.status.lag > 0);
  const state = stateOf(status, stuck);
  return {
    ...{ name: status.name, state, lag: status.lag, parked: status.parked, lastError: status.lastError },
    rate: seconds > 0 ? moved / seconds : 0,
    since: state === 'failing' ? toIso(failingSince ?? at) : state === 'stuck' ? toIso(first.at) : null,
  };
}

/** What was gone through from sample to sample. Where a partition went to another process, its count goes with it. */
function progress(samples: readonly Sample[]): number {
  let moved = 0;
  samples.forEach(({ status }, index) => {
    const before = samples[index - 1];
    if (before) moved += Math.max(0, status.handled - before.status.handled);
  });
  return moved;
}

function stateOf({ lag, lastError }: SubscriptionStatus, stuck: boolean): ConsumerState {
  if (lastError !== null) return 'failing';
  if (stuck) return 'stuck';
  return lag > 0 ? 'behind' : 'current';
}
