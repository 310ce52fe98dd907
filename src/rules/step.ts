import { clear, raise, type AlarmDecision, type Scene } from './alarm-decision.js';
import { placeOf, subjectAt, type AlarmPlace } from './alarm-place.js';
import { quiet } from './alarm-state.js';
import { end, judge, type ClearReason, type Ending, type Observation } from './judge.js';
import type { AnyConditionKind } from './condition-set.js';
import type { Shown } from './conditions/condition.js';
import type { Rule, RuleBook } from './rule-book.js';
import { alarmStateAt, withAlarmState, withAwaited, type ServerState } from './server-state.js';

/** What became of a server, and what was decided on the way. */
export interface Step {
  readonly server: ServerState;
  readonly decisions: readonly AlarmDecision[];
}

export function unchanged(server: ServerState): Step {
  return { server, decisions: [] };
}

/** Judges all that was shown of conditions of one kind. */
export function observed(
  before: Step,
  scene: Scene,
  kind: AnyConditionKind,
  shown: readonly Shown[],
  book: RuleBook,
): Step {
  return shown.reduce((step, { rule: { name }, subject, finding }) => {
    const rule = book.get(name);
    const observation = finding.shows === 'holding' ? { ...finding, because: kind.because } : finding;
    return rule ? observe(step, scene, rule, placeOf(name, subject), observation, kind) : step;
  }, before);
}

/** Judges one rule at one of its places by what was observed. */
function observe(
  step: Step,
  scene: Scene,
  rule: Rule,
  place: AlarmPlace,
  observation: Observation,
  kind: AnyConditionKind,
): Step {
  const { server } = step;
  const verdict = judge(rule.when, alarmStateAt(server, place), observation, scene.now);
  switch (verdict.change) {
    case 'wait': {
      const { since, firstShownBy } = verdict;
      return { ...step, server: withAlarmState(server, place, { kind: 'pending', since, firstShownBy }) };
    }
    case 'raise': {
      const event = raise(scene, rule, subjectAt(place), verdict, kind.subject(rule.when) === null);
      const raised = {
        kind: 'raised',
        alarmId: event.data.alarmId,
        since: verdict.since,
        raisedAt: scene.now,
      } as const;
      return say(step, withAlarmState(server, place, raised), event, scene);
    }
    case 'none':
    case 'forget':
    case 'clear':
      return carryOutEnd(step, scene, place, verdict);
  }
}

/** Ends what a rule has at a place: there is nothing left to observe. */
export function endAt(step: Step, scene: Scene, place: AlarmPlace, because: ClearReason): Step {
  return carryOutEnd(step, scene, place, end(alarmStateAt(step.server, place), because));
}

function carryOutEnd(step: Step, scene: Scene, place: AlarmPlace, verdict: Ending): Step {
  const { server } = step;
  switch (verdict.change) {
    case 'none':
      return step;
    case 'forget':
      return { ...step, server: withAlarmState(server, place, quiet) };
    case 'clear': {
      const state = alarmStateAt(server, place);
      // Where the clock was put back meanwhile, it is cleared at the moment at which it was raised: never before.
      const raisedAt = state.kind === 'raised' ? (state.raisedAt ?? state.since) : scene.now;
      const now = Math.max(scene.now, raisedAt);
      const event = clear({ ...scene, now }, place, verdict.alarmId, verdict.because);
      return say(step, withAlarmState(server, place, quiet), event, scene);
    }
  }
}

function say(step: Step, server: ServerState, event: AlarmDecision, { now }: Scene): Step {
  return { server: withAwaited(server, event, now), decisions: [...step.decisions, event] };
}
