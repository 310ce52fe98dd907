import { describe, expect, it } from '@jest/globals';
import type { Alarm, Checkup, Job, Run, Server, System } from './answers.js';
import { allIsWell, statusReport, type Findings } from './status-report.js';
import { noColour } from './style.js';

const reading = { now: Date.parse('2026-11-22T08:00:00Z'), timeZone: 'UTC', paint: noColour };
const here = { site: 'main', server: 'reception' };
const server: Server = { site: 'main', name: 'reception', title: 'Reception', status: 'ok' };
const checkup: Checkup = {
  ...here,
  id: 'main.reception.disk-space',
  name: 'disk-space',
  title: 'Disk space',
  status: 'ok',
  because: 'looked',
  newest: { time: '2026-11-22T07:59:00Z', summary: '62 % free' },
};
const good: Run = {
  ...here,
  runId: '1',
  job: 'records',
  outcome: 'succeeded',
  suspicions: [],
  clockWrong: false,
  startedAt: '2026-11-22T02:00:00Z',
  completedAt: '2026-11-22T02:01:00Z',
  error: null,
  copies: [],
  percent: 100,
  step: '',
  files: 1200,
  bytes: 3_400_000,
  totalFiles: 1200,
  totalBytes: 3_400_000,
};
const failed: Run = {
  ...good,
  outcome: 'failed',
  error: { code: 'no-space', text: 'no space left on the disk of /mnt' },
};
const job: Job = {
  ...here,
  name: 'records',
  title: 'Records',
  status: 'ok',
  state: 'fresh',
  because: 'last-run-good',
  since: '2026-11-22T02:01:00Z',
  nextPlanned: '2026-11-23T02:00:00Z',
  running: null,
  lastRun: good,
  lastSuccess: good,
};
const failedJob: Job = { ...job, lastRun: failed, status: 'critical', state: 'failed', because: 'last-run-failed' };
const neverRan: Job = {
  ...{ ...job, lastRun: null, lastSuccess: null, status: 'unknown', state: 'waiting' },
  ...{ because: 'first-run-to-come', since: '2026-11-22T07:00:00Z' },
};
const overdue = {
  status: 'critical',
  state: 'overdue',
  because: 'planned-start-missed',
  since: '2026-08-27T02:00:00Z',
} as const;
const clockWrong = {
  status: 'unknown',
  state: 'clock-wrong',
  because: 'clock-was-wrong',
  since: '2028-11-21T08:00:00Z',
} as const;
const undated: Run = { ...good, clockWrong: true, completedAt: '2028-11-21T08:00:00Z' };
const undatedCheckup: Checkup = {
  ...{ ...checkup, status: 'unknown', because: 'clock-wrong' },
  newest: { time: '2028-11-21T08:00:00Z', summary: '62 % free' },
};
const hung: Partial<Job> = {
  ...{ status: 'warning', state: 'running-too-long', because: 'run-in-hand-too-long', since: '2026-09-03T02:00:00Z' },
  running: { ...good, outcome: 'running', percent: 12.3, step: 'copy usb' },
};
const alarm: Alarm = {
  ...here,
  severity: 'critical',
  title: 'A backup failed',
  advice: 'Make room.',
  summary: 'records, line 7',
  since: '2026-11-22T02:00:00Z',
  acknowledgedBy: null,
  acknowledgedAt: null,
};
const views: System['consumers'][number] = { name: 'views', state: 'current', lag: 0, parked: 0, lastError: null };
const system: System = {
  log: null,
  clockJumps: [],
  pluginProblems: [],
  parts: [{ name: 'the event log', trouble: null }],
  consumers: [views],
  undelivered: [],
  withoutMailServer: [],
};
const well: Findings = { servers: [server], checkups: [checkup], jobs: [job], alarms: [], problems: [], system };
const mail = { group: 'it', channel: 'email', to: ['it@clinic.example'], since: '2026-11-22T02:00:00Z', messages: 1 };
const refused: Findings = {
  ...well,
  system: { ...system, undelivered: [{ ...mail, error: '550 no such user', gaveUp: true }] },
};
const noServer: Findings = { ...well, system: { ...system, withoutMailServer: ['IT'] } };
const withViews = (change: Partial<typeof views>): Findings => ({
  ...well,
  system: { ...system, consumers: [{ ...views, ...change }] },
});

describe('the status report', () => {
  it('goes from server to server', () => {
    expect(statusReport(well, reading)).toEqual([
      'Reception (reception)  ✓ ok',
      '  Check-ups',
      '    ✓ ok  Disk space  62 % free  60 s ago',
      '  Backup jobs',
      '    ✓ ok  records  last good 6 h ago, 1,200 files, 3.4 MB  next 2026-11-23 02:00 (in 18 h)',
      '',
      'All is well.',
    ]);
    expect(allIsWell(well)).toBe(true);
    expect(allIsWell(withViews({ state: 'behind', lag: 100_000 }))).toBe(true);
  });

  it('says why a job failed, when it was last good, and what its alarm advises', () => {
    const findings: Findings = {
      ...well,
      servers: [{ ...server, status: 'critical' }],
      jobs: [failedJob],
      alarms: [alarm],
    };
    expect(statusReport(findings, reading)).toEqual([
      'Reception (reception)  ✗ critical',
      '  Check-ups',
      '    ✓ ok  Disk space  62 % free  60 s ago',
      '  Backup jobs',
      '    ✗ failed  records  failed 6 h ago: no space left on the disk of /mnt; last good 6 h ago  next 2026-11-23 02:00 (in 18 h)',
      '  Open alarms',
      '    ✗ critical  A backup failed: records, line 7',
      '      since 6 h, not acknowledged',
      '      Make room.',
      '',
      '1 open alarm.',
    ]);
  });

  it.each<[string, Findings, string]>([
    [
      'a check-up that is overdue',
      { ...well, checkups: [{ ...checkup, status: 'unknown', because: 'overdue' }] },
      '60 s ago, overdue',
    ],
    [
      'a check-up nobody made',
      { ...well, checkups: [{ ...checkup, status: 'unknown', newest: null }] },
      'no result yet',
    ],
    [
      'a job that runs',
      { ...well, jobs: [{ ...job, running: { ...good, outcome: 'running', percent: 41.7, step: 'verify second' } }] },
      '▸ running  records  41 % verify second',
    ],
    ['a job that never ran', { ...well, jobs: [neverRan] }, '? unknown  records  never ran'],
    [
      'R3: a job that is overdue',
      { ...well, jobs: [{ ...job, ...overdue }] },
      '✗ overdue  records  missed its scheduled start 87 d ago; last good 6 h ago',
    ],
    [
      'R3: a run that hangs',
      { ...well, jobs: [{ ...job, ...hung }] },
      '! running too long  records  12 % copy usb, started 80 d ago; last good 6 h ago',
    ],
    [
      'R3 kind: a job that never ran though it had its time',
      { ...well, jobs: [{ ...neverRan, status: 'critical', state: 'never-succeeded', because: 'no-run-yet' }] },
      '✗ never succeeded  records  defined 60 min ago and has not run',
    ],
    [
      'R3 kind: a good run of a clock that ran ahead',
      { ...well, jobs: [{ ...job, ...clockWrong }] },
      '? unknown  records  the clock was wrong: the last good run is dated in 730 d',
    ],
    [
      'F6 kind: a check-up whose newest result is dated after now',
      { ...well, checkups: [undatedCheckup] },
      '? unknown  Disk space  62 % free  at an unknown time: the clock was wrong',
    ],
    [
      'F6 kind: a failed job whose last good run has a time that is not believed',
      { ...well, jobs: [{ ...failedJob, lastSuccess: undated }] },
      'failed 6 h ago: no space left on the disk of /mnt; last good at an unknown time (the clock was wrong)',
    ],
    [
      'F6 kind: an overdue job whose last good run has a time that is not believed',
      { ...well, jobs: [{ ...job, ...overdue, lastSuccess: undated }] },
      'missed its scheduled start 87 d ago; last good at an unknown time (the clock was wrong)',
    ],
    [
      'F6 kind: a job that hangs whose last good run has a time that is not believed',
      { ...well, jobs: [{ ...job, ...hung, lastSuccess: undated }] },
      'started 80 d ago; last good at an unknown time (the clock was wrong)',
    ],
    [
      'F32: a message that was refused for good',
      refused,
      '! it: 1 message by email to it@clinic.example could not be delivered: 550 no such user\n\nSome messages could not be delivered.',
    ],
    ['F32 kind: e-mail without a mail server', noServer, '! IT wants e-mail, but no mail server is configured'],
    ['a job on demand', { ...well, jobs: [{ ...job, nextPlanned: null }] }, 'on demand'],
    [
      'an acknowledged alarm',
      { ...well, alarms: [{ ...alarm, acknowledgedBy: 'cli:anna', acknowledgedAt: '2026-11-22T07:00:00Z' }] },
      'acknowledged by cli:anna',
    ],
    [
      'a wrong configuration',
      { ...well, problems: [{ line: 1, column: 1, path: '', message: 'x', advice: '' }] },
      'The configuration file has 1 problem and was not applied',
    ],
    ['no server', { ...well, servers: [] }, 'No server is defined'],
    [
      'views that are stuck',
      withViews({ state: 'stuck', lag: 7 }),
      '! views: 7 events waiting, no progress for a minute\n\nWardround has problems.',
    ],
    [
      'views that fail',
      withViews({ state: 'failing', lastError: 'the disk is full' }),
      '! views: failing repeatedly: the disk is full',
    ],
    ['a parked event', withViews({ parked: 1 }), '! 1 event is parked: see wardround parked list'],
    ['parked events', withViews({ parked: 30 }), '! 30 events are parked'],
    [
      'what Wardround needs and does not have',
      { ...well, system: { ...system, parts: [{ name: 'Kafka', trouble: 'it does not answer' }] } },
      '! Kafka: it does not answer',
    ],
    [
      'a plugin that cannot be used, also where nothing names it',
      { ...well, system: { ...system, pluginProblems: [{ message: '/plugins/channels/fax has no plugin.js' }] } },
      '! /plugins/channels/fax has no plugin.js\n\nAll is well.',
    ],
  ])('shows %s', (_what, findings, said) => {
    expect(statusReport(findings, reading).join('\n')).toContain(said);
  });

  it.each<[string, Findings]>([
    ['a server that is not ok', { ...well, servers: [{ ...server, status: 'unknown' }] }],
    ['a job that failed', { ...well, jobs: [failedJob] }],
    ['R3: a job that is overdue', { ...well, jobs: [{ ...job, ...overdue }] }],
    ['R3: a run that hangs', { ...well, jobs: [{ ...job, ...hung }] }],
    ['a job that never ran', { ...well, jobs: [neverRan] }],
    ['F6: a good run of a clock that ran ahead', { ...well, jobs: [{ ...job, ...clockWrong }] }],
    ['F32: a message that was refused for good', refused],
    ['F32 kind: e-mail without a mail server', noServer],
    ['an open alarm', { ...well, alarms: [alarm] }],
    ['a parked event', withViews({ parked: 1 })],
    ['views that are stuck', withViews({ state: 'stuck', lag: 1 })],
    ['no server', { ...well, servers: [] }],
  ])('is not well with %s', (_what, findings) => {
    expect(allIsWell(findings)).toBe(false);
    expect(statusReport(findings, reading)).not.toContain('All is well.');
  });

  it('lets no text of a server draw on the terminal', () => {
    const findings = {
      ...well,
      checkups: [{ ...checkup, newest: { time: good.startedAt, summary: 'x\u001b[2J\ny' } }],
    };
    expect(statusReport(findings, reading).join('')).toContain('x\\u001b[2J\\ny');
  });
});
