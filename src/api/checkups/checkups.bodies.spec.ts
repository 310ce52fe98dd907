import { expect, it } from '@jest/globals';
import { historyHref } from './checkups.bodies.js';

it('the address of a history takes whatever the id of a check-up holds', () => {
  expect(historyHref('main.reception.disk-space')).toBe('/api/v1/checkups/main.reception.disk-space/history');
  expect(historyHref('main.reception.a/b?c')).toBe('/api/v1/checkups/main.reception.a%2Fb%3Fc/history');
});
