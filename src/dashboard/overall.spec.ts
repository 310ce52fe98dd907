import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jobFreshness } from '../backups/job-freshness.js';
import { backupJobDefinitionSchema } from '../backups/job.js';
import { checkupDefinitionSchema, type CheckupStatus } from '../checkups/checkup.js';
import { serverCondition } from '../ward/condition.js';
import { knownRun, type CheckupRows, type JobRows, type ServerRows, type Ward } from '../ward/ward.js';
import { toIso } from '../shared/instant.js';
import { latestDue, nextDue } from '../timetable/timetable.adapter.js';
import type { AlarmRow } from '../rules/views/alarms/alarms.entity.js';
import type { RunOutcome, RunRow } from '../backups/views/runs/runs.entity.js';
import { alarmRow, clinicFile, dayMs, hourMs, runRow } from '../../test/fixtures/clinic-rows.js';
import type { ClockJump } from '../clock/views/clocks/clocks.entity.js';
import { overall } from './overall.js';

const at = Date.parse('2026-11-22T02:00:00Z');
const now = at + 4 * hourMs;

function checkup(status: CheckupStatus): CheckupRows {
  const definition = checkupDefinitionSchema.parse({ name: 'load', plugin: 'load', every: '1m' });
  return {
    id: 'clinic.reception.load',
    definition,
    managedBy: clinicFile,
    newest: null,
    now: { status, because: 'looked' },
  };
}

interface Course {
  readonly when?: string;
  readonly running?: RunRow | null;
  readonly ended?: RunRow | null;
  readonly good?: RunRow | null;
  readonly definedAt?: number;
}

function jobRows({ when = '0 2 * * *', running = null, ended = null, good = null, definedAt = now }: Course): JobRows {
  const planned = when ? { at: when, timeZone: 'UTC' } : {};
  const sources = [{ name: 'files', plugin: 'folder' }];
  const definition = backupJobDefinitionSchema.parse({ name: 'records', sources, ...planned });
  const known = { running: knownRun(running), ended: knownRun(ended), good: knownRun(good) };
  return {
    ...{
      site: 'clinic',
      server: 'reception',
      definition,
      managedBy: clinicFile,
      last: running ?? ended,
      lastEnded: ended,
      lastSuccess: good,
      running,
    },
    now: jobFreshness({ ...definition, definedAt: toIso(definedAt) }, known, now, nextDue),
  };
}

function job(completed: RunOutcome | null, running = false, when = '0 2 * * *'): JobRows {
  const ended = completed ? runRow('run-1', 'reception', 'records', at, { outcome: completed }) : null;
  const inHand = runRow('run-2', 'reception', 'records', at + 1, { outcome: 'running', completedAt: null });
  return jobRows({ when, ended, running: running ? inHand : null, good: completed === 'succeeded' ? ended : null });
}

const delivery = { undelivered: [], withoutMailServer: [] };

function rows(parts: { checkups?: CheckupRows[]; jobs?: JobRows[]; alarms?: AlarmRow[] }): Ward {
  const { checkups = [], jobs = [], alarms = [] } = parts;
  const condition = serverCondition({
    checkups: checkups.map((one) => ({ now: one.now, since: null })),
    jobs: jobs.map((one) => one.now),
    alarms,
  });
  const about = { site: 'clinic', server: 'reception', title: null, managedBy: clinicFile };
  const server: ServerRows = { ...about, checkups, jobs, alarms, condition };
  return { servers: [server], alarms, delivery, clockJumps: [] };
}

const names = ({ name }: { readonly name: string }) => name;
const longAgo = runRow('run-0', 'reception', 'records', now - 88 * dayMs);
const hung = runRow('run-3', 'reception', 'records', now - 80 * dayMs, { outcome: 'running', completedAt: null });

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
    ['a new job waits for its first run', { ...fine, jobs: [job(null)] }, 'unknown', 'backup-waiting', 1],
    ['its first run is in hand', { ...fine, jobs: [job(null, true)] }, 'unknown', 'backup-waiting', 1],
    [
      'R3: a job was last good 88 days ago, without a rule for it',
      { ...fine, jobs: [jobRows({ ended: longAgo, good: longAgo })] },
      'amber',
      'backup-overdue',
      1,
    ],
    [
      'R3: a run has been going on for 80 days',
      { ...fine, jobs: [jobRows({ running: hung, ended: longAgo, good: longAgo })] },
      'amber',
      'backup-running-too-long',
      1,
    ],
    ['R3 kind: a backup is suspicious', { ...fine, jobs: [job('suspicious')] }, 'amber', 'backup-suspicious', 1],
    [
      'R3: a job has never run, and was defined long ago',
      { ...fine, jobs: [jobRows({ definedAt: now - 10 * dayMs })] },
      'amber',
      'backup-never-succeeded',
      1,
    ],
    ['a job that runs on demand was never asked', { ...fine, jobs: [job(null, false, '')] }, 'green', 'all-fine', 0],
    ['nothing is watched', {}, 'unknown', 'nothing-watched', 1],
  ])('when %s', (_when, parts, board, because, number) => {
    expect(overall(rows(parts), names)).toMatchObject({ board, because, number });
  });

  it('counts what is good, and names the last good backup', () => {
    const state = overall(
      rows({ checkups: [checkup('ok'), checkup('warning')], jobs: [job('succeeded', true), job('failed')] }),
      names,
    );
    expect(state).toMatchObject({
      checkups: { fine: 1, all: 2 },
      jobs: { good: 1, all: 2 },
      lastGood: { runId: 'run-1' },
    });
  });

  it('R3 kind: is not green while a server of several has nothing that watches it', () => {
    const [server] = rows(fine).servers;
    const [unwatched] = rows({}).servers;
    if (!server || !unwatched) throw new Error('there are no servers');
    const ward = { servers: [server, { ...unwatched, server: 'lab' }], alarms: [], delivery, clockJumps: [] };
    expect(overall(ward, names)).toMatchObject({ board: 'unknown', because: 'nothing-watched', about: ['lab'] });
  });

  it('F32: is amber while a group could not be told, or asks for e-mail that cannot be sent', () => {
    const late = {
      ...{
        group: 'practice-it',
        channel: 'email',
        to: ['it@clinic.example'],
        messageId: 'm',
        messages: 1,
        gaveUp: true,
      },
      ...{ since: '2026-11-22T02:00:00Z', error: '550 no such user' },
    };
    expect(overall({ ...rows(fine), delivery: { ...delivery, undelivered: [late] } }, names)).toMatchObject({
      ...{ board: 'amber', because: 'message-not-delivered', about: ['practice-it (email)'] },
    });
    expect(overall({ ...rows(fine), delivery: { ...delivery, withoutMailServer: ['IT'] } }, names)).toMatchObject({
      ...{ board: 'amber', because: 'mail-not-set-up', about: ['IT'] },
    });
  });

  it('is amber while the clock of a computer has jumped', () => {
    const jump: ClockJump = {
      ...{ jumpId: 'j', installation: 'i', computer: 'RECEPTION-PC', against: 'steady-clock', ms: 60 * dayMs },
      ...{ expected: '2026-11-22T02:00:00.000Z', shown: '2027-01-21T02:00:00.000Z' },
    };
    expect(overall({ ...rows(fine), clockJumps: [jump, { ...jump, jumpId: 'k' }] }, names)).toMatchObject({
      ...{ board: 'amber', because: 'clock-jumped', about: ['RECEPTION-PC'] },
    });
  });

  const anyRun = (outcomes: readonly RunOutcome[]) =>
    fc.option(
      fc.tuple(fc.constantFrom(...outcomes), fc.integer({ min: -3 * dayMs, max: 100 * dayMs })).map(([outcome, ago]) =>
        runRow('run', 'reception', 'records', now - ago, {
          outcome,
          ...(outcome === 'running' ? { completedAt: null } : {}),
        }),
      ),
      { nil: null },
    );

  it('R3: green implies that every planned job has had a good run since its last planned start, or one is in progress', () => {
    const anyJob = fc.record({
      when: fc.constantFrom('0 2 * * *', '0 * * * *', '30 1 * * 6'),
      running: anyRun(['running']),
      ended: anyRun(['succeeded', 'failed']),
      good: anyRun(['succeeded']),
      definedAt: fc.integer({ min: now - 100 * dayMs, max: now }),
    });
    let green = 0;
    fc.assert(
      fc.property(fc.array(anyJob, { minLength: 1, maxLength: 3 }), (jobs) => {
        const ward = rows({ checkups: [checkup('ok')], jobs: jobs.map(jobRows) });
        const { board } = overall(ward, names);
        expect(board === 'green').toBe(ward.servers.every(({ condition }) => condition.status === 'ok'));
        if (board !== 'green') return;
        green++;
        for (const { when, good, ended, running } of jobs) {
          const inHand = running !== null && Date.parse(running.startedAt) >= now - dayMs;
          const ends = [good, ended?.outcome === 'succeeded' ? ended : null]
            .flatMap((run) => (run?.completedAt ? [Date.parse(run.completedAt)] : []))
            .filter((end) => end <= now + 5 * 60_000);
          const missed = ends.map((end) => latestDue({ at: when, timeZone: 'UTC' }, end, now - hourMs - 1));
          expect(ends.length).toBeGreaterThan(0);
          expect(inHand || missed.includes(null)).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
    expect(green).toBeGreaterThan(20);
  });
});
