import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-log/event-types.js';
import { errorCodes } from '../shared/errors.js';
import { fromUnmanaged, managed } from '../definitions/managed-by.js';
import { nameSchema } from '../shared/names.js';
import { backupJobDefinitionSchema } from './job.js';

/** The name under which a job's local copy appears among its destinations. */
export const localCopyName = 'local-copy';

const ofJob = { site: nameSchema, server: nameSchema, job: nameSchema };
const ofRun = { ...ofJob, runId: z.string() };
const count = z.number().int().nonnegative();

export const runTriggers = ['timetable', 'missed-start', 'never-succeeded', 'person'] as const;
export type RunTrigger = (typeof runTriggers)[number];

/** What a run can be. */
export const runOutcomes = ['running', 'succeeded', 'suspicious', 'failed', 'captured'] as const;

/** One line of a run's protocol. */
export const protocolLineSchema = z.object({
  /** Counts from 1 within the run. */
  number: z.number().int().positive(),
  time: z.iso.datetime(),
  level: z.enum(['info', 'warning', 'error']),
  /** The step that wrote it, such as `local-copy`. */
  step: z.string(),
  computer: z.string(),
  user: z.string(),
  /** The file, folder or address it speaks of; empty if none. */
  place: z.string(),
  outcome: z.enum(['begun', 'done', 'skipped', 'failed', 'note']),
  text: z.string(),
});
export type ProtocolLine = z.infer<typeof protocolLineSchema>;

/** What became of one copy of a run. */
export const copyReportSchema = z.object({
  /** `local-copy`, or the destination's name. */
  destination: z.string(),
  outcome: z.enum(['succeeded', 'failed', 'not-reached']),
  /** The snapshot's folder or address; null unless it succeeded. */
  place: z.string().nullable(),
  error: z.object({ code: z.enum(errorCodes), text: z.string() }).nullable(),
});
export type CopyReport = z.infer<typeof copyReportSchema>;

export const backupJobDefined = defineEvent(
  'backup-job.defined',
  2,
  z.object({ ...ofJob, definition: backupJobDefinitionSchema, ...managed }),
  { 1: fromUnmanaged },
);
export const backupJobRetired = defineEvent('backup-job.retired', 1, z.object(ofJob));

export const backupStarted = defineEvent(
  'backup.started',
  1,
  z.object({
    ...ofRun,
    trigger: z.enum(runTriggers),
    /** The planned start that this run serves; null when a person asked. */
    plannedFor: z.iso.datetime().nullable(),
    computer: z.string(),
    user: z.string(),
    /** In order, e.g. `local-copy`, `second`. */
    destinations: z.array(z.string()),
  }),
);

export const backupProgressed = defineEvent(
  'backup.progressed',
  1,
  z.object({
    ...ofRun,
    percent: z.number().min(0).max(100),
    step: z.string(),
    files: count,
    bytes: count,
    totalFiles: count,
    totalBytes: count,
  }),
);

export const backupLogged = defineEvent(
  'backup.logged',
  1,
  z.object({ ...ofRun, lines: z.array(protocolLineSchema).min(1) }),
);

const ofSnapshot = {
  ...ofRun,
  destination: z.string(),
  /** The snapshot's name, its time: `2026-11-22T02-00-00Z`. */
  snapshot: z.string(),
  place: z.string(),
  files: count,
  bytes: count,
};

export const backupCopied = defineEvent(
  'backup.copied',
  1,
  z.object({
    ...ofSnapshot,
    linkedFiles: count.describe('Unchanged files shared with the previous snapshot'),
    durationMs: count,
  }),
);

export const backupVerified = defineEvent(
  'backup.verified',
  1,
  z.object({ ...ofSnapshot, manifestSha256: z.string(), durationMs: count }),
);

export const suspicionKinds = [
  /** There were files, and there are none now. */
  'emptied',
  'fewer-files',
  'fewer-bytes',
  /** Files lay on a file system that is not there now: another disk, or none. */
  'other-file-system',
  /** Many files vanished between the first look and the copying. */
  'vanished',
  /** The clock leapt, or was set back. The copies are good; nothing was removed by their age in this run. */
  'clock',
] as const;
export type SuspicionKind = (typeof suspicionKinds)[number];

/** Something that looks as if a backup were not of what was meant. */
export const suspicionSchema = z.object({
  /** The source's name; null if it is about the run as a whole. */
  source: z.string().nullable(),
  kind: z.enum(suspicionKinds),
  /** For people: what was there before, and what is there now. */
  text: z.string(),
});
export type Suspicion = z.infer<typeof suspicionSchema>;

/** What lay on one file system below one path of a source. */
export const sourcePlaceSchema = z.object({
  /** The path that the source names; empty for what its plugin made. */
  path: z.string(),
  /** The topmost folder of the file system; null where it is not known. */
  mountPoint: z.string().nullable(),
  /** Such as `ext4`; null where it is not known. */
  fileSystem: z.string().nullable(),
  files: count,
  bytes: count,
});

/** What a run copied of one source. */
export const copiedSourceSchema = z.object({
  name: z.string(),
  /** A fingerprint of its plugin and parameters: runs with the same one can be compared. */
  definition: z.string(),
  files: count,
  bytes: count,
  places: z.array(sourcePlaceSchema),
});
export type CopiedSource = z.infer<typeof copiedSourceSchema>;

const completedV1 = {
  ...ofRun,
  outcome: z.enum(['succeeded', 'failed']),
  /** The first thing that went wrong; null if nothing did. */
  error: z.object({ code: z.enum(errorCodes), text: z.string() }).nullable(),
  copies: z.array(copyReportSchema),
  files: count,
  bytes: count,
  startedAt: z.iso.datetime(),
  durationMs: count,
};

export const backupCompleted = defineEvent(
  'backup.completed',
  2,
  z.object({
    ...completedV1,
    /** `suspicious`: every copy was made and verified, but the sources look as if something were missing. */
    outcome: z.enum(['succeeded', 'suspicious', 'failed']),
    /** Empty if nothing looked odd. A run with only the kind `clock` has succeeded. */
    suspicions: z.array(suspicionSchema),
    /** In the order of the job's sources; empty if the run ended before they were copied. */
    sources: z.array(copiedSourceSchema),
    /** How many lines of the protocol are warnings; null where that was not counted. */
    warnings: count.nullable(),
  }),
  { 1: (old) => ({ ...z.object(completedV1).parse(old), suspicions: [], sources: [], warnings: null }) },
);

/** A person says that a suspicious run is right: from then on it counts as one that succeeded. */
export const backupAccepted = defineEvent(
  'backup.accepted',
  1,
  z.object({
    ...ofRun,
    note: z.string(),
    /** When the accepted run ended: its data is as old as that. */
    completedAt: z.iso.datetime(),
  }),
);

/**
 * The run was in progress when the event log that it is in was copied: the copy holds its beginning, and does not know
 * its end. Neither a success nor a failure.
 */
export const backupCaptured = defineEvent(
  'backup.captured',
  1,
  z.object({ ...ofRun, startedAt: z.iso.datetime(), text: z.string() }),
);

export const backupRestored = defineEvent(
  'backup.restored',
  1,
  z.object({
    ...ofJob,
    destination: z.string(),
    snapshot: z.string(),
    to: z.string(),
    outcome: z.enum(['succeeded', 'failed']),
    error: z.object({ code: z.enum(errorCodes), text: z.string() }).nullable(),
    files: count,
    bytes: count,
    durationMs: count,
  }),
);

export const snapshotRemoved = defineEvent(
  'snapshot.removed',
  1,
  z.object({ ...ofJob, destination: z.string(), snapshot: z.string(), because: z.enum(['older-than-kept']) }),
);

export const backupEvents = [
  backupJobDefined,
  backupJobRetired,
  backupStarted,
  backupProgressed,
  backupLogged,
  backupCopied,
  backupVerified,
  backupCompleted,
  backupCaptured,
  backupAccepted,
  backupRestored,
  snapshotRemoved,
] as const;
export type BackupEvent = EventOf<(typeof backupEvents)[number]>;
