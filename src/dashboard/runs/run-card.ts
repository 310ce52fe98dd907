import { withLocalTimes } from '../../shared/snapshot-times.js';
import { localCopyName, type CopyReport, type ProtocolLine } from '../../backups/backups.events.js';
import type { RunOutcome, RunRow } from '../../backups/views/runs/runs.entity.js';
import {
  bytesText,
  clockTime,
  count,
  durationText,
  moment,
  numberText,
  optionalMoment,
  type Count,
  type Here,
  type Moment,
} from '../humanise.js';
import type { Address } from '../../shared/address.js';
import { fromIso } from '../../shared/instant.js';
import { isClockWrong } from '../../backups/views/runs/run-time.js';

/** What has become of one copy, as far as it is known. */
export type CopyState = CopyReport['outcome'] | 'waiting' | 'copying' | 'verifying';

export interface CopyCard {
  readonly name: string;
  readonly isLocalCopy: boolean;
  readonly state: CopyState;
  /** Where the snapshot lies; empty if there is none. */
  readonly place: string;
  readonly error: string;
}

export interface RunCard {
  readonly id: string;
  /** The whole address of its job. */
  readonly address: Address;
  readonly jobTitle: string;
  /** What people call the server. */
  readonly server: string;
  readonly outcome: RunOutcome;
  readonly trigger: string;
  readonly computer: string;
  readonly user: string;
  readonly plannedFor: Moment | null;
  readonly startedAt: Moment;
  readonly completedAt: Moment | null;
  /** Its times were stated by a clock that ran ahead. */
  readonly clockWrong: boolean;
  /** Of a run in progress: up to now. */
  readonly duration: string;
  readonly files: Count;
  readonly size: string;
  readonly error: string;
  /** True if the error is told with the copy that it is of. */
  readonly errorIsOfCopy: boolean;
  readonly copies: readonly CopyCard[];
  readonly progress: Progress | null;
}

/** Of a run in progress. */
export interface Progress {
  /** 0 to 100 with a decimal at most, for the `value` of a `<progress>`. */
  readonly value: string;
  /** Whole percents, for people. */
  readonly percent: string;
  readonly doing: 'copying' | 'verifying' | 'something' | 'nothing-yet';
  /** The destination that is copied to or verified, or the step's own name. */
  readonly about: string;
  readonly aboutLocalCopy: boolean;
  readonly files: Count;
  /** Null while not known. */
  readonly totalFiles: Count | null;
  readonly bytes: string;
  readonly totalBytes: string;
}

export interface RunTitles {
  readonly job: string;
  readonly server: string;
}

/**
 * @param verified the destinations that hold a verified snapshot of this run already
 * @param later a run of the same job that is behind it in the log, if one is known
 */
export function runCard(
  run: RunRow,
  titles: RunTitles,
  verified: readonly string[],
  here: Here,
  later: RunRow | null = null,
): RunCard {
  const until = run.completedAt === null ? here.now : fromIso(run.completedAt);
  return {
    id: run.runId,
    address: { site: run.site, server: run.server, name: run.job },
    jobTitle: titles.job,
    server: titles.server,
    outcome: run.outcome,
    trigger: run.trigger,
    computer: run.computer,
    user: run.user,
    plannedFor: optionalMoment(run.plannedFor, here),
    startedAt: moment(run.startedAt, here),
    completedAt: optionalMoment(run.completedAt, here),
    clockWrong: isClockWrong(run, here.now, later),
    duration: run.outcome === 'captured' ? '–' : durationText(Math.max(0, until - fromIso(run.startedAt)), here),
    files: count(run.files, here),
    size: bytesText(run.bytes, here),
    error: withLocalTimes(run.errorText ?? '', here),
    errorIsOfCopy: run.copies.some(({ error }) => error !== null),
    copies: run.outcome === 'running' ? copiesInHand(run, verified) : run.copies.map((copy) => copyCard(copy, here)),
    progress: run.outcome === 'running' ? progressOf(run, here) : null,
  };
}

function copyCard({ destination, outcome, place, error }: CopyReport, here: Here): CopyCard {
  return {
    name: destination,
    isLocalCopy: destination === localCopyName,
    state: outcome,
    place: withLocalTimes(place ?? '', here),
    error: withLocalTimes(error?.text ?? '', here),
  };
}

/** What a step's name says: `copy second`, `verify local-copy`, or something else such as `tidy up`. */
export function stepOf(step: string): { doing: Progress['doing']; about: string } {
  if (step === '') return { doing: 'nothing-yet', about: '' };
  const match = /^(copy|verify) (.+)$/.exec(step);
  if (!match?.[2]) return { doing: 'something', about: step };
  return { doing: match[1] === 'copy' ? 'copying' : 'verifying', about: match[2] };
}

/** While a run continues, only a verified snapshot counts as made; what was passed without one has failed. */
function copiesInHand(run: RunRow, verified: readonly string[]): CopyCard[] {
  const { doing, about } = stepOf(run.step);
  const current = run.destinations.indexOf(about);
  const stateOf = (destination: string, index: number): CopyState => {
    if (verified.includes(destination)) return 'succeeded';
    if (index === current) return doing === 'verifying' ? 'verifying' : 'copying';
    return index < current ? 'failed' : 'waiting';
  };
  return run.destinations.map((name, index) => ({
    name,
    isLocalCopy: name === localCopyName,
    state: stateOf(name, index),
    place: '',
    error: '',
  }));
}

function progressOf(run: RunRow, here: Here): Progress {
  const { doing, about } = stepOf(run.step);
  return {
    value: String(Math.round(run.percent * 10) / 10),
    percent: numberText(Math.floor(run.percent), here.locale),
    doing,
    about,
    aboutLocalCopy: about === localCopyName,
    files: count(run.files, here),
    totalFiles: run.totalFiles > 0 ? count(run.totalFiles, here) : null,
    bytes: bytesText(run.bytes, here),
    totalBytes: run.totalBytes > 0 ? bytesText(run.totalBytes, here) : '',
  };
}

/** One line of a protocol. */
export interface LineCard {
  readonly number: string;
  readonly iso: string;
  readonly clock: string;
  readonly level: ProtocolLine['level'];
  readonly outcome: ProtocolLine['outcome'];
  readonly step: string;
  readonly place: string;
  readonly text: string;
  readonly computer: string;
  readonly user: string;
}

export function lineCard(line: ProtocolLine, here: Here): LineCard {
  const { level, outcome, step, computer, user } = line;
  const [place, text] = [withLocalTimes(line.place, here), withLocalTimes(line.text, here)];
  const clock = clockTime(line.time, here);
  return { number: String(line.number), iso: line.time, clock, level, outcome, step, place, text, computer, user };
}
