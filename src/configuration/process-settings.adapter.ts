import Database from '#sqlite';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WardroundError, describeError } from '../shared/errors.js';
import { canonicalJson } from '../definitions/canonical-json.js';
import { configurationText } from './configuration-reader.adapter.js';
import { engineNotes } from './engine-notes.js';
import { enginesFile } from './ever-run.adapter.js';
import { problemText } from '../definitions/checking/problem.js';
import {
  processSettingsSchema,
  readProcessSettings,
  standaloneSettings,
  type ProcessSettings,
} from './process-settings.js';

export interface ProcessStart {
  readonly settings: ProcessSettings;
  /** What the operator should know of the choice before anything else happens; each a sentence or more. */
  readonly notes: readonly string[];
}

/**
 * How a process is to begin: as its configuration file says. A file that cannot be read or is wrong stops no installation
 * that ran before: it begins as it did then.
 * @param dataFolder remembers, in `engines.json`, how the last start began
 * @throws WardroundError `configuration-invalid` if the file is wrong and nothing ran here before
 */
export async function processStart(configFile: string, dataFolder: string): Promise<ProcessStart> {
  const last = await lastSettings(dataFolder);
  try {
    const settings = await readProcessSettingsFile(configFile);
    const eventsInFolder = countEvents(join(dataFolder, 'events.db'));
    return { settings, notes: engineNotes({ last, now: settings, dataFolder, eventsInFolder }) };
  } catch (error) {
    if (!(error instanceof WardroundError) || error.code !== 'configuration-invalid') throw error;
    if (last) return { settings: last, notes: isDefault(last) ? [] : [goesOn(error)] };
    // An older version, or one that was never anything but one machine, remembered nothing.
    if (existsSync(join(dataFolder, 'events.db'))) return { settings: standaloneSettings, notes: [] };
    throw error;
  }
}

/** @throws WardroundError `configuration-invalid`, with all that is wrong about the process */
export async function readProcessSettingsFile(configFile: string): Promise<ProcessSettings> {
  const read = readProcessSettings(await configurationText(configFile), dirname(configFile));
  if (read.right) return read.settings;
  const problems = read.problems.map((problem) => problemText(configFile, problem)).join('\n');
  throw new WardroundError('configuration-invalid', problems);
}

/** Remembers how this start began. One machine with SQLite has nothing to remember. */
export async function rememberProcessSettings(dataFolder: string, settings: ProcessSettings): Promise<void> {
  const file = enginesFile(dataFolder);
  if (isDefault(settings) && !existsSync(file)) return;
  await writeFile(file, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
}

async function lastSettings(dataFolder: string): Promise<ProcessSettings | null> {
  try {
    return processSettingsSchema.parse(JSON.parse(await readFile(enginesFile(dataFolder), 'utf8')));
  } catch {
    return null; // It is not there, or of another version: then the configuration alone counts.
  }
}

function isDefault(settings: ProcessSettings): boolean {
  return canonicalJson(settings) === canonicalJson(standaloneSettings);
}

function goesOn(error: unknown): string {
  return `Using the role, event log and views of the last start, because the configuration cannot be used: ${describeError(error)}`;
}

/** How many events a log of one machine holds; 0 if there is none, or none that can be read. */
function countEvents(file: string): number {
  if (!existsSync(file)) return 0;
  try {
    const database = new Database(file, { readonly: true, fileMustExist: true });
    try {
      return Number(database.prepare('SELECT count(*) FROM events').pluck().get());
    } finally {
      database.close();
    }
  } catch {
    return 0; // Anyone who opens it for good says what is wrong with it.
  }
}
