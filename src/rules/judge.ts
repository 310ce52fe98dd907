import type { Instant } from '../shared/instant.js';
import { isAhead } from '../shared/log-time.js';
import type { AlarmId, AlarmState, EventId } from './alarm-state.js';
import { heldForMs, type Finding } from './conditions/condition.js';
import type { EventOf } from '../event-log/event-types.js';
import type { alarmCleared, alarmRaised, ConditionReason } from './rules.events.js';

export type RaiseReason = EventOf<typeof alarmRaised>['data']['because'];
export type ClearReason = EventOf<typeof alarmCleared>['data']['because'];

/** What an event, or the clock, shows of a condition on a server. */
export type Observation =
  | Exclude<Finding, { shows: 'holding' }>
  | (Extract<Finding, { shows: 'holding' }> & { readonly because: ConditionReason });

/** What an observation changes, and why. */
export type Verdict =
  | {
      readonly change: 'none';
      readonly because: 'nothing-observed' | 'condition-false' | 'waiting-for-duration' | 'already-raised';
    }
  | {
      readonly change: 'wait';
      readonly because: 'condition-began';
      readonly since: Instant;
      readonly firstShownBy: EventId;
    }
  | { readonly change: 'forget'; readonly because: ClearReason }
  | {
      readonly change: 'raise';
      readonly because: RaiseReason;
      readonly since: Instant;
      readonly summary: string;
      readonly evidence: readonly EventId[];
    }
  | { readonly change: 'clear'; readonly because: ClearReason; readonly alarmId: AlarmId };

/** A verdict that begins nothing. */
export type Ending = Extract<Verdict, { change: 'none' | 'forget' | 'clear' }>;

/**
 * What one observation does to one rule on one server.
 * Pure: the same arguments give the same verdict, today or in a back-test of last year.
 */
export function judge(when: object, state: AlarmState, observation: Observation, now: Instant): Verdict {
  switch (observation.shows) {
    case 'nothing':
      return { change: 'none', because: 'nothing-observed' };
    case 'not-holding':
      return end(state, 'condition-ended');
    case 'holding':
      return judgeHolding(when, state, observation, now);
  }
}

/** What becomes of a rule's state on a server when there is nothing left to observe: the rule or the server is gone. */
export function end(state: AlarmState, because: ClearReason): Ending {
  switch (state.kind) {
    case 'quiet':
      return { change: 'none', because: 'condition-false' };
    case 'pending':
      return { change: 'forget', because };
    case 'raised':
      return { change: 'clear', because, alarmId: state.alarmId };
  }
}

function judgeHolding(
  when: object,
  state: AlarmState,
  { because, since, summary, evidence }: Extract<Observation, { shows: 'holding' }>,
  now: Instant,
): Verdict {
  const [firstShownBy] = evidence;
  switch (state.kind) {
    case 'raised':
      return { change: 'none', because: 'already-raised' };
    case 'quiet':
      if (heldForMs(when) === null || firstShownBy === undefined) {
        return { change: 'raise', because, since, summary, evidence };
      }
      return { change: 'wait', because: 'condition-began', since, firstShownBy };
    case 'pending':
      // It began by a clock that ran ahead: how long it has held counts from now.
      if (isAhead(state.since, now) && firstShownBy !== undefined) {
        return { change: 'wait', because: 'condition-began', since, firstShownBy };
      }
      if (now < state.since + (heldForMs(when) ?? 0)) return { change: 'none', because: 'waiting-for-duration' };
      return {
        change: 'raise',
        because: 'condition-held-long-enough',
        since: state.since,
        summary,
        evidence: [state.firstShownBy, ...evidence],
      };
  }
}
