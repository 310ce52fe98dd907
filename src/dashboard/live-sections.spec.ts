import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  alarmRow,
  checkupDefined,
  dayMs,
  hourMs,
  jobDefined,
  messageRow,
  minuteMs,
  runRow,
  serverDefined,
  snapshotRow,
  statusRow,
  type ViewRows,
} from '../../test/fixtures/clinic-rows.js';
import { openBoard, type BoardApp } from '../../test/fixtures/board-app.js';
import { tempFolder } from '../../test/fixtures/temp-folder.js';
import { agingSections, sections, sectionsOf, type Section } from './sections.js';

const start = Date.parse('2026-11-22T08:00:00Z');
const clock = { instant: start, now: () => clock.instant };
const night = start - 6 * hourMs;
const run = runRow('run-1', 'reception', 'records', night);

/** The address of each section's fragment. */
const addresses: Readonly<Record<Section, string>> = {
  ...{ status: 'status', problems: 'problems', undelivered: 'undelivered', alarms: 'alarms', servers: 'servers' },
  ...{ 'server-heads': 'server-heads', checkups: 'checkups', jobs: 'jobs', inbox: 'inbox', runs: 'runs' },
  ...{ run: 'run/run-1', snapshots: 'snapshots', 'past-alarms': 'past-alarms', system: 'system' },
};

/** What may happen, by the view that changes. */
const changes: readonly (readonly [string, string, Partial<ViewRows>])[] = [
  [
    'a check-up turns critical',
    'checkup-status',
    { statuses: [statusRow('reception', 'load', start, { status: 'critical' })] },
  ],
  [
    'a run begins',
    'runs',
    { runs: [runRow('run-2', 'reception', 'records', start, { outcome: 'running', completedAt: null })] },
  ],
  [
    'a run fails',
    'runs',
    { runs: [runRow('run-2', 'reception', 'records', start, { outcome: 'failed', errorText: 'no room' })] },
  ],
  ['a run shown changes', 'runs', { runs: [{ ...run, files: 7 }] }],
  ['a snapshot is verified', 'snapshots', { snapshots: [snapshotRow(run, 'local-copy')] }],
  ['a critical alarm is raised', 'alarms', { alarms: [alarmRow('a1', start)] }],
  [
    'an alarm is acknowledged',
    'alarms',
    { alarms: [alarmRow('a1', start, { acknowledgedAt: '2026-11-22T08:01:00Z' })] },
  ],
  [
    'an alarm is cleared',
    'alarms',
    { alarms: [alarmRow('a1', start, { clearedAt: '2026-11-22T08:02:00Z', clearedBecause: 'condition-ended' })] },
  ],
  ['a message is kept in the inbox', 'messages', { messages: [messageRow('m1', start)] }],
  [
    'a message fails for good',
    'messages',
    {
      messages: [
        messageRow('m2', start, {
          state: 'failed',
          channel: 'email',
          to: ['a@b.example'],
          deliveredBy: null,
          lastError: '550',
        }),
      ],
    },
  ],
  [
    'a server gets another title',
    'definitions',
    { definitions: [{ ...serverDefined('reception', 'Front desk'), place: 1 }] },
  ],
  [
    'a job gets another title',
    'definitions',
    { definitions: [jobDefined('reception', 'records', { title: 'All records' })] },
  ],
  ['a check-up is defined', 'definitions', { definitions: [checkupDefined('reception', 'memory')] }],
];

describe('R4: every part of a page that shows something of a view is fetched when the view changes', () => {
  let board: BoardApp;
  beforeAll(async () => {
    const definitions = [
      serverDefined('reception'),
      checkupDefined('reception', 'load'),
      jobDefined('reception', 'records'),
    ];
    const rows = { definitions, statuses: [statusRow('reception', 'load', start)], runs: [run] };
    board = await openBoard({ folder: tempFolder(), clock, rows });
  });
  afterAll(() => board.close());

  async function shown(): Promise<Map<Section, string>> {
    const texts = await Promise.all(
      sections.map(async (section) => {
        const answer = await fetch(`${board.url}/fragments/${addresses[section]}`);
        if (!answer.ok) throw new Error(`${section} answered ${answer.status}`);
        return [section, await answer.text()] as const;
      }),
    );
    return new Map(texts);
  }

  async function changedBy(act: () => Promise<void>): Promise<Section[]> {
    const before = await shown();
    await act();
    const after = await shown();
    return sections.filter((section) => before.get(section) !== after.get(section));
  }

  it.each(changes)('R4: when %s', async (_what, view, rows) => {
    const changed = await changedBy(() => board.change(rows, [view]));
    expect(changed).not.toEqual([]);
    expect(sectionsOf([view])).toEqual(expect.arrayContaining(changed.filter((section) => section !== 'servers')));
  });

  it('R4: the heads of servers go with check-ups, runs and alarms', () => {
    for (const view of ['checkup-status', 'runs', 'alarms']) expect(sectionsOf([view])).toContain('server-heads');
  });

  it('R4 kind: when nothing happens but time passes', async () => {
    for (const passed of [3 * minuteMs, 20 * hourMs, 3 * dayMs]) {
      const times = /<time[^>]*>[^<]*<\/time>/g;
      const before = await shown();
      clock.instant += passed;
      const after = await shown();
      const changed = sections.filter(
        (section) => before.get(section)?.replaceAll(times, '') !== after.get(section)?.replaceAll(times, ''),
      );
      const whole = changed.filter((section) => section !== 'servers');
      expect(agingSections).toEqual(expect.arrayContaining(whole));
    }
  });

  it('R4 kind: the page holds each of these parts under the address that it is fetched from', async () => {
    const html = await (await fetch(`${board.url}/`)).text();
    for (const section of [
      'status',
      'problems',
      'undelivered',
      'alarms',
      'servers',
      'server-heads',
      'checkups',
      'jobs',
      'inbox',
    ])
      expect(html).toContain(`data-section="${section}" data-src="/fragments/${section}"`);
  });
});
