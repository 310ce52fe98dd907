import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jumpBetween, jumpFromLog, jumpText, notAgreed, type OpenJump } from './clock-jump.js';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const now = Date.parse('2026-11-29T02:00:00Z');

describe('a clock beside the steady one', () => {
  it.each([
    ['runs on', 20_000, 20_000, null],
    ['is set right by a minute', 20_000 + minuteMs, 20_000, null],
    ['is set right by five minutes', 5 * minuteMs, 0, null],
    ['leaps ahead', 60 * dayMs, 20_000, 60 * dayMs - 20_000],
    ['is put back by six minutes', -6 * minuteMs, 0, -6 * minuteMs],
    ['follows a computer that slept for three days', 3 * dayMs, 3 * dayMs, null],
    ['stands still while the steady one goes on', 0, dayMs, -dayMs],
    ['is beside a steady one that began again', 0, -dayMs, null],
  ])('that %s', (_what, wallMs, steadyMs, ms) => {
    const jump = jumpBetween({ wall: now, steadyMs: 5e6 }, { wall: now + wallMs, steadyMs: 5e6 + steadyMs });
    expect(jump && jump.shown - jump.expected).toBe(ms);
  });
});

describe('a clock beside the log, at a start', () => {
  it.each([
    ['just behind it', -4 * minuteMs, false],
    ['behind it', -6 * minuteMs, true],
    ['after a night', 12 * 3_600_000, false],
    ['after a weekend with a bank holiday', 3.7 * dayMs, false],
    ['five days later', 5 * dayMs, true],
    ['two years later', 730 * dayMs, true],
  ])('%s', (_when, ms, jumped) => {
    const jump = jumpFromLog(now, now + ms);
    expect(jump).toEqual(jumped ? { against: 'log', expected: now, shown: now + ms } : null);
  });
});

describe('jumps that nothing has made good', () => {
  const jump = (shown: number, installation = 'i'): OpenJump => ({
    ...{ installation, computer: 'RECEPTION-PC', against: 'steady-clock', ms: dayMs },
    ...{ expected: new Date(shown - dayMs).toISOString(), shown: new Date(shown).toISOString() },
  });

  it('count until the clock has run for a week since the last of them', () => {
    const jumps = [jump(now - 60 * dayMs), jump(now)];
    expect(notAgreed(jumps, now + 6.9 * dayMs)).toEqual(jumps);
    expect(notAgreed(jumps, now + 7 * dayMs)).toEqual([]);
  });

  it('count for a shorter time where runs follow each other more closely, and never for a longer one', () => {
    expect(notAgreed([jump(now)], now + dayMs, 0.9 * dayMs)).toEqual([]);
    expect(notAgreed([jump(now)], now + 8 * dayMs, 30 * dayMs)).toEqual([]);
  });

  it('are those of one computer: that of another has run long enough', () => {
    const [old, young] = [jump(now - 8 * dayMs), jump(now, 'j')];
    expect(notAgreed([old, young], now)).toEqual([young]);
  });

  it('count while the clock shows a time before the last of them', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1e11 }), (ms) => notAgreed([jump(now)], now - ms).length === 1));
  });
});

it.each([
  [
    60 * dayMs,
    'log',
    'the clock jumped 60 days forward (from 2026-09-30 02:00 to 2026-11-29 02:00 UTC), or the computer was off',
  ],
  [-36 * 3_600_000, 'log', 'the clock jumped 36 hours back (from 2026-11-30 14:00 to 2026-11-29 02:00 UTC)'],
  [6 * minuteMs, 'steady-clock', 'the clock jumped 6 minutes forward (from 2026-11-29 01:54 to 2026-11-29 02:00 UTC)'],
] as const)('a jump by %i ms against the %s reads so', (ms, against, text) => {
  const jump = { expected: new Date(now - ms).toISOString(), shown: new Date(now).toISOString(), ms, against };
  expect(jumpText(jump)).toBe(text);
});
