import { describe, expect, it } from '@jest/globals';
import { events, hour, midnight, minute, rule } from '../../test/fixtures/rule-events.js';
import type { AnyEvent } from '../capabilities.js';
import { toIso } from '../shared/instant.js';
import { backtest } from './backtest.js';
import { ruleDefinitionSchema } from './rule.js';

const at = (minutes: number) => midnight + minutes * minute;

/** What a rule makes of a history, told as `12 raised`, `15 cleared: condition-ended`, with minutes after midnight. */
function story(when: Parameters<typeof rule>[1], history: readonly AnyEvent[], untilMinute?: number): string[] {
  const definition = ruleDefinitionSchema.parse(rule('r', when));
  const alarms = backtest(definition, history, untilMinute === undefined ? undefined : at(untilMinute));
  const minuteOf = (iso: string) => (Date.parse(iso) - midnight) / minute;
  return alarms.flatMap(({ server, raisedAt, cleared }) => [
    `${server} ${minuteOf(raisedAt)} raised`,
    ...(cleared ? [`${server} ${minuteOf(cleared.at)} cleared: ${cleared.because}`] : []),
  ]);
}

const disk = (...values: readonly (number | null)[]) =>
  values.map((free, index) => events.diskFree(`e${index}`, at(index), 'a', free));

describe('a rule on a metric', () => {
  it('raises once while the condition holds and clears once when it ends', () => {
    expect(story({ checkup: 'disk', metric: 'free', below: 10 }, disk(50, 9, 8, 7, 10, 50))).toEqual([
      'a 1 raised',
      'a 4 cleared: condition-ended',
    ]);
  });

  it('raises above a limit, and not on it', () => {
    expect(story({ checkup: 'disk', metric: 'free', above: 10 }, disk(10, 10.5))).toEqual(['a 1 raised']);
  });

  it('raises again when it holds again', () => {
    expect(story({ checkup: 'disk', metric: 'free', below: 10 }, disk(9, 50, 9))).toEqual([
      'a 0 raised',
      'a 1 cleared: condition-ended',
      'a 2 raised',
    ]);
  });

  it('neither raises nor clears by a result without the metric', () => {
    expect(story({ checkup: 'disk', metric: 'free', below: 10 }, disk(null, 9, null, null))).toEqual(['a 1 raised']);
  });

  it('waits for the first result that shows it long enough', () => {
    expect(story({ checkup: 'disk', metric: 'free', below: 10, for: '3m' }, disk(50, 9, 9, 9, 9, 50))).toEqual([
      'a 4 raised',
      'a 5 cleared: condition-ended',
    ]);
  });

  it('begins to wait again when the condition ended meanwhile, but not because of a result that shows nothing', () => {
    const when = { checkup: 'disk', metric: 'free', below: 10, for: '3m' };
    expect(story(when, disk(9, 9, 50, 9, 9, 9))).toEqual([]);
    expect(story(when, disk(9, null, null, 9))).toEqual(['a 3 raised']);
    expect(story(when, disk(9, 9, 9, null))).toEqual([]);
  });

  it('says since when, why and by which events', () => {
    const definition = ruleDefinitionSchema.parse(
      rule('low', { checkup: 'disk', metric: 'free', below: 10, for: '2m' }),
    );
    const [alarm] = backtest(definition, disk(50, 9, 9, 8.25));
    expect(alarm?.raised).toMatchObject({
      because: 'condition-held-long-enough',
      since: toIso(at(1)),
      summary: 'disk: free is 8.25 %, below 10 % for at least 2m',
      evidence: ['e1', 'e3'],
      title: 'Title of low',
      severity: 'critical',
      advice: 'Look at it',
    });
  });

  it('applies to each server that has a check-up of that name', () => {
    const history = ['a', 'b', 'c'].map((server, index) =>
      events.diskFree(server, at(index), server, server === 'b' ? 50 : 1),
    );
    expect(story({ checkup: 'disk', metric: 'free', below: 10 }, history)).toEqual(['a 0 raised', 'c 2 raised']);
  });

  it('clears when the check-up is retired, and takes no late result of it', () => {
    const history = [
      ...disk(9),
      events.checkupRetired('x', at(1), 'a', 'disk'),
      events.diskFree('late', at(2), 'a', 5),
    ];
    const defined = events.checkupDefined('y', at(3), 'a', 'disk');
    const when = { checkup: 'disk', metric: 'free', below: 10 };
    expect(story(when, history)).toEqual(['a 0 raised', 'a 1 cleared: condition-ended']);
    expect(story(when, [...history, defined, events.diskFree('new', at(4), 'a', 5)]).at(-1)).toBe('a 4 raised');
  });

  it('clears when the server is retired', () => {
    const history = [...disk(9), events.serverRetired('x', at(1), 'a'), events.diskFree('late', at(2), 'a', 5)];
    const when = { checkup: 'disk', metric: 'free', below: 10 };
    expect(story(when, history)).toEqual(['a 0 raised', 'a 1 cleared: server-retired']);
    const again = [events.serverDefined('y', at(3), 'a'), events.diskFree('new', at(4), 'a', 5)];
    expect(story(when, [...history, ...again]).at(-1)).toBe('a 4 raised');
  });
});

describe('a rule on protocol lines', () => {
  const bad = (id: string, minutes: number, job: string, run: string) =>
    events.logged(id, at(minutes), 'a', job, run, ['begun', 'cannot read /srv/x', 'cannot read /srv/y'], 'error');
  const good = (id: string, minutes: number, job: string, run: string) =>
    events.logged(id, at(minutes), 'a', job, run, ['begun', 'all read']);
  const done = (id: string, minutes: number, job: string, run: string, outcome?: 'failed') =>
    events.completed(id, at(minutes), 'a', job, run, outcome);

  it('raises at the first matching line, and clears when a later run of the job ends without one', () => {
    const history = [
      ...[bad('1', 0, 'records', 'r1'), bad('2', 1, 'records', 'r1'), done('3', 2, 'records', 'r1', 'failed')],
      ...[good('4', 10, 'records', 'r2'), done('5', 11, 'records', 'r2')],
    ];
    expect(story({ protocolLine: 'cannot read' }, history)).toEqual(['a 0 raised', 'a 11 cleared: condition-ended']);
  });

  it('stands while later runs match as well', () => {
    const history = [
      ...[bad('1', 0, 'records', 'r1'), done('2', 1, 'records', 'r1')],
      ...[bad('3', 2, 'records', 'r2'), done('4', 3, 'records', 'r2')],
    ];
    expect(story({ protocolLine: 'cannot read' }, history)).toEqual(['a 0 raised']);
  });

  it('R1: has an alarm on each job that fails, and each ends by its own job', () => {
    const history = [
      ...[bad('1', 0, 'records', 'r1'), done('2', 1, 'records', 'r1')],
      ...[bad('3', 2, 'images', 'i1'), done('4', 3, 'images', 'i1')],
      ...[good('5', 4, 'records', 'r2'), done('6', 5, 'records', 'r2')],
      ...[good('7', 6, 'images', 'i2'), done('8', 7, 'images', 'i2')],
    ];
    expect(story({ protocolLine: 'cannot read' }, history)).toEqual([
      ...['a 0 raised', 'a 5 cleared: condition-ended'],
      ...['a 2 raised', 'a 7 cleared: condition-ended'],
    ]);
    expect(story({ protocolLine: 'cannot read', job: 'images' }, history)).toEqual([
      'a 2 raised',
      'a 7 cleared: condition-ended',
    ]);
  });

  it('ends for a job that is retired', () => {
    const history = [bad('1', 0, 'records', 'r1'), events.jobRetired('2', at(1), 'a', 'records')];
    expect(story({ protocolLine: 'cannot read' }, [...history, bad('3', 2, 'records', 'r1')])).toEqual([
      'a 0 raised',
      'a 1 cleared: condition-ended',
    ]);
  });

  it('looks at lines of the wanted level only', () => {
    const history = [bad('1', 0, 'records', 'r1')];
    expect(story({ protocolLine: 'cannot read', level: 'warning' }, history)).toEqual([]);
    expect(story({ protocolLine: 'cannot read', level: 'error' }, history)).toEqual(['a 0 raised']);
  });

  it('quotes the line', () => {
    const definition = ruleDefinitionSchema.parse(rule('r', { protocolLine: 'cannot (read|open)' }));
    expect(backtest(definition, [bad('1', 0, 'records', 'r1')])[0]?.raised).toMatchObject({
      because: 'line-matched',
      summary: 'records, line 2: cannot read /srv/x',
      evidence: ['1'],
    });
  });

  it('with a pattern that is none raises nothing', () => {
    expect(story({ protocolLine: '(' }, [bad('1', 0, 'records', 'r1')])).toEqual([]);
  });
});

describe('a rule on an absence', () => {
  const when = { noSuccessOf: 'records', within: '26h' };
  const defined = events.jobDefined('d', midnight, 'a', 'records');
  const run = (id: string, hours: number, outcome?: 'failed') =>
    events.completed(id, midnight + hours * hour, 'a', 'records', `run-${id}`, outcome);

  it('raises when the time since the last success is over, and clears at the next success', () => {
    const history = [defined, run('1', 2), run('2', 26, 'failed'), run('3', 30)];
    expect(story(when, history)).toEqual([`a ${28 * 60} raised`, `a ${30 * 60} cleared: condition-ended`]);
  });

  it('counts from the definition of a job that never succeeded', () => {
    expect(story(when, [defined, run('1', 2, 'failed')], 26 * 60 - 1)).toEqual([]);
    expect(story(when, [defined, run('1', 2, 'failed')], 26 * 60)).toEqual([`a ${26 * 60} raised`]);
  });

  it('counts on when the definition changes', () => {
    const again = events.jobDefined('d2', midnight + 20 * hour, 'a', 'records');
    expect(story(when, [defined, again], 27 * 60)).toEqual([`a ${26 * 60} raised`]);
  });

  it('counts from the new definition of a job that was retired', () => {
    const retired = events.jobRetired('x', midnight + 27 * hour, 'a', 'records');
    const again = events.jobDefined('d2', midnight + 30 * hour, 'a', 'records');
    expect(story(when, [defined, retired], 100 * 60)).toEqual([
      `a ${26 * 60} raised`,
      `a ${27 * 60} cleared: condition-ended`,
    ]);
    expect(story(when, [defined, retired, again], 56 * 60).at(-1)).toBe(`a ${56 * 60} raised`);
  });

  it('concerns no other job, and no server without it', () => {
    const other = events.completed('o', midnight + 25 * hour, 'a', 'images', 'o');
    const elsewhere = events.diskFree('e', midnight, 'b', 50);
    expect(story(when, [defined, elsewhere, other], 27 * 60)).toEqual([`a ${26 * 60} raised`]);
  });

  it('says how long it has been', () => {
    const definition = ruleDefinitionSchema.parse(rule('r', when));
    const raisedOf = (history: readonly AnyEvent[]) => backtest(definition, history, midnight + 60 * hour)[0]?.raised;
    expect(raisedOf([defined])).toMatchObject({
      because: 'no-success-in-time',
      since: '2026-11-23T02:00:00.000Z',
      summary: 'records has not succeeded since it was defined at 2026-11-22 00:00 UTC; it should succeed every 26h',
      evidence: ['d'],
    });
    expect(raisedOf([defined, run('1', 2)])).toMatchObject({
      summary: 'records last succeeded at 2026-11-22 02:00 UTC; it should succeed every 26h',
      evidence: ['1'],
    });
  });
});
