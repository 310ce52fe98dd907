import type { BackupJobDefinition } from '../backups/job.js';
import type { CheckupDefinition } from '../checkups/checkup.js';
import type { Knowledge } from '../checkups/freshness.js';
import type { AlarmRow } from '../views/alarms/alarms.entity.js';
import type { CheckupStatusRow } from '../views/checkup-status/checkup-status.entity.js';
import type { ProtocolLineRow, RunRow } from '../views/runs/runs.entity.js';
import type { Chart } from './chart.js';

/** What the views hold, arranged as the board shows it. */
export interface CheckupRows {
  /** `<site>.<server>.<checkup>`. */
  readonly id: string;
  readonly definition: CheckupDefinition;
  /** Null while nobody has looked. */
  readonly newest: CheckupStatusRow | null;
  /** What that is worth now: too old a result says nothing any more. */
  readonly now: Knowledge;
}

export interface JobRows {
  readonly site: string;
  readonly server: string;
  readonly definition: BackupJobDefinition;
  /** The newest run, whatever became of it; null if it has never run. */
  readonly last: RunRow | null;
  /** The newest run that has ended: while one runs, that of before. */
  readonly lastCompleted: RunRow | null;
  readonly lastSuccess: RunRow | null;
  /** Whether the last success is dated by a clock that ran ahead: it is not known how old it is. */
  readonly clockWrong: boolean;
}

export interface ServerRows {
  readonly site: string;
  readonly server: string;
  readonly title: string | null;
  readonly checkups: readonly CheckupRows[];
  readonly jobs: readonly JobRows[];
}

/** What the state of the whole is told from. */
export interface OverallRows {
  readonly servers: readonly ServerRows[];
  /** Those not cleared, newest first. */
  readonly alarms: readonly AlarmRow[];
}

/** What is only shown, and costs more to read. What a part of the page does not show may be left empty. */
export interface ServerDetails {
  /** By the check-up's id. */
  readonly charts: ReadonlyMap<string, Chart>;
  /** By run: the newest lines of the protocol, in order. */
  readonly newestLines: ReadonlyMap<string, readonly ProtocolLineRow[]>;
  /** By run that is not completed: the destinations with a verified snapshot of it. */
  readonly verified: ReadonlyMap<string, readonly string[]>;
}
