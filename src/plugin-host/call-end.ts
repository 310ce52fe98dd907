import { WardroundError } from '../shared/errors.js';
import { errorOf } from './failures.js';
import type { Failure, StopReason } from './protocol.js';
import { spanText } from './span-text.js';
import { whyStuck } from './stuck-calls.js';

const shortestWaitTold = 1_000;

/** What a plugin's process said last. */
export type Outcome =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'failure'; readonly failure: Failure }
  | { readonly kind: 'none' };

/** How a plugin's process ended. */
export interface CallEnd {
  readonly plugin: string;
  readonly outcome: Outcome;
  /** Why the host told it to stop; null if it did not. */
  readonly stopped: StopReason | null;
  readonly exitCode: number | null;
  /** The signal that ended it, e.g. `SIGKILL`. */
  readonly signal: string | null;
  /** Whether it, or a program that it started, could not be killed. */
  readonly stuck: boolean;
  /** Whether V8 said that its heap is full. */
  readonly heapFull: boolean;
  /** Counts from its start; null: it had none. */
  readonly timeoutMs: number | null;
  /** For how long it had waited for a place before its start. */
  readonly waitedMs: number;
  readonly stallMs: number;
  readonly heapMb: number;
}

export type CallVerdict =
  { readonly kind: 'result'; readonly value: unknown } | { readonly kind: 'error'; readonly error: WardroundError };

/**
 * What a call came to. A result counts even if the host had asked to stop just before: what was done is done. SIGKILL
 * that the host did not send comes from our watchdog or from the system, and both do it for memory.
 */
export function judgeEnd(end: CallEnd): CallVerdict {
  if (end.outcome.kind === 'result') return end.outcome;
  return { kind: 'error', error: errorAt(end) };
}

function errorAt(end: CallEnd): WardroundError {
  const stuck = end.stuck ? `, and its process cannot be killed: ${whyStuck}` : '';
  if (end.stopped === 'timed-out') {
    return new WardroundError(
      'plugin-timed-out',
      `${end.plugin}: did not finish within ${spanText(end.timeoutMs ?? 0)}${stuck}${waitedText(end.waitedMs)}`,
    );
  }
  if (end.stopped === 'stalled') {
    const text = `${end.plugin}: made no progress for ${spanText(end.stallMs)} and was stopped${stuck}`;
    return new WardroundError('plugin-timed-out', text);
  }
  if (end.stopped === 'cancelled') return new WardroundError('cancelled', `${end.plugin}: was cancelled`);
  if (end.outcome.kind === 'failure') return errorOf(end.plugin, end.outcome.failure);
  if (end.heapFull || end.signal === 'SIGKILL') {
    return new WardroundError(
      'plugin-out-of-memory',
      `${end.plugin}: was killed because it exceeded its memory limit (${end.heapMb} MiB)`,
    );
  }
  const how = end.signal === null ? `with exit code ${end.exitCode ?? 'unknown'}` : `by ${end.signal}`;
  return new WardroundError('plugin-crashed', `${end.plugin}: its process exited ${how} without a result`);
}

function waitedText(ms: number): string {
  return ms < shortestWaitTold ? '' : `; before that it waited ${spanText(ms)} for a free slot`;
}
