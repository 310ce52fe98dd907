import { describe, expect, it } from '@jest/globals';
import type { CheckupStatus } from '../checkups/checkup.js';
import { backupJobDefinitionSchema } from '../backups/job.js';
import { checkupDefinitionSchema } from '../checkups/checkup.js';
import type { AlarmRow } from '../views/alarms/alarms.entity.js';
import type { RunOutcome } from '../views/runs/runs.entity.js';
import { alarmRow, runRow } from '../../test/fixtures/clinic-rows.js';
import { overall } from './overall.js';
import type { CheckupRows, JobRows, OverallRows } from './rows.js';

const at = Date.parse('2026-11-22T02:00:00Z');

function checkup(status: CheckupStatus): CheckupRows {
  const definition = checkupDefinitionSchema.parse({ name: 'load', plugin: 'load', every: '1m' });
  return { id: 'clinic.reception.load', definition, newest: null, now: { status, because: 'looked' } };
}

function job(completed: RunOutcome | null, running = false, when: string | undefined = '0 2 * * *'): JobRows {
  const definition = backupJobDefinitionSchema.parse({
    name: 'records',
    sources: [{ name: 'files', plugin: 'folder' }],
    ...(when ? { at: when } : {}),
  });
  const lastCompleted = completed ? runRow('run-1', 'reception', 'records', at, { outcome: completed }) : null;
  const last = running
    ? runRow('run-2', 'reception', 'records', at + 1, { outcome: 'running', completedAt: null })
    : lastCompleted;
  return {
    site: 'clinic',
    server: 'reception',
    definition,
    last,
    lastCompleted,
    lastSuccess: completed === 'succeeded' ? lastCompleted : null,
    clockWrong: false,
  };
}

function rows(parts: { checkups?: CheckupRows[]; jobs?: JobRows[]; alarms?: AlarmRow[] }): OverallRows {
  const server = { site: 'clinic', server: 'reception', title: null };
  return {
    servers: [{ ...server, checkups: parts.checkups ?? [], jobs: parts.jobs ?? [] }],
    alarms: parts.alarms ?? [],
  };
}

const critical = alarmRow('a', at);
const acknowledged = alarmRow('b', at, { acknowledgedAt: '2026-11-22T03:00:00Z' });
const warning = alarmRow('c', at, { severity: 'warning' });
const fine = { checkups: [checkup('ok')], jobs: [job('succeeded')] };

describe('the state of everything', () => {
  it.each<[string, Parameters<typeof rows>[0], string, string, number]>([
    ['all is fine', fine, 'green', 'all-fine', 0],
    ['a critical alarm calls', { ...fine, alarms: [critical, warning] }, 'red', 'critical-alarm', 1],
    ['two call', { ...fine, alarms: [critical, { ...critical, alarmId: 'd' }] }, 'red', 'critical-alarm', 2],
    [
      'the critical alarm is acknowledged',
      { ...fine, alarms: [acknowledged, warning] },
      'amber',
      'critical-acknowledged',
      1,
    ],
    ['a warning is open', { ...fine, alarms: [warning] }, 'amber', 'warning-alarm', 1],
    [
      'a backup failed, without a rule for it',
      { jobs: [job('failed')], checkups: [checkup('ok')] },
      'amber',
      'backup-failed',
      1,
    ],
    ['a backup failed and is tried again', { jobs: [job('failed', true)] }, 'amber', 'backup-failed', 1],
    [
      'a check-up is critical, without a rule for it',
      { checkups: [checkup('critical'), checkup('unknown')] },
      'amber',
      'checkup-not-ok',
      1,
    ],
    [
      'nobody knows about a check-up',
      { ...fine, checkups: [checkup('ok'), checkup('unknown')] },
      'unknown',
      'checkup-unknown',
      1,
    ],
    ['a job has never run', { ...fine, jobs: [job(null)] }, 'unknown', 'never-backed-up', 1],
    ['its first run is in hand', { ...fine, jobs: [job(null, true)] }, 'unknown', 'never-backed-up', 1],
    ['a job that runs on demand was never asked', { ...fine, jobs: [job(null, false, '')] }, 'green', 'all-fine', 0],
    ['nothing is watched', {}, 'unknown', 'nothing-watched', 1],
  ])('when %s', (_when, parts, board, because, number) => {
    expect(overall(rows(parts))).toMatchObject({ board, because, number });
  });

  it('counts what is good, and names the last good backup', () => {
    const state = overall(
      rows({ checkups: [checkup('ok'), checkup('warning')], jobs: [job('succeeded', true), job('failed')] }),
    );
    expect(state).toMatchObject({
      checkups: { fine: 1, all: 2 },
      jobs: { good: 1, all: 2 },
      lastGood: { runId: 'run-1' },
    });
  });
});
