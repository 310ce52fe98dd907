import { EntitySchema } from 'typeorm';
import type {
  CopiedSource,
  CopyReport,
  ProtocolLine,
  RunTrigger,
  Suspicion,
  runOutcomes,
} from '../../backups.events.js';
import type { ErrorCode } from '../../../shared/errors.js';
import { bytes, integer, json, key, large, optionalInteger, optionalText, real, text } from '../../../store/columns.js';

/**
 * A suspicious run that a person has accepted is `succeeded`. `captured`: it was in progress when the log that it is in
 * was copied; its end is not known here.
 */
export type RunOutcome = (typeof runOutcomes)[number];

/** One execution of a job. */
export interface RunRow {
  runId: string;
  /** Where its first event is in the log: of one server's runs, the newest is the one that lies last. */
  logPlace: number;
  site: string;
  server: string;
  job: string;
  trigger: RunTrigger;
  /** RFC 3339, or null if a person asked for it. */
  plannedFor: string | null;
  computer: string;
  user: string;
  outcome: RunOutcome;
  startedAt: string;
  completedAt: string | null;
  errorCode: ErrorCode | null;
  errorText: string | null;
  destinations: readonly string[];
  copies: readonly CopyReport[];
  /** 0 to 100. */
  percent: number;
  /** The step in progress, such as `local-copy`; empty before and after. */
  step: string;
  files: number;
  bytes: number;
  totalFiles: number;
  totalBytes: number;
  /** Why it is suspicious; kept after the run is accepted. */
  suspicions: readonly Suspicion[];
  /** What was copied of each source; empty while unknown. */
  sources: readonly CopiedSource[];
  /** Number of warnings in the protocol; null while not counted. */
  warnings: number | null;
  /** RFC 3339: when a person said that the suspicious run is right; null if none did. */
  acceptedAt: string | null;
  acceptedBy: string | null;
  acceptedNote: string | null;
}

export const runTable = new EntitySchema<RunRow>({
  name: 'runs',
  columns: {
    runId: key,
    logPlace: large,
    site: text,
    server: text,
    job: text,
    trigger: text,
    plannedFor: optionalText,
    computer: text,
    user: text,
    outcome: text,
    startedAt: text,
    completedAt: optionalText,
    errorCode: optionalText,
    errorText: { type: 'text', nullable: true },
    destinations: json,
    copies: json,
    percent: real,
    step: text,
    files: integer,
    bytes,
    totalFiles: integer,
    totalBytes: bytes,
    suspicions: json,
    sources: json,
    warnings: optionalInteger,
    acceptedAt: optionalText,
    acceptedBy: optionalText,
    acceptedNote: { type: 'text', nullable: true },
  },
});

export interface ProtocolLineRow extends ProtocolLine {
  runId: string;
}

export const protocolLineTable = new EntitySchema<ProtocolLineRow>({
  name: 'protocol_lines',
  columns: {
    runId: key,
    number: { type: 'integer', primary: true },
    time: text,
    level: text,
    step: text,
    computer: text,
    user: text,
    place: { type: 'text' },
    outcome: text,
    text: { type: 'text' },
  },
});
