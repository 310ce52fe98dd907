import type { z } from 'zod';
import type { CheckContext } from '../../definitions/checking/knowledge.js';
import type { Fault, Path } from '../../definitions/checking/problem.js';
import type { Event } from '../../event-log/envelope.js';
import type { EventDefinition, EventOf } from '../../event-log/event-types.js';
import type { AddressPattern } from '../../shared/address.js';
import type { Instant } from '../../shared/instant.js';
import { durationSeconds } from '../../shared/schedule.js';
import type { AlarmPlace } from '../alarm-place.js';
import type { EventId } from '../alarm-state.js';
import type { AlarmSubject } from '../alarm-subject.js';

/** What an event about a server says of where it belongs: to the server, or to one job or check-up of it. */
interface AboutServer {
  readonly site: string;
  readonly server: string;
  readonly job?: string;
  readonly checkup?: string;
}
export type ServerEvent = Event<string, AboutServer>;
export type ServerEventDefinition = EventDefinition<string, z.ZodType<AboutServer>>;

/** Of a rule, what its condition is concerned with. */
export interface RuleWhen<When extends object> {
  readonly name: string;
  readonly when: When;
}

/** What an event, or the clock, shows of a condition. */
export type Finding =
  /** Nothing either way, such as a result without the metric. */
  | { readonly shows: 'nothing' }
  | { readonly shows: 'not-holding' }
  | {
      readonly shows: 'holding';
      /** Since when it holds, as far as this alone can tell. */
      readonly since: Instant;
      /** For people: the value, the line, the time without success. */
      readonly summary: string;
      /** The events that show it. */
      readonly evidence: readonly EventId[];
    };

/** A finding for one rule on one subject. */
export interface Shown {
  readonly rule: RuleWhen<object>;
  readonly subject: AlarmSubject;
  readonly finding: Finding;
}

/** What a condition knows of one server when it looks at an event or at the clock. */
export interface Sight<When extends object, Memory> {
  readonly memory: Memory;
  /** The rules of this kind under a key of the index, by name. */
  rules(key: string): readonly RuleWhen<When>[];
}

export interface EventSight<When extends object, Memory> extends Sight<When, Memory> {
  /** False if the server, or the job or check-up that the event is about, is retired: no alarm follows from the event. */
  readonly isWatched: boolean;
  /** Where rules of this kind have an alarm, or wait for one. */
  alarms(): readonly { readonly rule: RuleWhen<When>; readonly subject: AlarmSubject }[];
}

/** What the clock alone makes true. */
export interface ConditionClock<When extends object, Memory> {
  shows(now: Instant, sight: Sight<When, Memory>): readonly Shown[];
  /**
   * For each rule on each subject, the moment from which on {@link shows} finds that it holds if nothing happens before.
   * @param now infinite where only the log's last event says what time it is
   */
  begins(
    now: Instant,
    sight: Sight<When, Memory>,
  ): readonly { readonly rule: RuleWhen<object>; readonly subject: AlarmSubject; readonly at: Instant }[];
}

/** What a condition remembers of one server. Never changed in place; what does not change it returns the very same. */
export interface ConditionMemory<Memory> {
  /** Its key in the stored state of a server. */
  readonly name: string;
  readonly fresh: Memory;
  /** Reads what {@link encode} wrote. A state that was stored before the condition was known has none: it is fresh then. */
  readonly stored: z.ZodType<Memory>;
  /** As plain JSON. */
  encode(memory: Memory): unknown;
  /** Something about the server was recorded, and our clock said `now`. */
  clockRead?(memory: Memory, now: Instant): Memory;
  /** An alarm has ended, or is waited for no more. */
  placeEnded?(memory: Memory, place: AlarmPlace): Memory;
  /** What is left when the server is retired; without this, nothing. */
  serverRetired?(memory: Memory): Memory;
  /** What the only alarm of a rule was about, in a state that was stored before alarms had subjects. */
  formerSubject?(memory: Memory, rule: string): AlarmSubject | null;
  /** The same where what is remembered by place is found at another. */
  atPlaces?(memory: Memory, placeOf: (stored: string) => AlarmPlace): Memory;
}

/**
 * A kind of condition: all that the configuration file, the rule book and the judge need to know of it. `for` in its schema
 * (a duration) is how long it must hold before the alarm; the judge sees to that.
 */
export interface ConditionKind<
  When extends object = object,
  Memory = unknown,
  Heard extends ServerEventDefinition = ServerEventDefinition,
  Because extends string = string,
  Draft = unknown,
> {
  /** The key of `when` that this kind alone has: by it, a condition is recognised. */
  readonly key: string;
  readonly schema: z.ZodType<When, When>;
  /** Why an alarm is raised, as data. */
  readonly because: Because;

  /** As much of it as can be understood; reading it never fails, and neither does reading that of another kind. */
  readonly draft: z.ZodType<Draft>;
  /** What is wrong in the file beyond its shape: names that mean nothing. */
  faults(draft: Draft, path: Path, context: CheckContext): readonly Fault[];

  /** What cannot be used in a condition of the right shape, whatever else is defined; without this, nothing. */
  unusable?(when: When): readonly { readonly path: Path; readonly message: string }[];

  /** The jobs or check-ups that it names; null, or without this, all. The judge shows it to no rule of another site or server. */
  concerns?(when: When): AddressPattern | null;
  /** What each alarm is about; null if that depends on the event. */
  subject(when: When): AlarmSubject | null;
  /** Under which key the rule is found when something happens. */
  index(when: When): string;

  /** The events that it looks at. */
  readonly hears: readonly Heard[];
  /** What an event shows, for each rule on one subject at most, and what is remembered then. */
  shows(
    event: EventOf<Heard>,
    sight: EventSight<When, Memory>,
  ): { readonly memory: Memory; readonly shown: readonly Shown[] };
  /** Null if nothing follows from the clock alone. */
  readonly clock: ConditionClock<When, Memory> | null;
  readonly memory: ConditionMemory<Memory>;
}

/** How long a condition must hold before the alarm; null if it is raised at once. */
export function heldForMs(when: object): number | null {
  return 'for' in when && typeof when.for === 'string' ? durationSeconds(when.for) * 1000 : null;
}

/** Declares a kind of condition; `conditions/index.ts` lists it. */
export function defineCondition<
  When extends object,
  Memory,
  Heard extends ServerEventDefinition,
  const Because extends string,
  Draft,
>(kind: ConditionKind<When, Memory, Heard, Because, Draft>): ConditionKind<When, Memory, Heard, Because, Draft> {
  return kind;
}
