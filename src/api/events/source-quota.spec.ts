import { describe, expect, it } from '@jest/globals';
import { bodyLimitBytes, mostEventsAtOnce } from '../http/request-limits.js';
import { SourceQuota } from './source-quota.js';

const small = { events: 100, eventsPerSecond: 10, bytes: 1_000, bytesPerSecond: 50 };

describe('what one source may state', () => {
  it('S10: is bounded by its number and by its bytes, and comes back with time', () => {
    const quota = new SourceQuota(small);
    expect(quota.take('a', { events: 80, bytes: 100 }, 0)).toBe(0);
    expect(quota.take('a', { events: 40, bytes: 100 }, 0)).toBe(2);
    expect(quota.take('a', { events: 40, bytes: 100 }, 2_000)).toBe(0);
    expect(quota.take('a', { events: 1, bytes: 1_000 }, 2_000)).toBeGreaterThan(1);
    expect(quota.take('a', { events: 100, bytes: 1_000 }, 60_000)).toBe(0);
  });

  it('S10 kind: is its own: no source uses up that of another', () => {
    const quota = new SourceQuota(small);
    expect(quota.take('a', { events: 100, bytes: 1 }, 0)).toBe(0);
    expect(quota.take('a', { events: 1, bytes: 1 }, 0)).toBe(1);
    expect(quota.take('b', { events: 100, bytes: 1 }, 0)).toBe(0);
  });

  it('S10 kind: is not used up by what could not be stored', () => {
    const quota = new SourceQuota(small);
    for (let times = 0; times < 50; times++) {
      expect(quota.take('a', { events: 100, bytes: 500 }, 0)).toBe(0);
      quota.giveBack('a', { events: 100, bytes: 500 }, 0);
    }
  });

  it('does not grow beyond its bound, and a clock that stands still does no harm', () => {
    const quota = new SourceQuota(small);
    quota.giveBack('a', { events: 1_000, bytes: 10_000 }, 0);
    expect(quota.take('a', { events: 101, bytes: 0 }, -1)).toBe(1);
  });

  it('lets the largest request in', () => {
    expect(new SourceQuota().take('a', { events: mostEventsAtOnce, bytes: bodyLimitBytes }, 0)).toBe(0);
  });
});
