import type { Recorded } from '../../event-log/envelope.js';
import type { EventLog } from '../../event-log/event-log.js';
import { eventKey } from '../../event-log/parking.js';
import type { ParkedLot, ParkedPosition } from './parked-lot.adapter.js';

/**
 * What a rebuild leaves out, so that the new tables are what the old ones should be: folded once from just the events that
 * the subscription has folded. Parked ones are not among these, and would be folded a second time when they are tried
 * again; an event that no fold can take would also end every rebuild. Discarded ones never count.
 *
 * A rebuild goes over the log in passes, each up to a later checkpoint, and events may leave the parking lot in between.
 */
export class LeftOut {
  private readonly before = new Map<string, ParkedPosition>();
  private parked: ReadonlyMap<string, ParkedPosition> = new Map();
  private discarded: ReadonlySet<string> = new Set();

  constructor(
    private readonly log: EventLog,
    private readonly lot: ParkedLot | null,
    private readonly subscription: string,
  ) {}

  /**
   * Begins a pass, once it is known up to where it goes.
   * @returns the events that an earlier pass left out and that have been folded since: to be folded before those that follow
   */
  async beginPass(): Promise<readonly Recorded[]> {
    if (!this.lot) return [];
    const positions = await this.lot.positions(this.subscription);
    // After the positions: what is not parked any more, and not discarded, has been folded.
    this.discarded = await this.lot.discarded(this.subscription);
    this.parked = new Map(positions.map((position) => [placeText(position), position]));
    const released: Recorded[] = [];
    for (const [place, position] of this.before) {
      if (this.parked.has(place)) continue;
      this.before.delete(place);
      const recorded = await this.read(position);
      if (recorded && !this.discarded.has(eventKey(recorded.event))) released.push(recorded);
    }
    return released;
  }

  /** Those of a batch that the pass folds. */
  fold(batch: readonly Recorded[]): readonly Recorded[] {
    if (this.parked.size === 0 && this.discarded.size === 0) return batch;
    return batch.filter(({ event, position }) => {
      const parked = this.parked.get(placeText(position));
      if (parked) this.before.set(placeText(position), parked);
      return !parked && !this.discarded.has(eventKey(event));
    });
  }

  private async read({ partition, offset, partitionkey }: ParkedPosition): Promise<Recorded | null> {
    const after = new Map([[partition, offset - 1]]);
    for await (const [recorded] of this.log.read({ partitionkey, after, limit: 1 })) {
      if (recorded?.position.offset === offset && recorded.position.partition === partition) return recorded;
    }
    return null;
  }
}

function placeText({ partition, offset }: { readonly partition: number; readonly offset: number }): string {
  return `${partition}/${offset}`;
}
