import type { Address } from '../shared/address.js';
import type { PlaceOwner, SnapshotPlace } from '../../plugins/sdk/index.js';
import { describeError, WardroundError } from '../shared/errors.js';
import { bytesText } from '../shared/quantity.js';
import { naming } from './run-errors.adapter.js';
import { callOf, type BackupJobDefinition, type DestinationDefinition } from './job.js';
import { judgeFreeSpace, type FreeSpaceVerdict } from './free-space.js';
import type { RunConduct } from './run-conduct.adapter.js';

const quickCallMs = 60_000;

/** Looks, before anything is written, whether the sources can be read and the places have room. */
export class Preflight {
  constructor(
    private readonly address: Address,
    private readonly job: BackupJobDefinition,
    private readonly conduct: RunConduct,
  ) {}

  /** @returns how much there is to copy; null if a source cannot say. @throws WardroundError `source-unreadable` */
  async checkSources(): Promise<number | null> {
    let estimatedBytes: number | null = 0;
    for (const { name, plugin, parameters } of this.job.sources) {
      const call = {
        kind: 'source',
        plugin,
        operation: 'check',
        parameters,
        input: { address: this.address },
        timeoutMs: quickCallMs,
      } as const;
      const checked = await naming(`source ${name}`, this.conduct.call(call));
      this.conduct.say(`Source ${name} is readable`, { outcome: 'done' });
      estimatedBytes =
        checked.estimatedBytes === null || estimatedBytes === null ? null : estimatedBytes + checked.estimatedBytes;
    }
    return estimatedBytes;
  }

  /**
   * @throws FileEngineError if nothing can be written there, or it is another disk than last time; WardroundError `no-space`
   */
  async checkLocalRoot(place: SnapshotPlace, estimatedBytes: number | null): Promise<void> {
    const { root, job, owner } = place;
    // First: where this is not the place of last time, nothing is made.
    if (owner) await this.conduct.engine.checkPlace({ root, job, owner });
    const { freeBytes } = await this.conduct.engine.checkFolder(root);
    const previousBytes = await this.bytesOfNewestLocal(place);
    refuseTooLittle(root, judgeFreeSpace({ estimatedBytes, freeBytes, previousBytes }));
    this.conduct.say('The local copy is writable', { outcome: 'done', place: root });
  }

  /** @returns where it is, for people. @throws WardroundError `destination-unusable`, `no-space` */
  async checkDestination(
    copy: DestinationDefinition,
    owner: PlaceOwner,
    estimatedBytes: number | null,
  ): Promise<string> {
    const { name } = copy;
    const common = { ...callOf(copy), timeoutMs: quickCallMs };
    const { place, freeBytes } = await this.conduct.call({ ...common, operation: 'check', input: { owner } });
    // How much an earlier snapshot there shares is for its plugin to know; without one the whole size is needed.
    const { snapshots } = await this.conduct.call({
      ...common,
      operation: 'list',
      input: { job: this.job.name, owner },
    });
    if (snapshots.length === 0) refuseTooLittle(place, judgeFreeSpace({ estimatedBytes, freeBytes, previousBytes: 0 }));
    this.conduct.say(`Destination ${name} is writable`, { outcome: 'done', place });
    return place;
  }

  /** A snapshot that is damaged is nothing to compare with: then only the copying itself shows whether there is room. */
  private async bytesOfNewestLocal(local: SnapshotPlace): Promise<number> {
    const newest = (await this.conduct.engine.listSnapshots(local)).at(-1);
    if (newest === undefined) return 0;
    try {
      return (await this.conduct.engine.readSnapshotInfo({ ...local, name: newest })).bytes;
    } catch (error) {
      const text = `The newest local copy, ${newest}, cannot be used for comparison: ${describeError(error)}`;
      this.conduct.say(text, { level: 'warning', outcome: 'note', place: local.root });
      return Number.POSITIVE_INFINITY;
    }
  }
}

function refuseTooLittle(place: string, verdict: FreeSpaceVerdict): void {
  if (verdict.space === 'enough') return;
  throw new WardroundError(
    'no-space',
    `${place} has ${bytesText(verdict.freeBytes)} free, but at least ${bytesText(verdict.neededBytes)} are needed`,
    'Free some space there, keep fewer snapshots, or choose another place',
  );
}
