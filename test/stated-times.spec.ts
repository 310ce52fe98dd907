import { describe, expect, it } from '@jest/globals';
import { ESLint, Linter } from 'eslint';
import { orderedByTheLog, statedTimes } from './tools/stated-times.mjs';

/** How often the rule finds something in code. */
function found(code: string): number {
  const config: Linter.Config = {
    languageOptions: { ecmaVersion: 'latest', sourceType: 'module' },
    rules: { 'no-restricted-syntax': ['error', ...statedTimes] },
  };
  const messages = new Linter().verify(code, config);
  expect(messages.filter(({ fatal }) => fatal)).toEqual([]);
  return messages.length;
}

describe('a fold that orders by stated times', () => {
  it.each([
    'const fold = (row, event) => (event.time > row.lastTime ? { ...row, last: event } : row);',
    'const newer = fromIso(one.startedAt) <= fromIso(other.startedAt);',
    'const newest = Math.max(...runs.map((run) => fromIso(run.completedAt)));',
    'const inOrder = rows.sort((a, b) => a.raisedAt.localeCompare(b.raisedAt));',
    'const inOrder = rows.toSorted((a, b) => compare(a.takenAt, b.takenAt));',
    'const isLater = ({ time }, row) => time >= row.since;',
  ])('is found: %s', (code) => {
    expect(found(code)).toBeGreaterThan(0);
  });

  it.each([
    'const isOld = (event, now) => fromIso(event.time) < now - dayMs;',
    'const fold = (row, event) => ({ ...row, completedAt: event.time });',
    'const same = one.time === other.time;',
    'const newer = one.logPlace > other.logPlace;',
    'const isLate = isHistory(logTime(event), row.last);',
  ])('is not suspected in: %s', (code) => {
    expect(found(code)).toBe(0);
  });

  it.each([
    'src/rules/views/alarms/alarms.fold.ts',
    'src/backups/views/runs/runs.view.ts',
    'src/rules/judge-server.ts',
    'src/rules/rules.decider.ts',
    'src/notifications/decide.ts',
    'src/notifications/occasions/run-digest/digest.ts',
    'src/clock/clock-jump.ts',
  ])('would be found in %s', async (file) => {
    const config = (await new ESLint().calculateConfigForFile(file)) as Linter.Config;
    const [severity, ...restrictions] = config.rules?.['no-restricted-syntax'] as [number, ...unknown[]];
    expect(severity).toBe(2);
    expect(restrictions).toEqual(expect.arrayContaining([...statedTimes]));
    expect(restrictions.length).toBeGreaterThan(statedTimes.length);
  });

  it('is looked for wherever something folds or decides', () => {
    expect(orderedByTheLog).toEqual(expect.arrayContaining(['src/**/*.fold.ts', 'src/**/*.decider.ts']));
  });
});
