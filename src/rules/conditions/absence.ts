import { z } from 'zod';
import { backupAccepted, backupCompleted, backupJobDefined, backupJobRetired } from '../../backups/backups.events.js';
import { namedThingFaults } from '../../definitions/checking/named-things.js';
import { draftOf, draftText } from '../../definitions/checking/draft.js';
import type { EventOf } from '../../event-log/event-types.js';
import { fromIso, toIso, type Instant } from '../../shared/instant.js';
import { effectiveTime, isAhead } from '../../shared/log-time.js';
import { addressPatternSchema, nameIn, parsePattern } from '../../shared/address.js';
import { durationSchema, durationSeconds } from '../../shared/schedule.js';
import { defineCondition, type EventSight, type Finding, type Shown, type Sight } from './condition.js';
import { countsFrom, jobMemorySchema, knownAt, newJob, withSuccess, type JobMemory } from './job-memory.js';
import { storedMap, withEntry, withoutEntry } from './stored-map.js';

const schema = z.strictObject({
  noSuccessOf: addressPatternSchema.describe(
    'A backup job: <name> means every job of that name, <server>/<name> or <site>/<server>/<name> that one',
  ),
  within: durationSchema.describe('Longest time between two successful runs, e.g. 26h'),
});
type When = z.infer<typeof schema>;

type Jobs = ReadonlyMap<string, JobMemory>;
const fresh: Jobs = new Map();
type Seen = { readonly memory: Jobs; readonly shown: readonly Shown[] };

/** A backup job has not succeeded for too long. */
export const absenceCondition = defineCondition({
  key: 'noSuccessOf',
  schema,
  because: 'no-success-in-time',
  draft: draftOf({ noSuccessOf: draftText }),
  faults: ({ noSuccessOf: text }, path, context) =>
    namedThingFaults({ text, kind: 'backup-job', what: 'backup job' }, [...path, 'noSuccessOf'], context),
  concerns: ({ noSuccessOf }) => parsePattern(noSuccessOf),
  subject: ({ noSuccessOf }) => ({ kind: 'job', name: nameIn(noSuccessOf) }),
  index: ({ noSuccessOf }) => nameIn(noSuccessOf),
  hears: [backupJobDefined, backupJobRetired, backupCompleted, backupAccepted],
  shows(event, sight): Seen {
    switch (event.type) {
      case 'backup-job.defined':
        return { memory: withJob(sight.memory, event), shown: [] };
      case 'backup-job.retired':
        return { memory: withoutEntry(sight.memory, event.data.job), shown: [] };
      case 'backup.completed':
        return event.data.outcome === 'succeeded'
          ? successShows(event, effectiveTime(event), sight)
          : { memory: sight.memory, shown: [] };
      case 'backup.accepted':
        // A suspicious run that a person accepts is a success.
        return successShows(event, acceptedAt(event), sight);
    }
  },
  clock: {
    shows: (now, sight) =>
      rulesOnJobs(sight).map(({ rule, subject, job }) => ({
        ...{ rule, subject },
        finding: findingOf(subject.name, rule.when, job, now),
      })),
    begins: (now, sight) =>
      rulesOnJobs(sight).map(({ rule, subject, job }) => ({ rule, subject, at: beginsAt(rule.when, job, now) })),
  },
  memory: {
    name: 'jobs',
    fresh,
    stored: storedMap(jobMemorySchema),
    encode: (jobs) => [...jobs],
    clockRead(jobs, now) {
      const known = [...jobs].map(([name, job]) => [name, knownAt(job, now)] as const);
      return known.every(([name, job]) => jobs.get(name) === job) ? jobs : new Map(known);
    },
  },
});

function withJob(jobs: Jobs, event: EventOf<typeof backupJobDefined>): Jobs {
  const { job } = event.data;
  if (jobs.has(job)) return jobs;
  return withEntry(jobs, job, newJob({ at: effectiveTime(event), eventId: event.id }));
}

/** As old as its data is. */
function acceptedAt({ data, recordedtime }: EventOf<typeof backupAccepted>): Instant {
  return effectiveTime({ time: data.completedAt, recordedtime });
}

type Success = EventOf<typeof backupCompleted | typeof backupAccepted>;

function successShows(event: Success, at: Instant, { memory, rules, isWatched }: EventSight<When, Jobs>): Seen {
  const { job } = event.data;
  const known = memory.get(job);
  if (!isWatched || !known) return { memory, shown: [] };
  if (known.lastSuccess && isLate(event) && at <= known.lastSuccess.at) return { memory, shown: [] };
  const succeeded = withSuccess(known, { at, eventId: event.id });
  const shown = rules(job)
    .map((rule) => ({
      rule,
      subject: { kind: 'job' as const, name: job },
      finding: findingOf(job, rule.when, succeeded, fromIso(event.recordedtime)),
    }))
    // A success that is told so late that it is too old already ends nothing.
    .filter(({ finding }) => finding.shows !== 'holding');
  return { memory: withEntry(memory, job, succeeded), shown };
}

/** Whether a success became known long after it happened. */
function isLate(event: Success): boolean {
  return event.type === 'backup.accepted' || isAhead(fromIso(event.recordedtime), fromIso(event.time));
}

function rulesOnJobs({ memory, rules }: Sight<When, Jobs>) {
  return [...memory].flatMap(([name, job]) =>
    rules(name).map((rule) => ({ rule, subject: { kind: 'job' as const, name }, job })),
  );
}

/** From this moment on the job has been without success for too long, as far as it is known at `now`. */
function beginsAt(when: When, job: JobMemory, now: Instant): Instant {
  return countsFrom(job, now).from.at + durationSeconds(when.within) * 1000;
}

/** What the clock shows of a job that should have succeeded. */
function findingOf(name: string, when: When, job: JobMemory, now: Instant): Finding {
  const since = beginsAt(when, job, now);
  if (now < since) return { shows: 'not-holding' };
  const { from, succeeded } = countsFrom(job, now);
  const history = succeeded
    ? `last succeeded at ${forPeople(from.at)}`
    : `has not succeeded since it was defined at ${forPeople(from.at)}`;
  return {
    shows: 'holding',
    since,
    summary: `${name} ${history}; it should succeed every ${when.within}`,
    // A newer success whose time is not believed is named too: the alarm is another one than that which it had ended.
    evidence: [from.eventId, ...(job.newest === null || job.newest === from.eventId ? [] : [job.newest])],
  };
}

/** `2026-11-22 02:00 UTC` */
function forPeople(instant: Instant): string {
  return `${toIso(instant).slice(0, 16).replace('T', ' ')} UTC`;
}
