import { z } from 'zod';
import type { EventDefinition } from '../event-log/event-types.js';
import type { CheckContext } from './checking/knowledge.js';
import type { Fault, Path } from './checking/problem.js';

/** What belongs to a server is stated by it, and ordered with all else about it; the rest holds for the whole installation. */
export type KindScope = 'server' | 'installation';

/** One thing that a file states. */
export interface StatedDefinition<Definition> {
  readonly name: string;
  /** The server that the file names for it, if it belongs to one. */
  readonly server?: string | undefined;
  readonly definition: Definition;
}

/** Where and how a file states the definitions of a kind. */
export interface Section<Definition> {
  /** The key in the file, such as `backups`. */
  readonly key: string;
  /** Of what stands behind the key. */
  readonly schema: z.ZodType;
  /** @param stated as {@link schema} hands it over */
  states(stated: unknown): readonly StatedDefinition<Definition>[];
  /** `${config}` replaced where it may be used: what is defined must mean the same whichever file is read later. */
  place(stated: unknown, replace: Replace): unknown;
  /** The same as far as it can be understood; reading it never fails. */
  readonly draft: z.ZodType;
  /** What is wrong beyond the shape of its values: plugins, times, names that stand for nothing, repeats. */
  faults(draft: unknown, context: CheckContext): readonly Fault[];
  /** The names in a draft. */
  namesIn(draft: unknown): readonly string[];
}

/** One kind of thing that can be defined, such as a backup job. Declared by {@link defineKind}. */
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
  readonly section: Section<Definition>;
}

/** Replaces `${config}` in all strings within a value. */
export type Replace = <Value>(value: Value) => Value;

interface KindDeclaration<Definition> extends Omit<DefinedKind<Definition>, 'section'> {
  /** A definition with `${config}` replaced where it may be used; without this, nowhere. */
  readonly place?: (definition: Definition, replace: Replace) => Definition;
}

interface ListSection<Draft> {
  readonly key: string;
  readonly describe: string;
  /** Whether the file must state at least one. */
  readonly required?: boolean;
  /** One item as far as it can be understood. */
  readonly draft: z.ZodType<Draft>;
  faults(items: readonly Draft[], path: Path, context: CheckContext): readonly Fault[];
}

/** A kind of which a file states a list, each with a name. */
export function defineKind<
  Definition extends { readonly name: string; readonly server?: string | undefined },
  Draft extends { readonly name: string | null },
>(kind: KindDeclaration<Definition> & { readonly section: ListSection<Draft> }): DefinedKind<Definition> {
  const { key, describe, required = false, draft, faults } = kind.section;
  const list = z.array(kind.schema);
  const drafts = z.array(draft).catch([]);
  const { place = (definition) => definition, ...rest } = kind;
  return {
    ...rest,
    section: {
      key,
      schema: (required ? list.min(1) : list.default([])).describe(describe),
      states: (stated) =>
        list.parse(stated).map((definition) => ({ name: definition.name, server: definition.server, definition })),
      place: (stated, replace) => list.parse(stated).map((definition) => place(definition, replace)),
      draft: drafts,
      faults: (stated, context) => faults(drafts.parse(stated), [key], context),
      namesIn: (stated) => [...new Set(drafts.parse(stated).flatMap(({ name }) => (name === null ? [] : [name])))],
    },
  };
}

interface SingleSection<Draft> {
  readonly key: string;
  readonly describe: string;
  readonly draft: z.ZodType<Draft>;
  faults(draft: Draft, path: Path, context: CheckContext): readonly Fault[];
}

/** A kind of which a file states one at most, whose name is fixed. */
export function defineSingleKind<Definition, Draft>(
  kind: KindDeclaration<Definition> & { readonly only: string; readonly section: SingleSection<Draft> },
): DefinedKind<Definition> {
  const { only: name } = kind;
  const { key, describe, draft, faults } = kind.section;
  const { place = (definition) => definition, ...rest } = kind;
  return {
    ...rest,
    section: {
      key,
      schema: kind.schema.optional().describe(describe),
      states: (stated) => (stated === undefined ? [] : [{ name, definition: kind.schema.parse(stated) }]),
      place: (stated, replace) => (stated === undefined ? undefined : place(kind.schema.parse(stated), replace)),
      draft,
      faults: (stated, context) => faults(draft.parse(stated), [key], context),
      namesIn: () => [],
    },
  };
}
