import { z } from 'zod';

/** Who manages definitions: no one else changes or retires them. */
export const managerKinds = [
  /** A configuration file. */
  'file',
  /** Someone, by the board or the API. */
  'person',
] as const;

export const managedBySchema = z.object({
  kind: z.enum(managerKinds),
  /** Unique within its kind. Of a file never its path: a file may be moved. */
  id: z.string().min(1).max(200),
  /** For people, as it was when the definition was stated: `wardround.yaml on RECEPTION-PC`. */
  title: z.string().max(500),
});
export type ManagedBy = z.infer<typeof managedBySchema>;

/** Before definitions named their manager, there was one for each log: the configuration file of it. */
export const fileOfTheLog: ManagedBy = { kind: 'file', id: 'log', title: 'the configuration file' };

/** What the data of `….defined` says of the manager. */
export const managed = { managedBy: managedBySchema.default(fileOfTheLog) };

const defined = z.looseObject({});

/** The data of `….defined` of a version that named no manager. */
export function fromUnmanaged(old: unknown): unknown {
  return { ...defined.parse(old), managedBy: fileOfTheLog };
}

export function isSameManager(one: ManagedBy, other: ManagedBy): boolean {
  return one.kind === other.kind && one.id === other.id;
}

export function managerText({ kind, title }: ManagedBy): string {
  return kind === 'file' ? `the file ${title}` : title;
}
