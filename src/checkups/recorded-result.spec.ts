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
    expect(recordedResult({ status: 'warning', summary: '' }, []).summary).toBe('warning, without a word about it');
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

  it('is cut where a plugin says more than an event holds', () => {
    const { summary, details } = recordedResult({ status: 'ok', summary: 'x'.repeat(5_000) }, ['y'.repeat(100_000)]);
    expect([summary.length, details.length]).toEqual([1_000, 64_000]);
  });
});
