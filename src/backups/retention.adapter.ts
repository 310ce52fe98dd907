import {
  formatSnapshotName,
  type ListedSnapshot,
  type PlaceOwner,
  type RemovedSnapshot,
  type SnapshotPlace,
} from '../../plugins/sdk/index.js';
import type { Instant } from '../shared/instant.js';
import { fact } from '../event-log/statement.js';
import { snapshotRemoved, localCopyName } from './backups.events.js';
import { toRunError } from './run-errors.adapter.js';
import { callOf, type DestinationDefinition } from './job.js';
import type { Judgement } from './judgement.adapter.js';
import { isInFuture } from './lived-time.js';
import { outlived, type AgedSnapshot, type Kept } from './retention.js';
import type { RunConduct } from './run-conduct.adapter.js';
import type { RunIdentity } from './run-recorder.adapter.js';

/** What retention asks of a place. */
interface Place {
  list(): Promise<readonly ListedSnapshot[]>;
  remove(ids: readonly string[]): Promise<readonly RemovedSnapshot[]>;
}

type ListedByName = AgedSnapshot & Pick<ListedSnapshot, 'id'>;

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
    const { engine } = this.conduct;
    const watched = { ...place, ...this.conduct.watching() };
    await this.at(localCopyName, {
      list: () => engine.describeSnapshots(watched),
      remove: async (ids) => {
        const removed: RemovedSnapshot[] = [];
        for (const id of ids)
          removed.push({ id, error: await this.whyNot(engine.removeSnapshot({ ...watched, name: id })) });
        return removed;
      },
    });
  }

  async ofDestination(copy: DestinationDefinition, owner: PlaceOwner): Promise<void> {
    const { job } = this.run;
    const call = callOf(copy);
    await this.at(copy.name, {
      list: async () => (await this.conduct.call({ ...call, operation: 'list', input: { job, owner } })).snapshots,
      remove: async (snapshots) => {
        const input = { job, snapshots, owner };
        return (await this.conduct.call({ ...call, operation: 'remove', input })).snapshots;
      },
    });
  }

  private async at(destination: string, place: Place): Promise<void> {
    await this.warning(`The snapshots at ${destination} could not be listed`, async () => {
      const aged = (await place.list()).map(({ id, takenAt }) => {
        const name = formatSnapshotName(takenAt);
        return { id, name, takenAt, doubtful: this.judgement.isDoubtful(name) };
      });
      const now = this.conduct.clock.now();
      this.tellOfFuture(destination, aged, now);
      const old = outlived(aged, this.keep, now, this.judgement.usualMs);
      if (old.length > 0) await this.removeAll(destination, place, old);
    });
  }

  private async removeAll(destination: string, place: Place, old: readonly ListedByName[]): Promise<void> {
    const removed = await this.removing(place, old);
    for (const { id, name } of old) {
      const error = removed.find((one) => one.id === id)?.error;
      if (error === null) await this.removed(destination, name);
      else this.tellOfKept(destination, name, error ?? 'the destination did not say what became of it');
    }
  }

  /** Where removing broke off, what is listed no more is gone all the same. */
  private async removing(place: Place, old: readonly ListedByName[]): Promise<readonly RemovedSnapshot[]> {
    try {
      return await place.remove(old.map(({ id }) => id));
    } catch (error) {
      this.conduct.signal.throwIfAborted();
      const there = new Set((await place.list()).map(({ id }) => id));
      const { text } = toRunError(error);
      return old.map(({ id }) => ({ id, error: there.has(id) ? text : null }));
    }
  }

  private async whyNot(work: Promise<void>): Promise<string | null> {
    try {
      await work;
      return null;
    } catch (error) {
      this.conduct.signal.throwIfAborted();
      return toRunError(error).text;
    }
  }

  private tellOfKept(destination: string, name: string, why: string): void {
    const text = `Snapshot ${name} at ${destination} could not be removed: ${why}`;
    this.conduct.say(text, { level: 'warning', outcome: 'failed' });
  }

  /** They are kept and counted for nothing: the clock was wrong when they were made, or is now. */
  private tellOfFuture(destination: string, snapshots: readonly AgedSnapshot[], now: Instant): void {
    const future = snapshots.filter(({ takenAt }) => isInFuture(takenAt, now)).map(({ name }) => name);
    if (future.length === 0) return;
    const text = `${destination} holds snapshots that are dated in the future (${future.join(', ')}): they are not removed by age`;
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
