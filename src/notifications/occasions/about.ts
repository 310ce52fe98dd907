import type { z } from 'zod';
import type { About } from '../notifications.events.js';

/** The address of a thing: its site, its server, its name and ids. */
export type RefSchema = z.ZodObject<Record<string, z.ZodString>>;

/** A kind of thing that messages are about. */
export interface AboutKind<Schema extends RefSchema = RefSchema> {
  readonly kind: string;
  /** The whole address of one. */
  readonly ref: Schema;
  about(ref: z.infer<Schema>): About;
  /**
   * The addresses of this kind, in their order.
   * @throws ZodError if one is not as {@link ref} says
   */
  among(about: readonly About[]): readonly z.infer<Schema>[];
}

export function aboutKind<Schema extends RefSchema>(kind: string, ref: Schema): AboutKind<Schema> {
  return {
    kind,
    ref,
    about: (one) => ({ kind, ref: ref.parse(one) }),
    among: (about) => about.filter((one) => one.kind === kind).map((one) => ref.parse(one.ref)),
  };
}
