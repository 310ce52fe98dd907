import { describe, expect, it } from '@jest/globals';
import { jobStates, type JobFreshness, type JobState } from '../backups/job-freshness.js';
import type { CheckupStatus } from '../checkups/checkup.js';
import type { Severity } from '../shared/severity.js';
import { serverCondition, statusOfJob, type ConditionReason } from './condition.js';

const since = '2026-11-22T02:00:00Z';
const checkup = (status: CheckupStatus) => ({ now: { status, because: 'looked' as const }, since });
const job = (state: JobState): JobFreshness => ({ state, because: 'last-run-good', since });
const neverAsked: JobFreshness = { state: 'on-demand', because: 'never-asked', since: null };
const alarm = (severity: Severity) => ({ severity, since });

describe('the condition of a server', () => {
  it.each<[CheckupStatus[], Severity[], CheckupStatus, ConditionReason]>([
    [[], [], 'unknown', 'nothing-watched'],
    [[], ['warning'], 'warning', 'warning-alarm'],
    [['ok', 'ok'], [], 'ok', 'all-fine'],
    [['ok', 'unknown'], [], 'unknown', 'checkup-unknown'],
    [['ok', 'unknown'], ['warning'], 'warning', 'warning-alarm'],
    [['ok', 'warning'], ['critical'], 'critical', 'critical-alarm'],
    [['critical', 'unknown'], [], 'critical', 'checkup-critical'],
  ])('with check-ups %j and open alarms %j is %s because of %s', (checkups, alarms, status, because) => {
    const known = { checkups: checkups.map(checkup), jobs: [], alarms: alarms.map(alarm) };
    expect(serverCondition(known)).toMatchObject({ status, because });
  });

  it.each<[JobState, CheckupStatus, ConditionReason]>([
    ['overdue', 'critical', 'backup-overdue'],
    ['never-succeeded', 'critical', 'backup-never-succeeded'],
    ['failed', 'critical', 'backup-failed'],
    ['running-too-long', 'warning', 'backup-running-too-long'],
    ['suspicious', 'warning', 'backup-suspicious'],
    ['waiting', 'unknown', 'backup-waiting'],
    ['clock-wrong', 'unknown', 'backup-clock-wrong'],
  ])('R3: is not ok with a job that is %s, though all check-ups are', (state, status, because) => {
    const known = { checkups: [checkup('ok')], jobs: [job('fresh'), job(state)], alarms: [] };
    expect(serverCondition(known)).toEqual({ status, because, since });
  });

  it('R3 kind: is unknown where only a job on demand is defined that was never asked', () => {
    expect(serverCondition({ checkups: [], jobs: [neverAsked], alarms: [] })).toMatchObject({
      status: 'unknown',
      because: 'nothing-watched',
    });
    expect(serverCondition({ checkups: [], jobs: [job('fresh')], alarms: [] })).toMatchObject({ status: 'ok' });
  });

  it('R3 kind: names since when it is so, not since when the other things are fine', () => {
    const late = '2026-11-22T05:00:00Z';
    const known = { checkups: [checkup('ok'), { ...checkup('critical'), since: late }], jobs: [], alarms: [] };
    expect(serverCondition(known)).toEqual({ status: 'critical', because: 'checkup-critical', since: late });
  });

  it('R3 kind: takes two states of a job as well, and no other', () => {
    expect(jobStates.filter((state) => statusOfJob(state) === 'ok')).toEqual(['fresh', 'on-demand']);
  });
});
