import { pause } from '../shared/pause.adapter.js';

/** A beat that several wait for: they go on in the same turn of the event loop. */
export class Beat {
  private coming: Promise<void> | null = null;

  /** @param everyMs from one to the next, by `performance.now()` */
  constructor(readonly everyMs: number) {}

  /** Resolves with the next one. */
  next(): Promise<void> {
    this.coming ??= this.come();
    return this.coming;
  }

  private async come(): Promise<void> {
    await pause(this.everyMs - (performance.now() % this.everyMs));
    this.coming = null;
  }
}
