import { describe, expect, it } from '@jest/globals';
import type { CheckupStatus } from '../checkups/checkup.js';
import type { Severity } from '../rules/rule.js';
import { historyHref, runHref, serverBody } from './mapping.js';

const server = { site: 'main', server: 'reception', name: 'reception', definition: { name: 'reception' } };

describe('the status of a server', () => {
  it.each<[CheckupStatus[], Severity[], CheckupStatus]>([
    [[], [], 'unknown'],
    [[], ['warning'], 'warning'],
    [['ok', 'ok'], [], 'ok'],
    [['ok', 'unknown'], [], 'unknown'],
    [['ok', 'unknown'], ['warning'], 'warning'],
    [['ok', 'warning'], ['critical'], 'critical'],
    [['critical', 'unknown'], [], 'critical'],
  ])('with check-ups %j and open alarms %j is %s', (checkups, alarms, status) => {
    const body = serverBody(server, {
      checkups: checkups.map((look) => ({ status: look, because: 'looked' })),
      alarms: alarms.map((severity) => ({ severity, acknowledgedAt: null })),
      jobs: 0,
      runningJobs: 0,
    });
    expect(body.status).toBe(status);
  });
});

describe('an address', () => {
  it('takes whatever an id holds', () => {
    expect(runHref('a/b?c')).toBe('/api/v1/runs/a%2Fb%3Fc');
    expect(historyHref('main.reception.disk-space')).toBe('/api/v1/checkups/main.reception.disk-space/history');
  });
});
