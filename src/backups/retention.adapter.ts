import { parseSnapshotName, type PlaceOwner, type SnapshotPlace } from '../../plugins/sdk/index.js';
import type { Instant } from '../shared/instant.js';
import { fact } from '../event-log/statement.js';
import { snapshotRemoved, localCopyName } from './backups.events.js';
import { toRunError } from './run-errors.adapter.js';
import { longCallMs, type DestinationDefinition } from './job.js';
import type { Judgement } from './judgement.adapter.js';
import { isInFuture } from './lived-time.js';
import { outlived, type AgedSnapshot, type Kept } from './retention.js';
import type { RunConduct } from './run-conduct.adapter.js';
import type { RunIdentity } from './run-recorder.adapter.js';

/**
 * Removes snapshots that are no longer kept, at the end of a run. What cannot be removed is a warning, and the next run tries
 * again: the new copies are good all the same.
 */
export class Retention {
  constructor(
    private readonly run: RunIdentity,
    private readonly keep: Kept,
    private readonly conduct: RunConduct,
    private readonly judgement: Pick<Judgement, 'usualMs' | 'isDoubtful'>,
  ) {}

  async ofLocalCopy(place: SnapshotPlace): Promise<void> {
    await this.at(
      localCopyName,
      () => this.conduct.engine.listSnapshots({ ...place, ...this.conduct.watching() }),
      (name) => this.conduct.engine.removeSnapshot({ ...place, name, ...this.conduct.watching() }),
    );
  }

  async ofDestination({ name, plugin, parameters }: DestinationDefinition, owner: PlaceOwner): Promise<void> {
    const { job } = this.run;
    const common = { kind: 'destination', plugin, parameters, timeoutMs: longCallMs } as const;
    await this.at(
      name,
      async () => (await this.conduct.call({ ...common, operation: 'list', input: { job, owner } })).snapshots,
      (snapshot) => this.conduct.call({ ...common, operation: 'remove', input: { job, snapshot, owner } }),
    );
  }

  private async at(
    destination: string,
    list: () => Promise<readonly string[]>,
    remove: (name: string) => Promise<void>,
  ): Promise<void> {
    await this.warning(`The snapshots at ${destination} could not be listed`, async () => {
      const aged = (await list()).flatMap((name) => {
        const takenAt = parseSnapshotName(name);
        return takenAt === null ? [] : [{ name, takenAt, doubtful: this.judgement.isDoubtful(name) }];
      });
      const now = this.conduct.clock.now();
      this.tellOfFuture(destination, aged, now);
      for (const { name } of outlived(aged, this.keep, now, this.judgement.usualMs)) {
        await this.warning(`Snapshot ${name} at ${destination} could not be removed`, async () => {
          await remove(name);
          await this.removed(destination, name);
        });
      }
    });
  }

  /** They are kept and counted for nothing: the clock was wrong when they were made, or is now. */
  private tellOfFuture(destination: string, snapshots: readonly AgedSnapshot[], now: Instant): void {
    const future = snapshots.filter(({ takenAt }) => isInFuture(takenAt, now)).map(({ name }) => name);
    if (future.length === 0) return;
    const text = `${destination} holds snapshots that are dated in the future (${future.join(', ')}): they are not removed by their age`;
    this.conduct.say(text, { level: 'warning' });
  }

  private async removed(destination: string, snapshot: string): Promise<void> {
    const { site, server, job } = this.run;
    const data = { site, server, job, destination, snapshot, because: 'older-than-kept' } as const;
    await this.conduct.state(fact(snapshotRemoved, { ...this.conduct.about(), data }));
    const text = `Snapshot ${snapshot} at ${destination} is older than ${this.keep.days} days and was removed`;
    this.conduct.say(text, { outcome: 'done' });
  }

  private async warning(whatFailed: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.conduct.signal.throwIfAborted();
      this.conduct.say(`${whatFailed}: ${toRunError(error).text}`, { level: 'warning', outcome: 'failed' });
    }
  }
}
