import { describe, expect, it } from '@jest/globals';
import type { AlarmState } from './alarm-state.js';
import { end, judge, type Observation } from './judge.js';
import type { Condition } from './rule.js';

const atOnce: Condition = { checkup: 'disk', metric: 'free', below: 10 };
const heldFor: Condition = { ...atOnce, for: '60s' };
const now = 1_000_000;

const quiet: AlarmState = { kind: 'quiet' };
const pending = (seconds: number): AlarmState => ({
  kind: 'pending',
  since: now - seconds * 1000,
  firstShownBy: 'first',
});
const raised: AlarmState = { kind: 'raised', alarmId: 'alarm', since: now - 1000 };

const holding: Observation = {
  shows: 'holding',
  because: 'condition-held',
  since: now,
  summary: 'free is 5',
  evidence: ['shown'],
};
const ended: Observation = { shows: 'not-holding' };
const nothing: Observation = { shows: 'nothing' };

describe('judging', () => {
  it.each([
    // state       observation           verdict
    ['quiet', 'nothing', 'none', 'nothing-observed', atOnce, quiet, nothing],
    ['quiet', 'its end', 'none', 'condition-false', atOnce, quiet, ended],
    ['quiet', 'that it holds', 'raise', 'condition-held', atOnce, quiet, holding],
    ['quiet (for 60 s)', 'that it holds', 'wait', 'condition-began', heldFor, quiet, holding],
    ['pending for 59 s', 'that it holds', 'none', 'waiting-for-duration', heldFor, pending(59), holding],
    ['pending for 60 s', 'that it holds', 'raise', 'condition-held-long-enough', heldFor, pending(60), holding],
    ['pending since later', 'that it holds', 'none', 'waiting-for-duration', heldFor, pending(-5), holding],
    ['pending for 60 s', 'nothing', 'none', 'nothing-observed', heldFor, pending(60), nothing],
    ['pending for 60 s', 'its end', 'forget', 'condition-ended', heldFor, pending(60), ended],
    ['raised', 'that it holds', 'none', 'already-raised', atOnce, raised, holding],
    ['raised', 'nothing', 'none', 'nothing-observed', atOnce, raised, nothing],
    ['raised', 'its end', 'clear', 'condition-ended', atOnce, raised, ended],
  ] as const)('a rule that is %s and is shown %s gives %s because %s', (_, __, change, because, when, state, shown) => {
    expect(judge(when, state, shown, now)).toMatchObject({ change, because });
  });

  it('says since when, and by which events, a condition held long enough', () => {
    expect(judge(heldFor, pending(90), holding, now)).toMatchObject({
      since: now - 90_000,
      summary: 'free is 5',
      evidence: ['first', 'shown'],
    });
  });

  it.each([
    ['quiet', quiet, { change: 'none', because: 'condition-false' }],
    ['pending', pending(10), { change: 'forget', because: 'rule-retired' }],
    ['raised', raised, { change: 'clear', because: 'rule-retired', alarmId: 'alarm' }],
  ])('ends what is %s when the rule is retired', (_, state, verdict) => {
    expect(end(state, 'rule-retired')).toEqual(verdict);
  });
});
