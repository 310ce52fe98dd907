import type { EntitySchema } from 'typeorm';
import type { DefinedKind } from './kind.js';
import type { EventDefinition } from '../event-log/event-types.js';
import type { SayingsOf } from '../event-log/saying.js';
import type { View } from '../folding/view.adapter.js';

/** What a capability adds. Whatever runs all events, kinds, views or tables takes them from here. */
export interface Contribution<Events extends readonly EventDefinition[] = readonly EventDefinition[]> {
  readonly name: string;
  /** The types of events that it owns. */
  readonly events: Events;
  /** The same for people, in a few words. */
  readonly sayings: SayingsOf<Events>;
  /** What can be defined, in the order in which it is to be: servers before what runs on them. */
  readonly kinds?: readonly DefinedKind[];
  readonly views?: readonly View[];
  /** Tables of its own that no view folds. */
  readonly tables?: readonly EntitySchema[];
}

/** Declares what a capability adds; `src/capabilities.ts` lists it. */
export function contribution<const Events extends readonly EventDefinition[]>(
  declared: Contribution<Events>,
): Contribution<Events> {
  return declared;
}
