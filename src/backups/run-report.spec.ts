import { describe, expect, it } from '@jest/globals';
import { CopyReports } from './run-report.js';

const error = { code: 'no-space', text: 'the disk is full' } as const;

describe('the reports on the copies of a run', () => {
  it('begin with none reached, in the order of the job', () => {
    expect(new CopyReports(['local-copy', 'second']).all()).toEqual([
      { destination: 'local-copy', outcome: 'not-reached', place: null, error: null },
      { destination: 'second', outcome: 'not-reached', place: null, error: null },
    ]);
  });

  it('make a success only of all copies', () => {
    const reports = new CopyReports(['local-copy', 'second']);
    reports.succeeded('local-copy', '/backups/1');
    expect(reports.firstError()).toEqual({ code: 'internal', text: 'second: nothing was copied' });
    reports.succeeded('second', '/mnt/1');
    expect(reports.firstError()).toBeNull();
    expect(new CopyReports([]).firstError()).toBeNull();
  });

  it('name the first copy that failed, before any that was not reached', () => {
    const reports = new CopyReports(['first', 'second', 'third']);
    reports.failed('second', error);
    reports.failed('third', { code: 'unreachable', text: 'nobody answers' });
    expect(reports.firstError()).toEqual({ code: 'no-space', text: 'second: the disk is full' });
    expect(reports.hasFailed('second')).toBe(true);
    expect(reports.hasFailed('first')).toBe(false);
  });
});
