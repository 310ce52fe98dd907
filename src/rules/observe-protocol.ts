import type { EventOf } from '../event-log/event-types.js';
import type { backupLogged, backupCompleted } from '../backups/backups.events.js';
import { effectiveTime } from '../shared/log-time.js';
import type { Observation } from './judge.js';
import { compilePattern } from './pattern.js';
import type { ProtocolLineCondition } from './rule.js';

/** The jobs of one server of which the newest run with a matching line is still the last word, each with that run. */
export type MatchingRuns = ReadonlyMap<string, string>;

const mostQuoted = 300;

/** What a chunk of protocol lines shows: the condition holds from the first line that matches. */
export function observeLines(when: ProtocolLineCondition, event: EventOf<typeof backupLogged>): Observation {
  const pattern = compilePattern(when.protocolLine);
  // A pattern with a fault is refused when a rule is defined. Should one stand in the log, it must not stop the others.
  if (pattern.kind === 'faulty') return { shows: 'nothing' };
  const { lines, job } = event.data;
  const line = lines.find(({ level, text }) => (!when.level || level === when.level) && pattern.matches(text));
  if (!line) return { shows: 'nothing' };
  const text = line.text.length > mostQuoted ? `${line.text.slice(0, mostQuoted)}…` : line.text;
  return {
    shows: 'holding',
    because: 'line-matched',
    since: effectiveTime({ time: line.time, recordedtime: event.recordedtime }),
    summary: `${job}, line ${line.number}: ${text}`,
    evidence: [event.id],
  };
}

/**
 * What the end of a run shows. A run without a matching line ends the condition for its job; the condition ends for the
 * server when it holds for none of its jobs.
 */
export function observeRunEnd(
  matching: MatchingRuns,
  event: EventOf<typeof backupCompleted>,
): { readonly matching: MatchingRuns; readonly observation: Observation } {
  const { job, runId } = event.data;
  if (matching.get(job) === runId) return { matching, observation: { shows: 'nothing' } };
  return withoutJob(matching, job);
}

/** The same when the job is retired: nobody will run it again. */
export function withoutJob(
  matching: MatchingRuns,
  job: string,
): { readonly matching: MatchingRuns; readonly observation: Observation } {
  const left = new Map([...matching].filter(([other]) => other !== job));
  return { matching: left, observation: left.size === 0 ? { shows: 'not-holding' } : { shows: 'nothing' } };
}
