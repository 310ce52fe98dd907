import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toIso } from './instant.js';
import { believedApartMs, effectiveTime, isHistory, logTime, statedAhead, type LogTime } from './log-time.js';

const noon = Date.parse('2026-11-22T12:00:00Z');
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const times = (time: number, recorded = time) => ({ time: toIso(time), recordedtime: toIso(recorded) });
const at = (time: number, recorded = time): LogTime => logTime(times(time, recorded));

const someTime = fc.integer({ min: noon - 800 * day, max: noon + 800 * day });
const anyLogTime = fc.tuple(someTime, someTime).map(([time, recorded]) => at(time, recorded));

describe('the time of an event', () => {
  it('is the stated one, but never later than its recording', () => {
    expect(effectiveTime(times(noon - hour, noon))).toBe(noon - hour);
    expect(effectiveTime(times(noon + 730 * day, noon))).toBe(noon);
    fc.assert(fc.property(anyLogTime, ({ at: happened, recordedAt }) => happened <= recordedAt));
  });

  it('was stated by a clock that ran ahead where it lies minutes behind its recording', () => {
    expect(statedAhead(times(noon + believedApartMs, noon))).toBe(false);
    expect(statedAhead(times(noon + believedApartMs + 1, noon))).toBe(true);
    expect(statedAhead(times(noon - 730 * day, noon))).toBe(false);
  });
});

describe('a result that comes later in the log', () => {
  it('F9: is history where it states an older time', () => {
    expect(isHistory(at(noon - hour, noon + minute), at(noon))).toBe(true);
    expect(isHistory(at(noon - 1, noon + minute), at(noon))).toBe(true);
  });

  it('is the newest where it states a newer time, or the same', () => {
    expect(isHistory(at(noon + 1), at(noon))).toBe(false);
    expect(isHistory(at(noon), at(noon))).toBe(false);
    expect(isHistory(at(noon), null)).toBe(false);
  });

  it('F9 kind: is the newest after one whose stated time ran ahead', () => {
    expect(isHistory(at(noon + minute), at(noon + 730 * day, noon))).toBe(false);
  });

  it('F9 kind: is the newest after our own clock was put back, by years or by seconds', () => {
    expect(isHistory(at(noon), at(noon + 730 * day))).toBe(false);
    expect(isHistory(at(noon), at(noon + 20_000))).toBe(false);
    expect(isHistory(at(noon - hour, noon), at(noon + 730 * day))).toBe(false);
  });

  it('F9 kind: is history where two processes record it, and the clock of the second is a little behind', () => {
    expect(isHistory(at(noon - hour, noon - 200), at(noon - minute, noon))).toBe(true);
  });

  it('is never history as long as nothing is stated late and the clock never goes back', () => {
    fc.assert(
      fc.property(
        someTime,
        fc.nat(900 * day),
        fc.nat(10 * day),
        (first, later, ahead) => !isHistory(at(first + later + ahead, first + later), at(first)),
      ),
    );
  });

  it('is never history where our clock was put back by more than minutes, whatever it states', () => {
    fc.assert(
      fc.property(
        anyLogTime,
        fc.integer({ min: believedApartMs + 1, max: 800 * day }),
        fc.nat(800 * day),
        (last, by, late) => {
          const recordedAt = last.recordedAt - by;
          return !isHistory({ at: recordedAt - late, recordedAt }, last);
        },
      ),
    );
  });

  it('is not history to itself, and of two that differ at most one is history to the other', () => {
    fc.assert(
      fc.property(anyLogTime, anyLogTime, (one, other) => {
        return !isHistory(one, one) && !(isHistory(one, other) && isHistory(other, one));
      }),
    );
  });
});
