import type { CopyReport, ProtocolLine, Suspicion } from '../../../backups/backups.events.js';
import type { Formats } from '../../formats.js';
import { oneLine } from '../../plain-text.js';
import type { Locale } from '../../recipient-group.js';
import type { Reader } from '../occasion.js';
import { adviceFor } from './advice.js';
import { withinBudget, type KeptLine } from './line-budget.js';
import type { RunRecord } from './run-record.js';
import { destinationText, runWords, stepText, type RunWords } from './run-words.js';

/** Characters of protocol in one message, all runs together: mail servers commonly refuse mails above 10 MB. */
export const protocolBudget = 2_000_000;
/** What a line takes in a message beside its own text. */
const lineOverhead = 120;

/** One line of protocol as a reader sees it. Where `gap` is not empty, it is instead of lines left out. */
export interface LineModel {
  readonly gap: string;
  readonly time: string;
  /** `yes`, or empty. */
  readonly isError: string;
  readonly isWarning: string;
  /** What became of it; for an error or warning, that word. */
  readonly status: string;
  readonly step: string;
  readonly text: string;
  readonly place: string;
}

export interface CopyModel {
  readonly destination: string;
  readonly outcome: string;
  /** `yes`, or empty. */
  readonly isGood: string;
  readonly place: string;
  readonly size: string;
  readonly files: string;
  readonly error: string;
  readonly advice: string;
}

export interface RunModel {
  readonly job: string;
  readonly server: string;
  readonly site: string;
  readonly computer: string;
  readonly user: string;
  readonly trigger: string;
  readonly outcome: string;
  /** `yes`, or empty. */
  readonly failed: string;
  /** How many warnings there were; empty if none. */
  readonly warnings: string;
  readonly oneWarning: string;
  readonly start: string;
  readonly shortStart: string;
  readonly duration: string;
  readonly files: string;
  readonly size: string;
  /** Empty if nothing went wrong. */
  readonly error: string;
  readonly advice: string;
  /** What looked odd, of a suspicious run; empty of others. */
  readonly suspicions: readonly string[];
  readonly copies: readonly CopyModel[];
  readonly lineCount: string;
  readonly lines: readonly LineModel[];
}

/** Runs as a template shows them. Flags are `yes` or empty. */
export interface RunsModel {
  readonly runs: readonly RunModel[];
  readonly runCount: string;
  readonly oneRun: string;
  readonly succeededCount: string;
  /** Empty if none failed. */
  readonly failedCount: string;
  readonly oneFailed: string;
}

/** Turns the records of runs into what a template shows. Everything from outside comes out as single lines. */
export function runsModel(runs: readonly RunRecord[], { locale, formats }: Reader): RunsModel {
  const budget = Math.floor(protocolBudget / Math.max(1, runs.length));
  const failed = runs.filter(({ completed }) => completed.data.outcome !== 'succeeded').length;
  return {
    runs: runs.map((run) => runModel(run, locale, formats, budget)),
    runCount: formats.count(runs.length),
    oneRun: flag(runs.length === 1),
    succeededCount: formats.count(runs.length - failed),
    failedCount: failed === 0 ? '' : formats.count(failed),
    oneFailed: flag(failed === 1),
  };
}

function runModel(run: RunRecord, locale: Locale, formats: Formats, budget: number): RunModel {
  const { data } = run.completed;
  const say = runWords[locale];
  const warnings = run.lines.filter(({ level }) => level === 'warning').length;
  return {
    job: oneLine(data.job),
    server: oneLine(run.serverText),
    site: oneLine(data.site),
    computer: oneLine(run.started?.data.computer ?? ''),
    user: oneLine(run.started?.data.user ?? ''),
    trigger: run.started === null ? '' : say.triggers[run.started.data.trigger],
    outcome: say.outcomes[data.outcome],
    failed: flag(data.outcome !== 'succeeded'),
    warnings: warnings === 0 ? '' : formats.count(warnings),
    oneWarning: flag(warnings === 1),
    start: formats.moment(data.startedAt),
    shortStart: formats.shortMoment(data.startedAt),
    duration: formats.duration(data.durationMs),
    files: formats.count(data.files),
    size: formats.size(data.bytes),
    error: data.error === null ? '' : formats.snapshots(oneLine(data.error.text)),
    advice: data.error === null ? '' : adviceFor(data.error.code, locale),
    suspicions: data.outcome === 'suspicious' ? data.suspicions.map(suspicionText) : [],
    copies: data.copies.map((copy) => copyModel(copy, run, locale, formats)),
    lineCount: formats.count(run.lines.length),
    lines: protocol(run, say, formats, budget),
  };
}

function suspicionText({ source, text }: Suspicion): string {
  return oneLine(source === null ? text : `${source}: ${text}`);
}

function copyModel(copy: CopyReport, run: RunRecord, locale: Locale, formats: Formats): CopyModel {
  const say = runWords[locale];
  const verified = run.verified.find(({ data }) => data.destination === copy.destination)?.data;
  // The same error is above already, with what to do about it.
  const isSaid = copy.error?.text === run.completed.data.error?.text;
  const error = copy.error === null || isSaid ? null : copy.error;
  return {
    destination: destinationText(copy.destination, say),
    outcome: say.copyOutcomes[copy.outcome],
    isGood: flag(copy.outcome === 'succeeded'),
    place: formats.snapshots(oneLine(copy.place ?? '')),
    size: verified ? formats.size(verified.bytes) : '',
    files: verified ? formats.count(verified.files) : '',
    error: error === null ? '' : formats.snapshots(oneLine(error.text)),
    advice: error === null ? '' : adviceFor(error.code, locale),
  };
}

function protocol(run: RunRecord, say: RunWords, formats: Formats, budget: number): readonly LineModel[] {
  const kept = withinBudget(
    run.lines,
    budget,
    ({ text, place, step }) => text.length + place.length + step.length + lineOverhead,
    ({ level }) => level !== 'info',
  );
  return kept.map((entry) => lineModel(entry, run, say, formats));
}

const emptyLine = { time: '', isError: '', isWarning: '', status: '', step: '', text: '', place: '' };

function lineModel(entry: KeptLine<ProtocolLine>, run: RunRecord, say: RunWords, formats: Formats): LineModel {
  if (entry.kind === 'gap') return { ...emptyLine, gap: say.linesLeftOut(formats.count(entry.lines)) };
  const { line } = entry;
  const isElsewhere = line.computer !== run.started?.data.computer || line.user !== run.started.data.user;
  return {
    gap: '',
    time: formats.clock(line.time),
    isError: flag(line.level === 'error'),
    isWarning: flag(line.level === 'warning'),
    status: line.level === 'info' ? say.lineOutcomes[line.outcome] : say.levels[line.level],
    step: stepText(line.step, say),
    text: formats.snapshots(oneLine(isElsewhere ? `${line.text} (${line.user}@${line.computer})` : line.text)),
    place: formats.snapshots(oneLine(line.place)),
  };
}

function flag(value: boolean): string {
  return value ? 'yes' : '';
}
