import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PluginHost } from '../plugin-host/plugin-host.js';
import type { Instant } from '../shared/instant.js';
import { cronFault } from '../timetable/timetable.adapter.js';
import { WardroundError, codeOf, describeError } from '../shared/errors.js';
import { placeOnDisk } from '../shared/place-on-disk.adapter.js';
import type { Knowledge } from '../definitions/checking/knowledge.js';
import { readConfiguration, type ReadConfiguration } from './read-configuration.js';

type ParameterFaults = ReturnType<Knowledge['parameterFaults']>;

/** Where the configuration is read, and when. */
export interface ReadingTerms {
  /** A cron line must come due after it. */
  readonly now: Instant;
  /** What `${data}` means; null where the file states what other computers do. */
  readonly dataFolder: string | null;
}

/**
 * Reads and checks the configuration file.
 * @throws WardroundError `configuration-invalid` if it is not there or cannot be read.
 */
export async function readConfigurationFile(
  file: string,
  plugins: PluginHost,
  { now, dataFolder }: ReadingTerms,
): Promise<ReadConfiguration> {
  const text = await configurationText(file);
  const read = ({ parameterFaults, placeOf }: Pick<Knowledge, 'parameterFaults' | 'placeOf'>): ReadConfiguration =>
    readConfiguration(text, dirname(file), {
      plugins: plugins.plugins(),
      parameterFaults,
      cronFault: (at, timeZone) => cronFault({ at, timeZone }, now),
      placeOf,
    });
  // Plugins answer from another process, disks when they can, and the check of a file does not wait: what it asks is found
  // out first.
  const asked: Promise<ParameterFaults>[] = [];
  const places = new Map<string, string>();
  read({
    parameterFaults: (kind, plugin, parameters) => {
      asked.push(plugins.faultsOf(kind, plugin, parameters));
      return [];
    },
    placeOf: (path) => {
      places.set(path, path);
      return path;
    },
  });
  await Promise.all([...places.keys()].map(async (path) => places.set(path, await placeOnDisk(path, dataFolder))));
  // The same text brings up the same questions in the same order.
  const answers = (await Promise.all(asked)).values();
  return read({
    parameterFaults: () => answers.next().value ?? [],
    placeOf: (path) => places.get(path) ?? path,
  });
}

/** @throws WardroundError `configuration-invalid` if it is not there or cannot be read. */
export async function configurationText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): WardroundError {
  const where = 'Set its location with --config or WARDROUND_CONFIG';
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new WardroundError(
        'configuration-invalid',
        `no configuration file at ${file}`,
        `${where}, or create a wardround.yaml there: start with the one that comes with Wardround`,
      );
    case 'EISDIR':
      return new WardroundError('configuration-invalid', `${file} is a folder, not a configuration file`, where);
    case 'EACCES':
    case 'EPERM':
      return new WardroundError(
        'configuration-invalid',
        `no permission to read the configuration ${file}`,
        'Give read permission to the user that runs Wardround',
      );
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return new WardroundError('configuration-invalid', `${file} is not UTF-8 text`, 'Save it as UTF-8');
    default:
      return new WardroundError('configuration-invalid', `${file} cannot be read: ${describeError(error)}`, where);
  }
}
