import { describe, expect, it } from '@jest/globals';
import { eventText } from './event-text.js';
import { noColour } from './style.js';

const completed = {
  id: '1',
  source: '/sites/main/servers/reception',
  type: 'backup.completed',
  subject: '/sites/main/servers/reception/backups/records/runs/1',
  partitionkey: '/sites/main/servers/reception',
  time: '2026-11-22T02:00:07Z',
  data: {
    site: 'main',
    server: 'reception',
    job: 'records',
    runId: '1',
    outcome: 'succeeded',
    error: null,
    suspicions: [],
    sources: [],
    warnings: 0,
    copies: [],
    files: 3,
    bytes: 10,
    startedAt: '2026-11-22T02:00:03Z',
    durationMs: 4000,
  },
  actor: 'timetable',
};

const utc = { timeZone: 'UTC', paint: noColour };

describe('an event in one line', () => {
  it('says when, where, what and by whom', () => {
    expect(eventText(completed, [], utc)).toBe(
      '2026-11-22 02:00:07  reception  backup records succeeded in 4 s  (timetable)',
    );
  });

  it('says without what someone let a subscription continue, and why', () => {
    const discarded = {
      ...{ ...completed, source: '/wardround/parking', type: 'event.discarded', actor: 'cli:kern' },
      data: {
        ...{ subscription: 'views', partition: 0, source: completed.source, id: '1', type: 'backup.completed' },
        ...{ error: 'a fault', reason: 'a test of the probe' },
      },
    };
    expect(eventText(discarded, [], utc)).toBe(
      '2026-11-22 02:00:07  reception  views skips backup.completed 1: a test of the probe  (cli:kern)',
    );
  });

  it('names what a newer program wrote', () => {
    expect(eventText({ ...completed, type: 'tape.changed', actor: undefined }, [], utc)).toBe(
      `2026-11-22 02:00:07  reception  tape.changed ${completed.subject}`,
    );
    expect(eventText({ ...completed, data: {} }, [], utc)).toContain('backup.completed');
  });

  it('stays one line whatever its data', () => {
    const data = { ...completed.data, outcome: 'failed', error: { code: 'internal', text: 'a\nb\u001b[2J' } };
    expect(eventText({ ...completed, data }, [], utc)).toContain('backup records failed: a\\nb\\u001b[2J');
  });
});
