import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromIso, toIso } from '../shared/instant.js';
import { latestDue, nextDue } from '../timetable/timetable.adapter.js';
import {
  jobFreshness,
  startGraceMs,
  type JobReason,
  type JobState,
  type KnownRun,
  type KnownRuns,
  type PlannedJob,
} from './job-freshness.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const now = fromIso('2026-11-22T08:00:00Z');
const daily: PlannedJob = { at: '0 2 * * *', timeZone: 'UTC', definedAt: '2026-01-01T00:00:00.000Z' };
const hourly: PlannedJob = { ...daily, at: '0 * * * *' };
const onDemand: PlannedJob = { definedAt: daily.definedAt };
const none: KnownRuns = { running: null, ended: null, good: null };

function run(outcome: KnownRun['outcome'], ago: number, tookMs = minute): KnownRun {
  const startedAt = toIso(now - ago);
  return { outcome, startedAt, completedAt: outcome === 'running' ? null : toIso(now - ago + tookMs) };
}
const good = (ago: number) => ({ ...none, ended: run('succeeded', ago), good: run('succeeded', ago) });
const failed = (ago: number, goodAgo: number) => ({
  ...none,
  ended: run('failed', ago),
  good: run('succeeded', goodAgo),
});

describe('a backup job', () => {
  it.each<[string, PlannedJob, KnownRuns, JobState, JobReason]>([
    ['succeeded last night', daily, good(6 * hour), 'fresh', 'last-run-good'],
    ['R3: was last good 88 days ago', daily, good(88 * day), 'overdue', 'planned-start-missed'],
    [
      'R3: has been running for 80 days',
      daily,
      { ...good(81 * day), running: run('running', 80 * day) },
      'running-too-long',
      'run-in-hand-too-long',
    ],
    ['R3: never ran, and was defined long ago', daily, none, 'never-succeeded', 'no-run-yet'],
    ['R3: failed last night, and was good before', daily, failed(6 * hour, 30 * hour), 'failed', 'last-run-failed'],
    [
      'R3 kind: failed 88 days ago and did not run since',
      daily,
      failed(88 * day, 89 * day),
      'overdue',
      'planned-start-missed',
    ],
    [
      'R3 kind: has never succeeded, and failed last night',
      daily,
      { ...none, ended: run('failed', 6 * hour) },
      'failed',
      'last-run-failed',
    ],
    [
      'R3 kind: is hourly and has been running for three hours',
      hourly,
      { ...good(4 * hour), running: run('running', 3 * hour) },
      'running-too-long',
      'run-in-hand-too-long',
    ],
    [
      'R3 kind: is on demand and has been running for two days',
      onDemand,
      { ...good(4 * day), running: run('running', 2 * day) },
      'running-too-long',
      'run-in-hand-too-long',
    ],
    ['R3 kind: is on demand and failed', onDemand, failed(hour, day), 'failed', 'last-run-failed'],
    [
      'R3 kind: is suspicious',
      daily,
      { ...none, ended: run('suspicious', 6 * hour), good: run('succeeded', 30 * hour) },
      'suspicious',
      'last-run-suspicious',
    ],
    [
      'R3 kind: was suspicious, and a person accepted it',
      daily,
      { ...none, ended: run('succeeded', 6 * hour), good: run('succeeded', 6 * hour) },
      'fresh',
      'last-run-good',
    ],
    ['F6: was good by a clock that ran two years ahead', daily, good(-730 * day), 'clock-wrong', 'clock-was-wrong'],
    [
      'F6 kind: was good by a clock that ran ahead, and truly 88 days ago',
      daily,
      { ...none, ended: run('succeeded', -730 * day), good: run('succeeded', 88 * day) },
      'overdue',
      'planned-start-missed',
    ],
    ['F6 kind: failed by a clock that ran ahead', daily, failed(-730 * day, 6 * hour), 'failed', 'last-run-failed'],
    [
      'F6 kind: runs since a moment in the future',
      daily,
      { ...good(6 * hour), running: run('running', -730 * day) },
      'running-too-long',
      'run-in-hand-too-long',
    ],
    ['ran by a clock a minute ahead', daily, good(-minute), 'fresh', 'last-run-good'],
    ['was defined an hour ago', { ...daily, definedAt: toIso(now - hour) }, none, 'waiting', 'first-run-to-come'],
    ['has its first run in hand', daily, { ...none, running: run('running', hour) }, 'waiting', 'first-run-in-hand'],
    [
      'is weekly, was defined two days ago and never ran',
      { ...daily, at: '0 2 * * 6', definedAt: toIso(now - 2 * day) },
      none,
      'never-succeeded',
      'no-run-yet',
    ],
    ['is on demand and was never asked', onDemand, none, 'on-demand', 'never-asked'],
    ['is on demand and was good a year ago', onDemand, good(365 * day), 'on-demand', 'last-run-good'],
    [
      'runs while the run before was good',
      daily,
      { ...good(30 * hour), running: run('running', 6 * hour) },
      'fresh',
      'last-run-good',
    ],
  ])('that %s', (_what, job, runs, state, because) => {
    expect(jobFreshness(job, runs, now, nextDue)).toMatchObject({ state, because });
  });

  it('is overdue an hour after the start that it missed, and names that start', () => {
    const runs = good(30 * hour);
    const planned = fromIso('2026-11-22T02:00:00Z');
    expect(jobFreshness(daily, runs, planned + startGraceMs, nextDue).state).toBe('fresh');
    expect(jobFreshness(daily, runs, planned + startGraceMs + 1, nextDue)).toEqual({
      state: 'overdue',
      because: 'planned-start-missed',
      since: '2026-11-22T02:00:00.000Z',
    });
  });

  const runOf = (outcomes: readonly KnownRun['outcome'][]) =>
    fc.option(
      fc
        .tuple(
          fc.constantFrom(...outcomes),
          fc.integer({ min: -800 * day, max: 800 * day }),
          fc.integer({ min: 0, max: 3 * day }),
        )
        .map(([outcome, ago, took]) => run(outcome, ago, took)),
      { nil: null },
    );
  const cases = fc.record({
    at: fc.constantFrom('0 2 * * *', '*/15 * * * *', '0 * * * *', '30 1 * * 6', '0 4 1 * *'),
    definedAgo: fc.integer({ min: 0, max: 800 * day }),
    running: runOf(['running']),
    ended: runOf(['succeeded', 'failed', 'suspicious']),
    good: runOf(['succeeded']),
  });

  it('R3: that is fresh has had a good run since its last planned start, or one is in progress', () => {
    fc.assert(
      fc.property(cases, ({ at, definedAgo, running, ended, good: lastGood }) => {
        const job = { at, timeZone: 'UTC', definedAt: toIso(now - definedAgo) };
        const { state } = jobFreshness(job, { running, ended, good: lastGood }, now, nextDue);
        if (state !== 'fresh') return true;
        const started = fromIso(running?.startedAt ?? toIso(now - 800 * day));
        const inHand = running !== null && started <= now + 5 * minute && started >= now - day;
        const goodEnds = [lastGood, ended?.outcome === 'succeeded' ? ended : null]
          .flatMap((one) => (one?.completedAt ? [fromIso(one.completedAt)] : []))
          .filter((end) => end <= now + 5 * minute);
        const isCovered = goodEnds.some((end) => latestDue(job, end, now - startGraceMs - 1) === null);
        return ended?.outcome !== 'failed' && goodEnds.length > 0 && (isCovered || inHand);
      }),
      { numRuns: 2000 },
    );
  });
});
