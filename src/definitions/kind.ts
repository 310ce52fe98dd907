import type { z } from 'zod';
import type { EventDefinition } from '../event-log/event-types.js';
import type { Section } from './section.js';

/** What belongs to a server is stated by it, and ordered with all else about it; the rest holds for the whole installation. */
export type KindScope = 'server' | 'installation';

/** One kind of thing that can be defined, such as a backup job. */
export interface DefinedKind<Definition = unknown> {
  /** Begins the types of its events: `backup-job.defined`. */
  readonly name: string;
  /** What people call it: `backup job`. */
  readonly title: string;
  readonly scope: KindScope;
  readonly schema: z.ZodType<Definition>;
  readonly defined: EventDefinition;
  readonly retired: EventDefinition;
  /** The field of both events' data that holds the name: `job`. */
  readonly nameField: string;
  /** Its folder in the subjects of events; null for the server itself. */
  readonly folder: string | null;
  /** Where a file states it. */
  readonly sections: readonly Section<Definition>[];
}

/** Declares a kind; its capability's contribution lists it. */
export function defineKind<Definition>(kind: DefinedKind<Definition>): DefinedKind<Definition> {
  return kind;
}
