import { canonicalJson } from '../definitions/canonical-json.js';
import type { ProcessSettings } from './process-settings.js';

export interface EngineChange {
  /** How the last start with this data folder began; null if it kept everything in SQLite, or there was none. */
  readonly last: ProcessSettings | null;
  readonly now: ProcessSettings;
  readonly dataFolder: string;
  /** Events in the data folder's `events.db`. */
  readonly eventsInFolder: number;
}

/**
 * What to say where events or views are kept elsewhere than at the last start: nothing is carried over by itself, and a board
 * that is suddenly empty frightens people.
 */
export function engineNotes({ last, now, dataFolder, eventsInFolder }: EngineChange): readonly string[] {
  const before = last?.eventLog ?? { engine: 'sqlite' };
  if (identity(before) === identity(now.eventLog)) return [];
  const place = logText(now.eventLog, dataFolder);
  if (before.engine === 'kafka') {
    return [
      `Events are now stored in ${place}. Earlier events stay in ${logText(before, dataFolder)} and are ` +
        'not shown. To copy them, stop this process, put the former eventLog and views into a file former.yaml, ' +
        `and run: wardround log copy --from former.yaml --to ${now.eventLog.engine === 'kafka' ? 'kafka' : `sqlite:${eventsFile(dataFolder)}`}`,
    ];
  }
  if (eventsInFolder === 0) return [];
  return [
    `Events are now stored in ${place}. The earlier ${eventsInFolder} events stay in ${eventsFile(dataFolder)} and are ` +
      'not shown. To copy them, stop this process, choose a new topic and a new schema, ' +
      `and before the next start run: wardround log copy --from sqlite:${eventsFile(dataFolder)} --to kafka`,
  ];
}

/** What makes two logs the same one: not by which brokers, and how, it is reached. */
function identity(log: ProcessSettings['eventLog']): string {
  return canonicalJson(log.engine === 'kafka' ? { engine: log.engine, topic: log.topic } : log);
}

function logText(log: ProcessSettings['eventLog'], dataFolder: string): string {
  return log.engine === 'kafka' ? `Kafka (topic ${log.topic})` : eventsFile(dataFolder);
}

function eventsFile(dataFolder: string): string {
  return `${dataFolder}/events.db`;
}
