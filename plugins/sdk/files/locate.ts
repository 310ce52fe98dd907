import type { PlaceOwner } from '../plugin.js';
import type { SnapshotPlace } from './engine-types.js';
import { findReadable, requireOwnFolder, requireStill } from './own-folder.js';
import type { OpenFolder } from './open-folder.js';
import type { FoundPlace } from './places.js';

/** The owner's folder, to write in. Without an owner it is that of the job's name. @throws FileEngineError `not-the-place` */
export function locate<Place extends SnapshotPlace>(place: Place): Place & FoundPlace {
  return isOwned(place) ? { ...place, own: requireOwnFolder(place) } : place;
}

/**
 * The folder to read from; null if there is none.
 * @throws FileEngineError `unsafe`
 */
export function locateToRead<Place extends SnapshotPlace>(place: Place): (Place & FoundPlace) | null {
  if (!isOwned(place)) return place;
  const own = findReadable(place);
  return own && { ...place, own };
}

/** Before something counts as a backup: the path still leads to the opened folder. @throws FileEngineError `not-the-place` */
export function confirm(place: FoundPlace, job: OpenFolder): void {
  if (isOwned(place) && place.own) requireStill(place, place.own, job.identity);
}

function isOwned<Place extends SnapshotPlace>(place: Place): place is Place & { readonly owner: PlaceOwner } {
  return place.owner !== undefined;
}
