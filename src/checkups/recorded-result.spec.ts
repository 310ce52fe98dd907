import { describe, expect, it } from '@jest/globals';
import { recordedResult, type Finding } from './recorded-result.js';

describe('what is recorded of a check-up', () => {
  it('is its finding, with what the plugin logged and printed under details', () => {
    const metrics = [{ name: 'free_percent', value: 40, unit: '%' }];
    expect(recordedResult({ status: 'ok', summary: '40 % free', details: 'ext4', metrics }, ['looked at /'])).toEqual({
      status: 'ok',
      summary: '40 % free',
      details: 'ext4\nlooked at /',
      metrics,
    });
  });

  it('has a summary of one line', () => {
    expect(recordedResult({ status: 'ok', summary: ' first\nsecond\n' }, [])).toMatchObject({
      summary: 'first',
      details: 'second',
    });
    expect(recordedResult({ status: 'warning', summary: '' }, []).summary).toBe('warning (no summary)');
  });

  it('holds nothing that a database would refuse', () => {
    const metrics = [{ name: 'free\0percent', value: 40, unit: '\0%', warn: '1\0:' }];
    const finding: Finding = { status: 'ok', summary: '40\0% free', details: 'ext4\0', metrics };
    expect(recordedResult(finding, ['\0'])).toEqual({
      status: 'ok',
      summary: '40\uFFFD% free',
      details: 'ext4\uFFFD\n\uFFFD',
      metrics: [{ name: 'free\uFFFDpercent', value: 40, unit: '\uFFFD%', warn: '1\uFFFD:' }],
    });
  });

  it('S7 kind: holds one metric of each name, the first, and says so', () => {
    const metric = (name: string, value: number) => ({ name, value, unit: '' });
    const metrics = [metric('free', 1), metric('used', 2), metric('free', 3), metric('free', 4), metric('a\0', 5)];
    const found = recordedResult({ status: 'ok', summary: 'fine', metrics: [...metrics, metric('a\uFFFD', 6)] }, []);
    expect(found.metrics).toEqual([metric('free', 1), metric('used', 2), metric('a\uFFFD', 5)]);
    expect(found.details).toBe(
      'The metric free was reported more than once; the first value is used\nThe metric a\uFFFD was reported more than once; the first value is used',
    );
  });

  it('is cut where a plugin says more than an event holds', () => {
    const { summary, details } = recordedResult({ status: 'ok', summary: 'x'.repeat(5_000) }, ['y'.repeat(100_000)]);
    expect([summary.length, details.length]).toEqual([1_000, 64_000]);
  });
});
