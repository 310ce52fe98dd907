// Every limit on what strangers may ask, hold and state, with its reason. docs/api.md lists them.

const KiB = 1024;
const MiB = 1024 * KiB;

/** No body of a request is longer. A thousand results of check-ups fit. */
export const bodyLimitBytes = MiB;

/** So many events may come in one request. */
export const mostEventsAtOnce = 1000;

/** Of all that is wrong with a request, so much is told: an answer is for people, and no larger than what it answers. */
export const mostFaults = 20;

/** The text of an error is cut here, whatever someone made part of it. */
export const longestDetail = 4_000;

/**
 * Bodies that have started and not ended hold memory. Those up to 64 KiB have room of their own, so that no one keeps
 * the commands of people out with large ones.
 */
export const bodyRoom = { smallBytes: 64 * KiB, ofSmallOnes: 16 * MiB, ofLargeOnes: 32 * MiB } as const;

/** The head of a request arrives in so long, and the whole of it: milliseconds. Loopback needs neither. */
export const headArrivesInMs = 10_000;
export const requestArrivesInMs = 30_000;
/** How often Node looks for requests that did not. */
export const arrivalCheckedEveryMs = 5_000;

/** After so many requests a connection is closed: no one has one forever. */
export const mostRequestsPerConnection = 1_000;

/**
 * So many requests may wait on one connection for the answer before them, which are given one after the other. Browsers and
 * the usual libraries send none ahead. Behind the last of them the connection is closed.
 */
export const mostRequestsAhead = 100;

/** Of what comes after those, so many are passed over; then the connection is cut. */
export const mostPassedOver = 2_500;

/** A client that takes nothing of its answer for so long is cut off: what it does not read is kept here. */
export const answerStallsMs = 30_000;

/** A connection without a request makes room for a new one, after so long without any. */
export const idleAfterMs = 1_000;

/** What is held open at once, of one process. */
export interface ConnectionLimits {
  readonly connections: number;
  /** From one address. */
  readonly perAddress: number;
  /** `GET /live`: one an open browser, whose tabs share it. */
  readonly liveUpdates: number;
  /** `GET /api/v1/events` with `wait`. */
  readonly waitingReads: number;
}

/**
 * A quarter of the descriptors, at least 16 and at most 512 connections: the rest is for the work itself. A check-up, a
 * backup and a message need descriptors too, and fail without.
 */
export function connectionLimits(descriptors: number): ConnectionLimits {
  const connections = Math.max(16, Math.min(512, Math.floor(descriptors / 4)));
  return {
    connections,
    perAddress: Math.floor(connections * 0.9),
    liveUpdates: Math.min(100, Math.floor(connections * 0.4)),
    waitingReads: Math.min(50, Math.floor(connections * 0.2)),
  };
}

/** What one source may state: it may save up for `events` and `bytes`, as after an outage, and gets so much more with time. */
export const sourceQuota = {
  events: 20_000,
  eventsPerSecond: 100,
  bytes: 32 * MiB,
  bytesPerSecond: 32 * KiB,
} as const;
