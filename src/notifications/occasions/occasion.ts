import type { DefinedKind } from '../../definitions/kind.js';
import type { Event } from '../../event-log/envelope.js';
import type { EventDefinition, EventOf } from '../../event-log/event-types.js';
import type { Address, ServerAddress } from '../../shared/address.js';
import type { Instant } from '../../shared/instant.js';
import type { Telling } from '../decide.js';
import type { Formats } from '../formats.js';
import type { MessageData } from '../notifications.events.js';
import type { Locale, RecipientGroupDefinition, SubscriptionFilter } from '../recipient-group.js';
import type { AboutKind } from './about.js';

/**
 * What people can be notified of, complete in one folder: which events it takes, who gets a message and why not, what is
 * remembered, what is read from the log for a message, what its templates show, and its words. `all-occasions.ts` lists them.
 */
export interface Occasion<
  Taken extends EventDefinition = EventDefinition,
  Kept = unknown,
  Plan = unknown,
  Records = unknown,
> {
  readonly name: string;
  readonly subscriptions: AskedBy;
  /** What its messages are about. */
  readonly about: AboutKind;
  /** Its messages: `templates/messages/<locale>/<channel>/<name>.*`, and the icon of each on the board. */
  readonly templates: Readonly<Record<string, MessageIcon>>;
  /** Why a group gets a message. */
  readonly reasons: Readonly<Record<string, ReasonWords>>;
  /** What the keys of what it remembers begin with; without this, its name. */
  readonly keysBegin?: string;

  /** The types of events that it takes. */
  readonly events: readonly Taken[];
  /** The keys that it will {@link OccasionMemory.recall} when it decides on an event. */
  recalls?(event: EventOf<Taken>): readonly string[];
  /** The messages that an event gives cause for. Their ids follow from the event: handed over again, it gives the same. */
  decide(
    event: EventOf<Taken>,
    groups: readonly PlannedGroup<Plan>[],
    memory: OccasionMemory<Kept>,
  ): readonly Occurrence[];
  /** For what comes due by the clock. */
  readonly plan?: Planning<Kept, Plan>;

  /** What a message tells of, from the log; null while the log does not hold all of it. */
  recordsOf(message: Pick<MessageData, 'about' | 'template'>, sources: RecordSources): Promise<Records | null>;
  /** What the templates show of it, besides what all messages show: texts, and lists of texts. */
  modelOf(records: Records, reader: Reader): object;
}

/** How subscriptions ask for an occasion. */
export interface AskedBy {
  /** Words after `takes`. */
  readonly takes: readonly string[];
  /** What these words bring: `of backups`. */
  readonly describe: string;
  /** What such a subscription may choose by; `at` is then required. */
  readonly filters: readonly SubscriptionFilter[];
}

export type MessageIcon = 'critical' | 'warning' | 'ok' | 'inbox';

/** A reason: at the end of a message (`… to the group it because …`) in each language, and on the board. */
export type ReasonWords = Readonly<Record<Locale | 'board', string>>;

/** A message to be sent, and what it is about. */
export type Occurrence = Pick<Telling, 'messageId' | 'group' | 'channel' | 'to' | 'template' | 'because'> &
  Pick<MessageData, 'about' | 'period'>;

/** What an occasion remembers of one partition. All of it also follows from the log. */
export interface OccasionMemory<Kept> {
  /** Null if nothing is kept under the key. */
  recall(key: string): Kept | null;
  keep(key: string, kept: Kept): void;
  forget(key: string): void;
  forgetBelow(prefix: string): void;
  /**
   * All that any partition keeps below a prefix; just that is forgotten, since others may be adding to it. Sees only what was
   * stored before.
   */
  takeBelow(prefix: string): Promise<readonly Kept[]>;
}

/** A recipient group with what an occasion plans for it. */
export interface PlannedGroup<Plan> {
  readonly definition: RecipientGroupDefinition;
  readonly plan: Plan;
}

/** The next moment after `after` that a cron line names on a time zone's clock; null if there is none. */
export type NextDue = (at: string, timeZone: string | undefined, after: Instant) => Instant | null;

/** What planning works with. */
export interface PlanTools<Kept> {
  readonly memory: OccasionMemory<Kept>;
  readonly nextDue: NextDue;
}

/** What an occasion plans for each group, so that the clock can make messages due. */
export interface Planning<Kept, Plan> {
  /** The field of a group's remembered state that holds it. */
  readonly field: string;
  /** For a group that nothing is planned for. */
  readonly none: Plan;
  /** RFC 3339: when the clock alone may make a message due; null if never. */
  wakeAt(plan: Plan): string | null;
  /** @param before null for a new group */
  defined(
    before: PlannedGroup<Plan> | null,
    definition: RecipientGroupDefinition,
    definedAt: Instant,
    tools: PlanTools<Kept>,
  ): Plan;
  retired(group: string, tools: PlanTools<Kept>): void;
  /** A message of this occasion in the log, which may have been decided before the state was lost. */
  met(group: PlannedGroup<Plan>, message: MessageData, tools: PlanTools<Kept>): Plan;
  due(
    group: PlannedGroup<Plan>,
    now: Instant,
    tools: PlanTools<Kept>,
  ): Promise<{ readonly plan: Plan; readonly occurrences: readonly Occurrence[] }>;
}

/** Where the records of a message are read. */
export interface RecordSources {
  /** The events of one subject, of these types only. */
  events(subject: string, types: readonly EventDefinition[]): Promise<readonly Event[]>;
  /** What people call something that is defined; its name where it has no title. */
  titleOf(kind: DefinedKind<{ readonly title?: string | undefined }>, address: Address): Promise<string>;
  /** What people call a server; with its site where another has the same title: `Reception (north)`. */
  serverTitleOf(server: ServerAddress): Promise<string>;
  /** Its name; with its site where another site has a server of that name: `north/reception`. */
  serverTextOf(server: ServerAddress): Promise<string>;
}

/** Who reads a message. */
export interface Reader {
  readonly locale: Locale;
  readonly formats: Formats;
}
