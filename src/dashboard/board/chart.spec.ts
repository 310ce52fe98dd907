import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CheckupStatus } from '../../checkups/checkup.js';
import { chartEnd, drawChart } from './chart.js';
import { chartSlotMs, chartSpanMs, type ChartResult } from './chart-slots.js';
import { boundsOf } from './nagios-range.js';

const now = Date.parse('2026-11-22T08:07:00Z');
const minute = 60_000;
const metric = { name: 'used', value: 50, unit: '%', warn: '85', critical: '95' };
const options = { now, everyMs: minute, locale: 'en-GB' };

function result(minutesAgo: number, value: number, status: CheckupStatus = 'ok'): ChartResult {
  return { time: new Date(now - minutesAgo * minute).toISOString(), status, metrics: [{ ...metric, value }] };
}

const everyMinute = (from: number, to: number, value: number, status: CheckupStatus = 'ok') =>
  Array.from({ length: from - to }, (_, index) => result(from - index, value, status));

describe('the chart of the last day', () => {
  it('ends with the quarter of an hour that now is in', () => {
    expect(new Date(chartEnd(now)).toISOString()).toBe('2026-11-22T08:15:00.000Z');
    expect(chartEnd(chartEnd(now))).toBe(chartEnd(now) + chartSlotMs);
  });

  it('shows percents on a scale of a hundred, with the bounds that the check-up warns at', () => {
    const chart = drawChart(everyMinute(1430, 0, 50), metric, options);
    expect(chart.line).toMatch(/^M1\.3,26L3\.8,26/);
    expect(chart.bounds).toEqual([
      { level: 'warning', y: '10.6' },
      { level: 'critical', y: '6.2' },
    ]);
    expect(chart).toMatchObject({ spans: [], range: { low: '50\u00a0%', high: '50\u00a0%' } });
  });

  it('marks the time in which it was not fine, and says so until now', () => {
    const chart = drawChart([...everyMinute(600, 120, 50), ...everyMinute(120, 0, 90, 'warning')], metric, options);
    expect(chart.spans).toEqual([{ status: 'warning', x: '217.5', width: '22.5' }]);
  });

  it('has a gap, marked as unknown, where no one looked', () => {
    const chart = drawChart([...everyMinute(600, 400, 50), ...everyMinute(100, 0, 50)], metric, options);
    expect(chart.line.match(/M/g)).toHaveLength(2);
    expect(chart.spans).toMatchObject([{ status: 'unknown' }]);
  });

  it('has no gap before the first result: the check-up may not have been there', () => {
    expect(drawChart(everyMinute(60, 0, 50), metric, options).spans).toEqual([]);
  });

  it('holds a result of an hourly check-up until the next one is overdue', () => {
    const hourly = [300, 240, 180, 120, 60, 0].map((ago) => result(ago, 50));
    expect(drawChart(hourly, metric, { ...options, everyMs: 60 * minute }).spans).toEqual([]);
  });

  it('shows the states alone where nothing is measured', () => {
    const chart = drawChart(everyMinute(60, 0, 0, 'critical'), null, options);
    expect(chart).toMatchObject({ line: '', area: '', dot: '', bounds: [], range: null });
    expect(chart.spans).toMatchObject([{ status: 'critical' }]);
  });

  it('leaves a bound out that would press the line flat', () => {
    const load = { name: 'used', value: 1, unit: '', warn: '1000' };
    expect(drawChart([result(0, 1)], load, options).bounds).toEqual([]);
  });

  it('stays within its frame, whatever was measured', () => {
    const values = fc.array(
      fc.record({ ago: fc.integer({ min: 0, max: 1440 }), value: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
    );
    fc.assert(
      fc.property(values, fc.constantFrom('%', '', 'B'), (measured, unit) => {
        const results = [...measured].sort((a, b) => b.ago - a.ago).map(({ ago, value }) => result(ago, value));
        const chart = drawChart(results, { ...metric, unit }, options);
        for (const [, x, y] of chart.line.matchAll(/[ML]([^,]+),([^MLh]+)/g)) {
          expect(Number(x)).toBeGreaterThanOrEqual(0);
          expect(Number(x)).toBeLessThanOrEqual(240);
          expect(Number(y)).toBeGreaterThanOrEqual(3.9);
          expect(Number(y)).toBeLessThanOrEqual(48.1);
        }
      }),
    );
  });

  it('forgets what is before its beginning', () => {
    expect(drawChart([result(chartSpanMs / minute + 20, 50)], metric, options).line).toBe('');
  });
});

describe('a chart of more than fits on the stack', () => {
  const many = (names: (at: number) => string): ChartResult[] => {
    const metrics = Array.from({ length: 200 }, (_, at) => ({ ...metric, name: names(at), value: at }));
    return Array.from({ length: 720 }, (_, minutes) => ({ ...result(719 - minutes, 0), metrics }));
  };

  it('S7: is drawn though every result has its metric two hundred times: the first counts', () => {
    const chart = drawChart(
      many(() => 'used'),
      metric,
      options,
    );
    expect(chart.range).toEqual({ low: '0\u00a0%', high: '0\u00a0%' });
  });

  it('S7 kind: is drawn of half a million results', () => {
    const results = Array.from({ length: 500_000 }, (_, at) => result((500_000 - at) / 400, at % 7));
    expect(drawChart(results, metric, options).range).toEqual({ low: '0\u00a0%', high: '6\u00a0%' });
  });
});

describe('the bounds of a Nagios range', () => {
  it.each<[string, number[]]>([
    ['10', [10]],
    ['10:', [10]],
    ['~:10', [10]],
    ['10:20', [10, 20]],
    ['@-5.5:20', [-5.5, 20]],
    ['', []],
    ['often', []],
  ])('"%s" are %j', (range, bounds) => {
    expect(boundsOf(range)).toEqual(bounds);
  });
});
