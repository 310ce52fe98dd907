import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where a data folder remembers how the last start began, if it was not as one machine on SQLite. */
export function enginesFile(dataFolder: string): string {
  return join(dataFolder, 'engines.json');
}

/** Whether a Wardround has ever begun with this data folder. */
export function hasEverRun(dataFolder: string): boolean {
  return existsSync(join(dataFolder, 'events.db')) || existsSync(enginesFile(dataFolder));
}
