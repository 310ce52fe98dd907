import { z } from 'zod';
import { defineEvent, type EventOf } from './event-types.js';
import { epochReasons, epochSchema } from './log-identity.js';

/** States what concerns the whole installation. */
export const installationSource = '/wardround/installation';

const count = z.number().int().nonnegative();

/**
 * A log that was restored from a backup, or copied, has been taken up by this installation. What is before it in the
 * log happened elsewhere or before: nothing of it is told again.
 */
export const installationRestored = defineEvent(
  'installation.restored',
  1,
  z.object({
    installation: z.string(),
    folder: z.string(),
    /** `copied`: from another installation. `older-log`: the log ends before what had been folded from it. */
    because: z.enum(['copied', 'older-log']),
    /** The installation whose log it was; null if it wrote none down. */
    from: z.string().nullable(),
    fromFolder: z.string().nullable(),
    /** The newest offset of the copy. */
    upTo: count,
    capturedRuns: count.describe('Runs that were in hand when the copy was made'),
    withdrawnMessages: count.describe('Messages that were decided before and are not sent'),
  }),
);

/**
 * The log counts what it records in another epoch from here on: it was restored or copied, and sequence numbers from
 * before may have been given to other facts elsewhere. The first epoch of a log is not an event.
 */
export const logEpochBegan = defineEvent(
  'log.epoch-began',
  1,
  z.object({
    log: z.string().describe('The id of the log, which a copy keeps'),
    epoch: epochSchema,
    before: epochSchema.nullable(),
    because: z.enum(epochReasons),
    installation: z.string(),
    computer: z.string(),
  }),
);

export const installationEvents = [installationRestored, logEpochBegan] as const;
export type InstallationEvent = EventOf<(typeof installationEvents)[number]>;
