export { z } from 'zod';
export * from './plugin.js';
export * from './thresholds.js';
export {
  checkFolder,
  checkPlace,
  copySnapshot,
  describeSnapshots,
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
export { longestStillnessMs } from './files/stall.js';
export { exclusionBelow } from './files/glob.js';
export { readManifest, type ManifestItem } from './files/read-manifest.js';
export { modeWithoutList } from './files/access-lists.js';
export { formatSnapshotName, parseSnapshotName } from './files/snapshot-name.js';
export { folderNames } from './files/own-folder.js';
