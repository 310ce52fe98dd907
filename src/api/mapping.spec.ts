import { describe, expect, it } from '@jest/globals';
import { historyHref, runHref } from './mapping.js';

describe('an address', () => {
  it('takes whatever an id holds', () => {
    expect(runHref('a/b?c')).toBe('/api/v1/runs/a%2Fb%3Fc');
    expect(historyHref('main.reception.disk-space')).toBe('/api/v1/checkups/main.reception.disk-space/history');
  });
});
