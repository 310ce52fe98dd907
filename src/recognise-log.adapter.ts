import Database from '#sqlite';
import { Logger } from '@nestjs/common';
import { existsSync, realpathSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  readHeldLog,
  writeLogHolder,
  type LogHolder,
  type Restoration,
} from './event-log/sqlite/log-holder.adapter.js';
import { isRestored, type EpochReason } from './event-log/log-identity.js';
import { FolderLock } from './process/folder-lock.adapter.js';
import { installationFile, openInstallation } from './process/installation.adapter.js';
import { WardroundError } from './shared/errors.js';
import type { Installation } from './shared/installation.js';
import { toIso, type Instant } from './shared/instant.js';

export interface Recognition {
  readonly installation: Installation;
  /** Whether the views are in the data folder too. */
  readonly ownViews: boolean;
  readonly now: Instant;
}

/** What the views of this folder that were folded from more than its log holds are called from then on. */
export const setAsideName = 'wardround.db.ahead-of-its-log';

const logger = new Logger('Wardround');

/**
 * Finds out whether the log in a data folder is this installation's own, or was restored from a backup or copied; before
 * anything is opened, with the folder's lock held. Views that are ahead of a restored log are moved aside, to be folded from
 * it again.
 * @returns how the log came here, if what was in progress in it has yet to be brought to an end; else null
 * @throws WardroundError `data-folder-in-use` if the installation that it is a copy of runs on this computer; `not-found` if
 * there are views and no events; and what opening the log throws
 */
export function recogniseLog(dataFolder: string, { installation, ownViews, now }: Recognition): Restoration | null {
  const file = join(dataFolder, 'events.db');
  const folder = realpathSync(dataFolder);
  const { holder, head, identity } = readHeldLog(file);
  if (holder && holder.folder !== folder) refuseTwin(holder, folder, installation);
  const isAhead = ownViews && foldedUpTo(dataFolder) > head;
  if (isAhead && head === 0) throw lostLog(dataFolder);
  const epochIsNew = identity !== null && identity.epoch !== (holder?.epoch ?? null);
  const isOlder = isAhead || (epochIsNew && head > 0 && isRestored(identity.because));
  const isCopy = holder !== null && holder.installation !== installation.id;
  const restoration = isCopy || isOlder ? restored(holder, { isCopy, now, head }) : (holder?.restoration ?? null);
  const isNews = holder?.installation !== installation.id || holder.folder !== folder || isOlder || epochIsNew;
  const unseen = isCopy ? 'other-installation' : isAhead ? 'behind-views' : twin(holder, folder, installation);
  if (isNews) keep(file, { installation: installation.id, folder, restoration }, epochIsNew ? null : unseen);
  if (isAhead) setAside(dataFolder);
  const unsettled = restoration !== null && !restoration.settled;
  if (unsettled) logger.warn(restorationText(restoration, isAhead));
  return unsettled ? restoration : null;
}

/** A folder that was copied with its key, and whose original is still there: both count as the same installation. */
function twin(holder: LogHolder | null, folder: string, { id }: Installation): EpochReason | null {
  if (holder === null || holder.folder === folder || holder.installation !== id) return null;
  return isThere(holder.folder, id) && !isSame(holder.folder, folder) ? 'mark-copied' : null;
}

/** Remembers that what was in progress in a restored log has been brought to an end. */
export function settleRestoration(dataFolder: string, installation: Installation, restoration: Restoration): void {
  const folder = realpathSync(dataFolder);
  const settled = { ...restoration, settled: true };
  writeLogHolder(join(dataFolder, 'events.db'), { installation: installation.id, folder, restoration: settled });
}

function restored(
  holder: LogHolder | null,
  { isCopy, now, head }: { readonly isCopy: boolean; readonly now: Instant; readonly head: number },
): Restoration {
  return {
    at: toIso(now),
    because: isCopy ? 'copied' : 'older-log',
    from: holder?.installation ?? null,
    fromFolder: holder?.folder ?? null,
    upTo: head,
    settled: false,
  };
}

/** A disk that is full keeps no one from starting as before: it is written at the next start. */
function keep(file: string, holder: Omit<LogHolder, 'epoch'>, because: EpochReason | null): void {
  try {
    writeLogHolder(file, holder, because);
  } catch (error) {
    const canWait =
      error instanceof WardroundError && error.code === 'no-space' && holder.restoration === null && because === null;
    if (!canWait) throw error;
  }
}

/** @throws WardroundError `data-folder-in-use` */
function refuseTwin({ installation, folder: original }: LogHolder, folder: string, own: Installation): void {
  if (!isThere(original, installation) || isSame(original, folder)) return;
  if (FolderLock.isHeld(original)) {
    throw new WardroundError(
      'data-folder-in-use',
      `${folder} holds a copy of the installation in ${original}, which is running`,
      'Stop that one first: both would write to the same places and send the same messages',
    );
  }
  if (installation !== own.id) return;
  logger.warn(
    `The data folder ${folder} is a copy of ${original}, with its key: they count as the same installation. Do not start ` +
      `that one again, and delete it. To make this one a separate installation, stop it and delete ${installationFile(folder)}`,
  );
}

/** Whether that folder is, as far as this user may see, the one of that installation. */
function isThere(folder: string, installation: string): boolean {
  try {
    return existsSync(installationFile(folder)) && openInstallation(folder).id === installation;
  } catch {
    return false;
  }
}

/** The same folder by another way, such as a bind mount. */
function isSame(one: string, other: string): boolean {
  const [first, second] = [statSync(one), statSync(other)];
  return first.dev === second.dev && first.ino === second.ino;
}

/** The largest offset that the views or a decider have come to; 0 if there is no such database, or none that can be read. */
function foldedUpTo(dataFolder: string): number {
  const file = join(dataFolder, 'wardround.db');
  if (!existsSync(file)) return 0;
  try {
    const database = new Database(file, { fileMustExist: true });
    try {
      const known = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'checkpoints'").get() !== undefined;
      return known ? Number(database.prepare('SELECT COALESCE(max("offset"), 0) FROM checkpoints').pluck().get()) : 0;
    } finally {
      database.close();
    }
  } catch {
    return 0; // Who opens it for good says what is wrong with it.
  }
}

function lostLog(dataFolder: string): WardroundError {
  return new WardroundError(
    'not-found',
    `there are no events in ${join(dataFolder, 'events.db')}, but the views in wardround.db were built from events: the event log is lost`,
    'Restore events.db from a backup. Or, to start from scratch, move wardround.db away as well',
  );
}

function setAside(dataFolder: string): void {
  for (const end of ['', '-wal', '-shm']) {
    const file = join(dataFolder, `wardround.db${end}`);
    if (existsSync(file)) renameSync(file, join(dataFolder, setAsideName + end));
  }
}

function restorationText({ because, fromFolder, upTo }: Restoration, isOlder: boolean): string {
  const where = fromFolder === null ? '' : ` of the installation in ${fromFolder}`;
  const what =
    because === 'copied'
      ? `The event log is a copy${where}, such as a restored backup. It is used here as a separate installation`
      : 'The event log is older than the views, so it was restored from a backup';
  const views = isOlder ? ` The views are rebuilt from it; the previous ones are kept as ${setAsideName}.` : '';
  return (
    `${what}: runs that were in progress when the copy was made count as captured, not as failed, and no message is sent ` +
    `about what happened up to event ${upTo}.${views}`
  );
}
