import { describe, expect, it } from '@jest/globals';
import { AppendAdmission } from './append-admission.js';
import { bodyLimitBytes, mostEventsAtOnce } from '../http/request-limits.js';

const tooMany = expect.objectContaining({ code: 'too-many-requests' });

describe('what waits for the log', () => {
  it('is bounded by its number, and by its bytes', () => {
    const admission = new AppendAdmission({ events: 10, bytes: 100 });
    const leave = admission.enter(8, 20);
    expect(() => admission.enter(3, 1)).toThrow(tooMany);
    expect(() => admission.enter(1, 81)).toThrow(tooMany);
    const leaveToo = admission.enter(2, 80);
    expect(() => admission.enter(1, 0)).toThrow(tooMany);
    leave();
    admission.enter(8, 20);
    leaveToo();
  });

  it('takes the largest request if nothing waits', () => {
    const admission = new AppendAdmission();
    expect(() => admission.enter(mostEventsAtOnce, bodyLimitBytes)).not.toThrow();
  });
});
