import type { EntitySchema } from 'typeorm';
import type { PostgresSettings } from './postgres-view-store.adapter.js';
import type { ViewStore } from './view-store.adapter.js';

/** Which database the views are in. */
export type ViewStoreSettings =
  { readonly engine: 'sqlite'; readonly file: string } | ({ readonly engine: 'postgres' } & PostgresSettings);

/**
 * Opens the database that the settings name, and runs the migrations that it lacks.
 * @param tables all but the store's own
 * @throws WardroundError `unreachable` within 10 s if PostgreSQL cannot be used, with what was tried
 */
export async function openViewStore(settings: ViewStoreSettings, tables: readonly EntitySchema[]): Promise<ViewStore> {
  switch (settings.engine) {
    case 'sqlite': {
      const { SqliteViewStore } = await import('./sqlite-view-store.adapter.js');
      return SqliteViewStore.open(settings.file, tables);
    }
    case 'postgres': {
      const { PostgresViewStore } = await import('./postgres-view-store.adapter.js');
      return PostgresViewStore.open(settings, tables);
    }
  }
}
