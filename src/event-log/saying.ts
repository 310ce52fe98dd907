import type { EventDefinition, EventOf } from './event-types.js';

/** An event in a few words, for the command line and the board. */
export interface Saying {
  readonly text: string;
  /** How it looks where colours are; without it, like any text. */
  readonly tone?: 'red' | 'yellow' | 'green' | 'dim';
}

/** What each type of event says. A new type does not compile until it says something. */
export type SayingsOf<Events extends readonly EventDefinition[]> = {
  readonly [Definition in Events[number] as Definition['type']]: (event: EventOf<Definition>) => Saying;
};
