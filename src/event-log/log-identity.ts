import { z } from 'zod';

// Whose a log is, and how its facts are counted: docs/decisions/0024-identity-of-a-log.md. A sequence number says
// something only together with its source and epoch: two logs that continue from one state would otherwise give the
// same numbers to different facts.

/** The epoch of facts that were numbered before logs had epochs: they carry none. */
export const epochOfOldEvents = '1';

/**
 * `2-k3f9x2ab`: its number in the log, and eight characters of chance. Two copies of one log both begin a second epoch, and
 * these are two different ones.
 */
export const epochSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,8}(?:-[a-z0-9]{8})?$/, 'must be an epoch such as 1 or 2-k3f9x2ab');

/** Why an epoch began. */
export const epochReasons = [
  /** The log is new. */
  'new-log',
  /** The log is of a version that knew no epochs, and continues where it was. */
  'first-identity',
  /** The log is here, and the mark that is beside it wherever it was worked with is not: it was brought here. */
  'mark-missing',
  /** The log ends before what was seen of it here: an older state of it was put back. */
  'behind-mark',
  /** Another log, or another branch of it, was worked with here last. */
  'other-than-marked',
  /** The mark is itself a copy: the whole folder was copied, or moved to another disk. */
  'mark-copied',
  /** Another installation worked with it. */
  'other-installation',
  /** The views were folded from more than the log holds. */
  'behind-views',
  /** `wardround log copy` brought its events. */
  'log-copy',
  /** The database of the archive was restored, copied, or taken over by a standby. */
  'database-changed',
] as const;
export type EpochReason = (typeof epochReasons)[number];

export const logIdentitySchema = z.object({
  /** Given once to a log, whatever becomes of it: `[A-Za-z0-9_-]{22}`. */
  id: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  epoch: epochSchema,
  because: z.enum(epochReasons),
  /** The previous epoch; null for the first. */
  before: epochSchema.nullable(),
});

/** Whose a log is, and the epoch in which it counts what it records now. */
export type LogIdentity = z.infer<typeof logIdentitySchema>;

/** Which of a log's epochs it is, from 1 on. */
export function epochNumber(epoch: string): number {
  return Number.parseInt(epoch, 10);
}

/** @param chance eight characters of `[a-z0-9]` that no other epoch has */
export function epochAfter(before: string | null, chance: string): string {
  return epochSchema.parse(`${before === null ? 1 : epochNumber(before) + 1}-${chance}`);
}

/** The epoch that an event's sequence counts in; null for one without a sequence. */
export function epochOf({ sequence, epoch }: { readonly sequence?: string; readonly epoch?: string }): string | null {
  return sequence === undefined ? null : (epoch ?? epochOfOldEvents);
}

/** What is beside a log, and in no backup of it: how far it was seen here. */
export interface LogMark {
  readonly log: string;
  readonly epoch: string;
  /** The newest offset that was committed here. */
  readonly head: number;
  /** Whether the mark's file is the one that was made here, and no copy of it. */
  readonly isOriginal: boolean;
}

/** A log that is opened, with what is beside it. */
export interface OpenedLog {
  /** Null if the log has none yet. */
  readonly identity: Pick<LogIdentity, 'id' | 'epoch'> | null;
  /** The newest offset; 0 if it is empty. */
  readonly head: number;
  /** Null if there is none, or none that can be read. */
  readonly mark: LogMark | null;
}

export type EpochVerdict =
  | { readonly epoch: 'goes-on' }
  | {
      readonly epoch: 'begins';
      readonly because: EpochReason;
      /** The log's id; null if it gets a new one. */
      readonly id: string | null;
      readonly before: string | null;
    };

/**
 * Whether a log may continue counting in its epoch: only if it is the one that was worked with here last, and lacks
 * nothing of what was seen of it. An epoch too many costs nothing; a number given twice can never be made good.
 */
export function judgeEpoch({ identity, head, mark }: OpenedLog): EpochVerdict {
  if (identity === null) {
    if (head === 0) return { epoch: 'begins', because: 'new-log', id: null, before: null };
    if (mark === null) return { epoch: 'begins', because: 'first-identity', id: null, before: null };
    // A state from before it had an identity was put back.
    return { epoch: 'begins', because: 'behind-mark', id: mark.log, before: mark.epoch };
  }
  const { id, epoch: before } = identity;
  const because = whyNot({ id, epoch: before, head }, mark);
  return because === null ? { epoch: 'goes-on' } : { epoch: 'begins', because, id, before: later(before, mark, id) };
}

function whyNot(
  log: { readonly id: string; readonly epoch: string; readonly head: number },
  mark: LogMark | null,
): EpochReason | null {
  if (mark === null) return 'mark-missing';
  if (mark.log !== log.id || mark.epoch !== log.epoch) return 'other-than-marked';
  if (mark.head > log.head) return 'behind-mark';
  return mark.isOriginal ? null : 'mark-copied';
}

/** An older state of a log does not know of epochs that began after it; the mark may. */
function later(epoch: string, mark: LogMark | null, id: string): string {
  return mark?.log === id && epochNumber(mark.epoch) > epochNumber(epoch) ? mark.epoch : epoch;
}

/** Whether an epoch that began so says that the log was restored from a backup, or is a copy. */
export function isRestored(because: EpochReason): boolean {
  return because === 'mark-missing' || because === 'behind-mark' || because === 'other-than-marked';
}

/** How far someone has a source's facts: all up to this number, in this epoch of this log. */
export interface Acknowledgement {
  readonly log: string;
  readonly epoch: string;
  readonly sequence: number;
}

export type AcknowledgementVerdict =
  | { readonly goesOnBehind: number }
  | {
      /** Nothing of this epoch has been acknowledged. */
      readonly goesOnBehind: 0;
      readonly because: 'other-log' | 'other-epoch';
    }
  | {
      /** They have more than this log ever gave: it was restored, and nothing here showed it. A new epoch must begin. */
      readonly goesOnBehind: null;
      readonly because: 'ahead-of-log';
    };

/** Where the forwarding of a source's facts continues, by what the other side says that it has. */
export function judgeAcknowledgement(own: Acknowledgement, theirs: Acknowledgement | null): AcknowledgementVerdict {
  if (theirs === null) return { goesOnBehind: 0 };
  if (theirs.log !== own.log) return { goesOnBehind: 0, because: 'other-log' };
  if (theirs.epoch !== own.epoch) return { goesOnBehind: 0, because: 'other-epoch' };
  if (theirs.sequence > own.sequence) return { goesOnBehind: null, because: 'ahead-of-log' };
  return { goesOnBehind: theirs.sequence };
}
