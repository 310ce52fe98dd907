import type { JobFreshness, KnownRun } from '../backups/job-freshness.js';
import type { BackupJobDefinition } from '../backups/job.js';
import type { CheckupDefinition } from '../checkups/checkup.js';
import type { Knowledge } from '../checkups/freshness.js';
import type { DeliveryTroubles } from '../notifications/undelivered.adapter.js';
import type { ClockJump } from '../clock/views/clocks/clocks.entity.js';
import type { AlarmRow } from '../rules/views/alarms/alarms.entity.js';
import type { CheckupStatusRow } from '../checkups/views/checkup-status/checkup-status.entity.js';
import type { RunRow } from '../backups/views/runs/runs.entity.js';
import type { ManagedBy } from '../definitions/managed-by.js';
import type { Condition } from './condition.js';

/** What the views hold of a check-up, and what that is worth now. */
export interface CheckupRows {
  /** `<site>.<server>.<checkup>`. */
  readonly id: string;
  readonly definition: CheckupDefinition;
  readonly managedBy: ManagedBy;
  /** Null while no one has looked. */
  readonly newest: CheckupStatusRow | null;
  /** What that is worth now: too old a result says nothing any more. */
  readonly now: Knowledge;
}

export interface JobRows {
  readonly site: string;
  readonly server: string;
  readonly definition: BackupJobDefinition;
  readonly managedBy: ManagedBy;
  /** The newest run, whatever became of it; null if it has never run. */
  readonly last: RunRow | null;
  /** The newest run that has ended: while one runs, that from before. */
  readonly lastEnded: RunRow | null;
  readonly lastSuccess: RunRow | null;
  /** The run in progress. */
  readonly running: RunRow | null;
  readonly now: JobFreshness;
}

export interface ServerRows {
  readonly site: string;
  readonly server: string;
  readonly title: string | null;
  readonly managedBy: ManagedBy;
  readonly checkups: readonly CheckupRows[];
  readonly jobs: readonly JobRows[];
  /** Not cleared, newest first. */
  readonly alarms: readonly AlarmRow[];
  readonly condition: Condition;
}

/** Everything that is watched, as it is now. */
export interface Ward {
  readonly servers: readonly ServerRows[];
  /** Those not cleared, newest first, also of servers that are not defined any more. */
  readonly alarms: readonly AlarmRow[];
  /** What did not reach the people it was meant for. */
  readonly delivery: DeliveryTroubles;
  /** Jumps of the clock that keep retention waiting, in the order of the log. */
  readonly clockJumps: readonly ClockJump[];
}

/** What someone sees who may see nothing of it. */
export const emptyWard: Ward = {
  servers: [],
  alarms: [],
  delivery: { undelivered: [], withoutMailServer: [] },
  clockJumps: [],
};

/** A run of a view as far as freshness needs it. */
export function knownRun(run: RunRow | null): KnownRun | null {
  if (!run || run.outcome === 'captured') return null;
  return { outcome: run.outcome, startedAt: run.startedAt, completedAt: run.completedAt };
}
