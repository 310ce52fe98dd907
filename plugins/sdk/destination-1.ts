import type { z } from 'zod';
import type { PluginBase, PluginContext } from './context.js';
import type { DestinationInput, LocalSnapshot, StoredSnapshot, VerifiedSnapshot } from './destination.js';

type Call<Schema extends z.ZodType> = PluginContext<z.output<Schema>> & DestinationInput;

/**
 * A destination as it was before contract 2, which says `contract: 2`. Wardround still runs it: its names mean ids,
 * each snapshot is removed by its own call, and some paths alone cannot be restored.
 */
export interface DestinationPlugin1<Schema extends z.ZodType = z.ZodType> extends PluginBase<'destination', Schema> {
  readonly contract?: 1 | undefined;
  check(context: Call<Schema>): Promise<{ readonly place: string; readonly freeBytes: number | null }>;
  store(context: Call<Schema> & { readonly snapshot: LocalSnapshot }): Promise<StoredSnapshot>;
  verify(context: Call<Schema> & { readonly snapshot: LocalSnapshot }): Promise<VerifiedSnapshot>;
  /** The names of the whole snapshots of a job, oldest first. */
  list(context: Call<Schema> & { readonly job: string }): Promise<{ readonly snapshots: readonly string[] }>;
  remove(context: Call<Schema> & { readonly job: string; readonly snapshot: string }): Promise<void>;
  restore(
    context: Call<Schema> & {
      readonly job: string;
      readonly snapshot: string;
      readonly to: string;
      readonly manifestSha256?: string | undefined;
    },
  ): Promise<{ readonly files: number; readonly bytes: number }>;
}
