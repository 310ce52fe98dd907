import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { FileIdentity } from '../definitions/own-file.js';
import type { EventLog } from '../event-log/event-log.js';
import { codeOf } from '../shared/errors.js';
import type { Installation } from '../shared/installation.js';
import type { Settings } from '../shared/settings.js';

const memorySchema = z.object({ managesAs: z.string().min(1).max(200) });

/** Where a data folder keeps as whom its configuration file is applied, where that is a file that others have too. */
function memoryOf(dataFolder: string): string {
  return join(dataFolder, 'configuration-file.json');
}

/** What the configuration file of this process is recognised by. @throws what reading the folder does */
export async function fileIdentity(
  { dataFolder, configFile, computer }: Pick<Settings, 'dataFolder' | 'configFile' | 'computer'>,
  {
    log,
    installation,
    isShared,
  }: { log: Pick<EventLog, 'identity'>; installation: Pick<Installation, 'id'>; isShared: boolean },
): Promise<FileIdentity> {
  return {
    remembered: await remembered(memoryOf(dataFolder)),
    log: (await log.identity()).id,
    installation: installation.id,
    isShared,
    title: `${basename(configFile)} on ${computer}`,
  };
}

/** Remembers as whom the file is applied. */
export async function rememberFile(dataFolder: string, id: string): Promise<void> {
  const file = memoryOf(dataFolder);
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify({ managesAs: id })}\n`, { mode: 0o600 });
  await rename(draft, file);
}

async function remembered(file: string): Promise<string | null> {
  try {
    return memorySchema.parse(JSON.parse(await readFile(file, 'utf8'))).managesAs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}
