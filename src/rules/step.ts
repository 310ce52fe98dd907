import { clear, raise, type AlarmDecision, type Scene } from './alarm-decision.js';
import { quiet } from './alarm-state.js';
import { end, judge, type ClearReason, type Ending, type Observation } from './judge.js';
import type { Rule } from './rule-book.js';
import { alarmStateOf, withAlarmState, withAwaited, type ServerState } from './server-state.js';

/** What became of a server, and what was decided on the way. */
export interface Step {
  readonly server: ServerState;
  readonly decisions: readonly AlarmDecision[];
}

export function unchanged(server: ServerState): Step {
  return { server, decisions: [] };
}

/** Judges one rule by what was observed. */
export function observe(step: Step, scene: Scene, rule: Rule, observation: Observation): Step {
  const { server } = step;
  const verdict = judge(rule.when, alarmStateOf(server, rule.name), observation, scene.now);
  switch (verdict.change) {
    case 'wait': {
      const { since, firstShownBy } = verdict;
      return { ...step, server: withAlarmState(server, rule.name, { kind: 'pending', since, firstShownBy }) };
    }
    case 'raise': {
      const event = raise(scene, rule, verdict);
      const raised = { kind: 'raised', alarmId: event.data.alarmId, since: verdict.since } as const;
      return say(step, withAlarmState(server, rule.name, raised), event, scene);
    }
    case 'none':
    case 'forget':
    case 'clear':
      return carryOutEnd(step, scene, rule.name, verdict);
  }
}

/** Ends what a rule has on the server: there is nothing left to observe. */
export function endRule(step: Step, scene: Scene, rule: string, because: ClearReason): Step {
  return carryOutEnd(step, scene, rule, end(alarmStateOf(step.server, rule), because));
}

function carryOutEnd(step: Step, scene: Scene, rule: string, verdict: Ending): Step {
  const { server } = step;
  switch (verdict.change) {
    case 'none':
      return step;
    case 'forget':
      return { ...step, server: withAlarmState(server, rule, quiet) };
    case 'clear':
      return say(
        step,
        withAlarmState(server, rule, quiet),
        clear(scene, rule, verdict.alarmId, verdict.because),
        scene,
      );
  }
}

function say(step: Step, server: ServerState, event: AlarmDecision, { now }: Scene): Step {
  return { server: withAwaited(server, event, now), decisions: [...step.decisions, event] };
}
