import { existsSync } from 'node:fs';
import { FileEngineError, type RestoreSnapshot } from './engine-types.js';
import { locateToRead } from './locate.js';
import type { Task } from './operation.js';
import { usingFolder } from './open-folder.js';
import { jobFolder, snapshotFolder } from './places.js';
import { reachFolder } from './reach-folder.js';
import { infoOf } from './snapshot-info.js';

/**
 * Where the snapshot is that is to be restored: in the owner's folder, or in that of the job's name, where he kept it before
 * another installation claimed that folder; there it is taken only if its manifest is the one that is asked for.
 * @throws FileEngineError `not-found`
 */
export function findToRestore(options: Task<RestoreSnapshot>): string {
  const { root, job, name, manifestSha256 } = options;
  const own = locateToRead(options);
  const places = [...(own ? [own] : []), { root, job, name }];
  const present = places.filter((place) => existsSync(snapshotFolder(place)));
  const wanted = present.find((place) => {
    if (manifestSha256 === undefined) return place === own;
    const info = usingFolder(reachFolder(jobFolder(place)), (folder) => infoOf(folder, name));
    return info?.manifestSha256 === manifestSha256;
  });
  // None is the one: then the error says so of the nearest.
  const chosen = wanted ?? present[0];
  if (chosen) return snapshotFolder(chosen);
  const missing = snapshotFolder(own ?? { root, job, name });
  throw new FileEngineError('not-found', `there is no snapshot ${missing}`, missing);
}
