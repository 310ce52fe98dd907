import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isOpenFolder, isOpenToWriters, isTrusted, modeText, ownUser, stepsTo } from '../shared/file-rights.adapter.js';

/**
 * What is to be said of a configuration file that other users can change: it names what is read, where to, and the programs that
 * do it, all with the rights of this process. It is used all the same: a backup that stops is worse.
 */
export function configurationWarnings(file: string): readonly string[] {
  if (ownUser() === null) return [];
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats) return [];
  const danger = 'and so control what Wardround reads, writes and starts';
  const close = `To fix this: chmod go-w ${file}, and chown it to the user that runs Wardround, or to root`;
  if (!isTrusted(stats)) {
    return [`The configuration ${file} belongs to user ${stats.uid}, who can change it, ${danger}. ${close}`];
  }
  if (isOpenToWriters(stats)) {
    return [`Other users can change the configuration ${file} (mode ${modeText(stats.mode)}), ${danger}. ${close}`];
  }
  const open = stepsTo(dirname(file)).find(isOpenFolder);
  if (!open) return [];
  const why = isTrusted(open.stats) ? `mode ${modeText(open.stats.mode)}` : `it belongs to user ${open.stats.uid}`;
  return [
    `Other users can replace the configuration ${file}, ${danger}: they have write permission for ${open.path} (${why})`,
  ];
}
