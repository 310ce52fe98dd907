/**
 * What a template may be given: text and yes-or-no, in plain objects and lists. Numbers and moments are put into words
 * before (see `humanise.ts`), so that a template never formats, and nothing with behaviour reaches one.
 */
export type PlainModel<T> = T extends string | boolean | null
  ? T
  : T extends (...given: never) => unknown
    ? never
    : T extends readonly (infer Item)[]
      ? readonly PlainModel<Item>[]
      : T extends object
        ? { readonly [Name in keyof T]: PlainModel<T[Name]> }
        : never;
