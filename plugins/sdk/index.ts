export { z } from 'zod';
export * from './plugin.js';
export * from './thresholds.js';
export {
  checkFolder,
  copySnapshot,
  fileEngine,
  listSnapshots,
  makeScratch,
  makeSnapshot,
  measureTrees,
  newSnapshotName,
  readSnapshotInfo,
  removeScratch,
  removeSnapshot,
  restoreSnapshot,
  sweepPartials,
  verifySnapshot,
} from './files/engine.js';
export * from './files/engine-types.js';
export { modeWithoutList } from './files/access-lists.js';
export { formatSnapshotName, parseSnapshotName } from './files/snapshot-name.js';
