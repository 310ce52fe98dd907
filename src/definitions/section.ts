import { z } from 'zod';
import type { CheckContext } from './checking/knowledge.js';
import type { StatedName } from './checking/file-addresses.js';
import type { Fault, Path } from './checking/problem.js';

/** One thing that a file states. */
export interface StatedDefinition<Definition> {
  readonly name: string;
  /** The server that the file names for it, if it belongs to one: `<server>` or `<site>/<server>`. */
  readonly server?: string | undefined;
  /** The site of a server, if the file names it. */
  readonly site?: string | undefined;
  readonly definition: Definition;
}

/** Replaces `${config}` in all strings within a value. */
export type Replace = <Value>(value: Value) => Value;

/** Where and how a file states the definitions of a kind. */
export interface Section<Definition> {
  /** The key in the file, such as `backups`. */
  readonly key: string;
  /** Of what is behind the key. */
  readonly schema: z.ZodType;
  /** @param stated as {@link schema} hands it over */
  states(stated: unknown): readonly StatedDefinition<Definition>[];
  /** `${config}` replaced where it may be used: what is defined must mean the same whichever file is read later. */
  place(stated: unknown, replace: Replace): unknown;
  /** The same as far as it can be understood; reading it never fails. */
  readonly draft: z.ZodType;
  /** What is wrong beyond the shape of its values: plugins, times, names that mean nothing, repeats. */
  faults(draft: unknown, context: CheckContext): readonly Fault[];
  /** The names in a draft. */
  namesIn(draft: unknown): readonly string[];
  /** The same with where they are. */
  statedIn(draft: unknown): readonly StatedName[];
  /** The settings in which references such as `${env:NAME}` are looked up. Nowhere else are they. */
  readonly references: readonly SettingPath[];
}

/** A path in the file; `*` is any one step, `**` at its end any number. */
export type SettingPath = readonly string[];

interface SectionOf<Item, Draft, Faults> {
  readonly key: string;
  readonly describe: string;
  /** One item, as far as it can be understood. */
  readonly draft: z.ZodType<Draft>;
  readonly faults: Faults;
  /** An item with `${config}` replaced where it may be used; without this, nowhere. */
  readonly place?: (item: Item, replace: Replace) => Item;
  /** The settings of an item in which references are looked up; without this, none. */
  readonly references?: readonly SettingPath[];
}

type Named = { readonly name: string; readonly server?: string | undefined; readonly site?: string | undefined };
type DraftNamed = { readonly [Key in keyof StatedName]?: StatedName[Key] | null };

interface ListSection<Item, Draft, Definition> extends SectionOf<
  Item,
  Draft,
  (items: readonly Draft[], path: Path, context: CheckContext) => readonly Fault[]
> {
  readonly item: z.ZodType<Item>;
  /** What of an item is the definition. */
  readonly definition: (item: Item) => Definition;
  /** Whether the file must state at least one. */
  readonly required?: boolean;
}

/** A list of definitions, each with a name. */
export function listSection<Item extends Named, Draft extends DraftNamed, Definition>({
  key,
  describe,
  item,
  definition,
  required = false,
  draft,
  faults,
  place = (one) => one,
  references = [],
}: ListSection<Item, Draft, Definition>): Section<Definition> {
  const list = z.array(item);
  const drafts = z.array(draft).catch([]);
  const namedIn = (stated: unknown): readonly StatedName[] =>
    drafts.parse(stated).flatMap(({ name = null, server = null, site = null }) => {
      return name === null ? [] : [{ name, server, site }];
    });
  return {
    key,
    schema: (required ? list.min(1) : list.default([])).describe(describe),
    states: (stated) =>
      list.parse(stated).map((one) => {
        const { name, server, site } = one;
        return { name, server, site, definition: definition(one) };
      }),
    place: (stated, replace) => list.parse(stated).map((one) => place(one, replace)),
    draft: drafts,
    faults: (stated, context) => faults(drafts.parse(stated), [key], context),
    namesIn: (stated) => [...new Set(namedIn(stated).map(({ name }) => name))],
    statedIn: namedIn,
    references: references.map((setting) => [key, '*', ...setting]),
  };
}

interface SingleSection<Item, Draft, Definition> extends SectionOf<
  Item,
  Draft,
  (draft: Draft, path: Path, context: CheckContext) => readonly Fault[]
> {
  readonly item: z.ZodType<Item>;
  readonly definition: (item: Item) => Definition;
  /** The name of the one thing that it defines. */
  readonly name: string;
}

/** One definition at most, whose name is fixed. */
export function singleSection<Item, Draft, Definition>({
  key,
  describe,
  item,
  definition,
  name,
  draft,
  faults,
  place = (one) => one,
  references = [],
}: SingleSection<Item, Draft, Definition>): Section<Definition> {
  return {
    key,
    schema: item.optional().describe(describe),
    states: (stated) => (stated === undefined ? [] : [{ name, definition: definition(item.parse(stated)) }]),
    place: (stated, replace) => (stated === undefined ? undefined : place(item.parse(stated), replace)),
    draft,
    faults: (stated, context) => faults(draft.parse(stated), [key], context),
    namesIn: () => [],
    statedIn: () => [],
    references: references.map((setting) => [key, ...setting]),
  };
}
