import { z } from 'zod';
import { backupCompleted, backupJobRetired, backupLogged } from '../../backups/backups.events.js';
import { namedThingFaults } from '../../definitions/checking/named-things.js';
import { draftOf, draftText } from '../../definitions/checking/draft.js';
import { shown as quoted, type Fault, type Path } from '../../definitions/checking/problem.js';
import type { EventOf } from '../../event-log/event-types.js';
import { effectiveTime } from '../../shared/log-time.js';
import { addressPatternSchema, nameIn, parsePattern } from '../../shared/address.js';
import { placeOf, placeOnServer, type AlarmPlace } from '../alarm-place.js';
import type { AlarmSubject } from '../alarm-subject.js';
import { compilePattern } from '../pattern.js';
import { defineCondition, type EventSight, type Finding, type Shown } from './condition.js';
import { storedMap, withEntry, withoutEntry } from './stored-map.js';

const schema = z.strictObject({
  protocolLine: z.string().min(1).max(1000).describe('Regular expression (RE2) that a line of the protocol matches'),
  job: addressPatternSchema
    .optional()
    .describe(
      'Only this job: <name> means every job of that name, <server>/<name> or <site>/<server>/<name> that one; without it, every job',
    ),
  level: z.enum(['info', 'warning', 'error']).optional().describe('Only lines of this level'),
});
type When = z.infer<typeof schema>;

/** The jobs of one server of which the newest run with a matching line is still the last word, each with that run. */
type MatchingRuns = ReadonlyMap<string, string>;
const noRuns: MatchingRuns = new Map();

/** By where a rule has an alarm; what an older version wrote, by rule. */
type Matching = ReadonlyMap<AlarmPlace, MatchingRuns>;
const fresh: Matching = new Map();

type Sight = EventSight<When, Matching>;
type Seen = { readonly memory: Matching; readonly shown: readonly Shown[] };

const anyJob = '';
const mostQuoted = 300;

/** A line of a backup's protocol matches a pattern. */
export const protocolLineCondition = defineCondition({
  key: 'protocolLine',
  schema,
  because: 'line-matched',
  draft: draftOf({ protocolLine: draftText, job: draftText }),
  faults: ({ protocolLine, job: text }, path, context) => [
    ...namedThingFaults({ text, kind: 'backup-job', what: 'backup job' }, [...path, 'job'], context),
    ...patternFaults(protocolLine, [...path, 'protocolLine']),
  ],
  unusable({ protocolLine }) {
    const pattern = compilePattern(protocolLine);
    return pattern.kind === 'faulty' ? [{ path: ['protocolLine'], message: pattern.message }] : [];
  },
  concerns: ({ job }) => (job === undefined ? null : parsePattern(job)),
  subject: ({ job }) => (job === undefined ? null : { kind: 'job', name: nameIn(job) }),
  index: ({ job }) => (job === undefined ? anyJob : nameIn(job)),
  hears: [backupLogged, backupCompleted, backupJobRetired],
  shows(event, sight): Seen {
    switch (event.type) {
      case 'backup.logged':
        return linesShow(event, sight);
      case 'backup.completed':
        return runEndShows(event, sight);
      case 'backup-job.retired':
        return retiredJobShows(event.data.job, sight);
    }
  },
  clock: null,
  memory: {
    name: 'matching',
    fresh,
    stored: storedMap(storedMap(z.string())),
    encode: (matching) => [...matching].map(([place, runs]) => [place, [...runs]]),
    placeEnded: withoutEntry<MatchingRuns>,
    formerSubject: (matching, rule) => onlyJobOf(matching.get(rule) ?? noRuns),
    atPlaces: (matching, placeAt) => new Map([...matching].map(([place, runs]) => [placeAt(place), runs])),
  },
});

function patternFaults(source: string | null, path: Path): readonly Fault[] {
  const pattern = source === null ? null : compilePattern(source);
  if (pattern?.kind !== 'faulty') return [];
  return [
    {
      path,
      message: `${quoted(source)} is not a valid pattern: ${pattern.message}`,
      advice: 'Use the regular expression syntax of RE2 (https://github.com/google/re2/wiki/Syntax)',
    },
  ];
}

/** What the rest of a run says changes nothing once one of its lines has matched. */
function linesShow(event: EventOf<typeof backupLogged>, { memory, rules, isWatched }: Sight): Seen {
  const { job, runId, server } = event.data;
  if (!isWatched) return { memory, shown: [] };
  return [...rules(job), ...rules(anyJob)].reduce<Seen>(
    (seen, rule) => {
      const subject = subjectOfLine(seen.memory, rule.name, job, server);
      const place = placeOf(rule.name, subject);
      const runs = seen.memory.get(place) ?? noRuns;
      if (runs.get(job) === runId) return seen;
      const finding = findingOf(rule.when, event);
      if (finding.shows !== 'holding') return seen;
      return {
        memory: withEntry(seen.memory, place, withEntry(runs, job, runId)),
        shown: [...seen.shown, { rule, subject, finding }],
      };
    },
    { memory, shown: [] },
  );
}

/**
 * A line of a job is judged for the job alone. An alarm of a rule on every job that is open from before alarms had subjects
 * speaks for the jobs that had failed by then; one that fails now has its own alarm.
 */
function subjectOfLine(matching: Matching, rule: string, job: string, server: string): AlarmSubject {
  const speaksForJob = matching.get(placeOnServer(rule, server))?.has(job) === true;
  return speaksForJob ? { kind: 'server', name: server } : { kind: 'job', name: job };
}

/** What a chunk of protocol lines shows: the condition holds from the first line that matches. */
function findingOf(when: When, event: EventOf<typeof backupLogged>): Finding {
  const pattern = compilePattern(when.protocolLine);
  // A pattern with a fault is refused when a rule is defined. Should one are in the log, it must not stop the others.
  if (pattern.kind === 'faulty') return { shows: 'nothing' };
  const { lines, job } = event.data;
  const line = lines.find(({ level, text }) => (!when.level || level === when.level) && pattern.matches(text));
  if (!line) return { shows: 'nothing' };
  const text = line.text.length > mostQuoted ? `${line.text.slice(0, mostQuoted)}…` : line.text;
  return {
    shows: 'holding',
    since: effectiveTime({ time: line.time, recordedtime: event.recordedtime }),
    summary: `${job}, line ${line.number}: ${text}`,
    evidence: [event.id],
  };
}

/** A run without a matching line ends the condition for its job. */
function runEndShows(event: EventOf<typeof backupCompleted>, sight: Sight): Seen {
  const { job, runId } = event.data;
  if (!sight.isWatched) return { memory: sight.memory, shown: [] };
  return withoutJob(job, sight, (runs) => runs.get(job) !== runId);
}

/** The same when the job is retired: it will not run again. */
function retiredJobShows(job: string, sight: Sight): Seen {
  return withoutJob(job, sight, (runs) => runs.has(job));
}

/** An alarm ends when its condition holds for none of its jobs. */
function withoutJob(job: string, sight: Sight, ends: (runs: MatchingRuns) => boolean): Seen {
  return alarmsOfJob(job, sight).reduce<Seen>(
    (seen, { rule, subject }) => {
      const place = placeOf(rule.name, subject);
      const runs = seen.memory.get(place) ?? noRuns;
      if (!ends(runs)) return seen;
      const left = withoutEntry(runs, job);
      if (left.size > 0) return { ...seen, memory: withEntry(seen.memory, place, left) };
      const memory = withoutEntry(seen.memory, place);
      return { memory, shown: [...seen.shown, { rule, subject, finding: { shows: 'not-holding' } }] };
    },
    { memory: sight.memory, shown: [] },
  );
}

/** The open alarms that a job may end: its own, and those about the whole server. */
function alarmsOfJob(job: string, { alarms }: Sight) {
  return alarms().filter(({ rule, subject: { kind, name } }) => {
    if (rule.when.job !== undefined && nameIn(rule.when.job) !== job) return false;
    return kind === 'server' || (kind === 'job' && name === job);
  });
}

/** Where only one job had failed, the alarm was about that job. */
function onlyJobOf(runs: MatchingRuns): AlarmSubject | null {
  const [job, ...others] = runs.keys();
  return job === undefined || others.length > 0 ? null : { kind: 'job', name: job };
}
