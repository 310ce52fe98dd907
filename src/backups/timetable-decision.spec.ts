import { describe, expect, it } from '@jest/globals';
import { judgeStart } from './timetable-decision.js';

describe('whether a job runs at once when the program starts', () => {
  it.each([
    // timetable, succeeded, missed, verdict
    [false, false, null, { run: false, because: 'on-demand-only' }],
    [true, false, null, { run: true, because: 'never-succeeded', plannedFor: null }],
    [true, false, 1000, { run: true, because: 'never-succeeded', plannedFor: 1000 }],
    [true, true, 1000, { run: true, because: 'missed-start', plannedFor: 1000 }],
    [true, true, null, { run: false, because: 'nothing-missed' }],
  ] as const)('timetable: %p, has succeeded: %p, missed: %p', (hasTimetable, everSucceeded, missed, verdict) => {
    expect(judgeStart({ hasTimetable, everSucceeded, missed })).toEqual(verdict);
  });
});
