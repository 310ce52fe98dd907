import type { Notice, Watching } from './engine-types.js';
import type { Gauge } from './gauge.js';

/** What the engine's parts get of the operation they belong to. */
export interface Operation {
  readonly gauge: Gauge;
  readonly onNotice: (notice: Notice) => void;
}

/** The options of an operation in the form in which they pass to a worker thread. */
export type Task<Options extends Watching> = Omit<Options, keyof Watching>;
