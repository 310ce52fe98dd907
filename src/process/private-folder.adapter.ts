import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  unlinkSync,
  type Stats,
} from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { codeOf, WardroundError } from '../shared/errors.js';
import { isOpenFolder, isTrusted, modeText, othersRights, ownUser, stepsTo } from '../shared/file-rights.adapter.js';

/** The files in a data folder that are Wardround's own. */
const databaseFiles = ['events.db', 'wardround.db'].flatMap((name) =>
  ['', '-wal', '-shm', '-journal'].map((end) => name + end),
);
const secretFiles = [
  ...databaseFiles,
  'events.db.mark',
  'owner.lock',
  'owner.lock-journal',
  'process.json',
  'engines.json',
  'installation.key',
];

/**
 * Makes a data folder, or closes the one that is there: only the user of this process enters it, and its databases, lock and
 * keys are his alone. Where the file system keeps no rights, that is said, and the folder is used as it is.
 * @returns what the operator should know; each a sentence or more
 * @throws WardroundError `forbidden` if someone else owns the folder, one of the files, or a link on the way to it
 */
export function makePrivateFolder(folder: string): readonly string[] {
  if (ownUser() === null) {
    mkdirSync(folder, { recursive: true });
    return [];
  }
  refuseForeignLinks(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const notes = closeFolder(folder);
  for (const name of secretFiles) closeFile(join(folder, name));
  return [...notes, ...notesOnTheWay(folder)];
}

/** A link that someone else made leads where he likes, today here and tomorrow there. */
function refuseForeignLinks(folder: string): void {
  const link = stepsTo(folder).find(({ stats }) => stats.isSymbolicLink() && !isTrusted(stats));
  if (!link) return;
  throw refused(
    `the path of the data folder ${folder} contains the symbolic link ${link.path}, which belongs to ${userText(link.stats)}`,
    'Use --data with a path that contains no links of other users',
  );
}

function closeFolder(folder: string): readonly string[] {
  const stats = statSync(folder);
  if (!stats.isDirectory())
    throw refused(`the data folder ${folder} is not a folder`, 'Specify another one with --data');
  if (stats.uid !== ownUser()) {
    if (!keepsRights(folder)) return [withoutRights(folder)];
    throw refused(
      `the data folder ${folder} belongs to ${userText(stats)}, but Wardround runs as user ${ownUser()}`,
      `Run Wardround as that user, or give the folder to this one (chown -R ${ownUser()} ${folder}), or specify another one with --data`,
    );
  }
  if ((stats.mode & othersRights) === 0) return [];
  if (holdsOtherThings(folder)) {
    throw refused(
      `the data folder ${folder} is open to other users (mode ${modeText(stats.mode)}) and contains files that are not Wardround's`,
      `Use a separate folder with --data, or remove the access of others: chmod 700 ${folder}`,
    );
  }
  if (!isClosed(folder, () => chmodSync(folder, 0o700))) return [withoutRights(folder)];
  return [
    `Other users had access to the data folder ${folder} (mode ${modeText(stats.mode)}). Its mode is now 700: only ` +
      `user ${ownUser()} has access`,
  ];
}

/** A folder that was named by mistake, such as /srv, is not to be closed. A new disk has `lost+found` in it. */
function holdsOtherThings(folder: string): boolean {
  const names = readdirSync(folder).filter((name) => name !== 'lost+found');
  return names.length > 0 && !names.some((name) => secretFiles.includes(name));
}

/** Whether others have no right to it any more once it was to be closed. FAT refuses, a network share may agree and not do it. */
function isClosed(path: string, close: () => void): boolean {
  try {
    close();
  } catch (error) {
    if (codeOf(error) !== 'EPERM' && codeOf(error) !== 'ENOTSUP') throw error;
  }
  return (statSync(path).mode & othersRights) === 0;
}

/** What a plain copy or an older version left open is closed; a file of someone else's is not worked with. */
function closeFile(file: string): void {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (!stats) return;
  const isOwn = stats.isSymbolicLink() ? isTrusted(stats) : stats.uid === ownUser();
  if (!isOwn && keepsRights(dirname(file))) {
    throw refused(
      `${file} belongs to ${userText(stats)}, but Wardround runs as user ${ownUser()}`,
      `Give it to this user (chown ${ownUser()} ${file}), or move it away`,
    );
  }
  if (!isOwn || !stats.isFile() || (stats.mode & othersRights) === 0) return;
  isClosed(dirname(file), () => closeOpened(file));
}

function closeOpened(file: string): void {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    fchmodSync(fd, 0o600);
  } finally {
    closeSync(fd);
  }
}

/** A user who may replace a folder on the way may put another data folder in the place of this one. */
function notesOnTheWay(folder: string): readonly string[] {
  const steps = stepsTo(folder);
  return steps.slice(0, -1).flatMap((step) => {
    if (!isOpenFolder(step)) return [];
    const why = isTrusted(step.stats) ? `mode ${modeText(step.stats.mode)}` : `it belongs to ${userText(step.stats)}`;
    return [`Other users can replace the data folder ${folder}: they have write permission for ${step.path} (${why})`];
  });
}

/** Whether a file that is made here is ours, and keeps the rights it is given: FAT and many network shares do not. */
function keepsRights(folder: string): boolean {
  const file = join(folder, `.wardround-rights-${randomUUID()}`);
  let fd: number;
  try {
    fd = openSync(file, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | constants.O_NOFOLLOW, 0o600);
  } catch {
    return true; // It cannot be tried, so the folder is judged by what it shows.
  }
  try {
    const stats = fstatSync(fd);
    return stats.uid === ownUser() && (stats.mode & othersRights) === 0;
  } finally {
    closeSync(fd);
    unlinkSync(file);
  }
}

function withoutRights(folder: string): string {
  return `The file system of the data folder ${folder} does not support owners and modes: every user with access to it can read and change Wardround's data. A folder on a local disk is safer`;
}

function userText({ uid }: Stats): string {
  return uid === 0 ? 'root' : `user ${uid}`;
}

function refused(what: string, advice: string): WardroundError {
  return new WardroundError('forbidden', what, advice);
}
