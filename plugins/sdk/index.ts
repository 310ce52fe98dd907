export { z } from 'zod';
export * from './plugin.js';
export * from './thresholds.js';
export {
  checkFolder,
  checkPlace,
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
export { EngineProcess, type GuardedEngine } from './files/engine-process.js';
export * from './files/engine-types.js';
export { exclusionBelow } from './files/glob.js';
export { modeWithoutList } from './files/access-lists.js';
export { formatSnapshotName, parseSnapshotName } from './files/snapshot-name.js';
