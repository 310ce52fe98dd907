import { theSystem } from '../../access/principal.js';
import { backupJobKind } from '../../backups/backup-job.kind.js';
import { once } from 'node:events';
import { dutiesOf } from '../../shared/duties.js';
import { SETTINGS, type Settings } from '../../shared/settings.js';
import { definitionsOf } from '../../definitions/definitions.queries.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import { InProcessTransport } from '../in-process-transport.adapter.js';
import { configurationSchema, jobSchema } from '../answers.js';
import { ApiClient } from '../api-client.js';
import type { Reading } from '../status-report.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import type { OpenWardround, InProcessWardround, Place } from '../in-process.js';
import { actorOf } from '../transport.js';
import { jsonDocument, lines, type Terminal } from '../terminal.js';
import { placesOf, welcome, type Started } from '../welcome.js';

export interface StartOptions extends Place {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly reading: Reading;
  /** Fires when someone wants Wardround to end. */
  readonly interrupted: AbortSignal;
}

/** `wardround start`: runs until it is told to stop. @throws what `open` throws */
export async function start(open: OpenWardround, options: StartOptions): Promise<ExitCode> {
  const { terminal, json, reading, interrupted, configFile, dataFolder, port } = options;
  const wardround = await open({ configFile, dataFolder, port, attended: true, applyConfiguration: true });
  try {
    const started = await startedAs(wardround, options);
    terminal.out(json ? jsonDocument(started) : lines(welcome(started, reading)));
    if (!interrupted.aborted) await once(interrupted, 'abort');
    if (!json) terminal.out('Stopping …\n');
  } finally {
    await wardround.close();
  }
  return exitCodes.good;
}

async function startedAs(wardround: InProcessWardround, { configFile, dataFolder, port }: Place): Promise<Started> {
  const client = new ApiClient(new InProcessTransport(wardround, actorOf('start')));
  // The jobs that a hub knows of are run elsewhere, and their backups are there.
  const runsJobs = dutiesOf(wardround.app.get<Settings>(SETTINGS)).runsBackups;
  const definitions = runsJobs ? await definitionsOf(theSystem, wardround.app.get(ViewStore).read, backupJobKind) : [];
  return {
    url: wardround.url ?? `http://127.0.0.1:${port}`,
    configFile,
    dataFolder,
    jobs: runsJobs ? await client.all('jobs', jobSchema) : [],
    places: placesOf(
      definitions.map(({ definition }) => definition),
      dataFolder,
    ),
    problems: (await client.get('configuration', configurationSchema)).problems,
  };
}
