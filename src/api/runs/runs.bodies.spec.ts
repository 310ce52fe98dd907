import { expect, it } from '@jest/globals';
import { runHref } from './runs.bodies.js';

it('the address of a run takes whatever its id holds', () => {
  expect(runHref('a/b?c')).toBe('/api/v1/runs/a%2Fb%3Fc');
});
