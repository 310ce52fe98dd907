import { WardroundError } from '../../shared/errors.js';
import { sleep } from '../../shared/sleep.adapter.js';
import { withTimeLimit } from '../../shared/time-limit.adapter.js';
import type { PostgresArchive } from '../archive/postgres-archive.adapter.js';
import type { Checkpoint } from '../event-log.js';
import type { Ends, KafkaEnds } from './kafka-ends.adapter.js';
import type { KafkaIntake } from './kafka-intake.adapter.js';
import type { KafkaWatch } from './kafka-watch.adapter.js';
import type { Trouble } from './partition-intake.adapter.js';

/** Who reads waits so long for the archive: longer than other processes need to take over from one that was killed. */
const archivePatienceMs = 20_000;
const archivePollMs = 20;
/** Kafka answers in milliseconds, or is away: then what this process knows of the end has to do. */
const endsPatienceMs = 3_000;
const endsPatienceWhileAwayMs = 300;
/** What keeps the archive from running for so long is told to those who wait for it. */
const momentMs = 2_000;
export interface EndsParts {
  readonly ends: KafkaEnds;
  readonly archive: PostgresArchive;
  readonly taking: KafkaIntake | null;
  readonly watch: KafkaWatch;
}

/** Makes that a read of the archive sees what Kafka has acknowledged before it. */
export class ArchivedEnds {
  /** Behind the newest event of this process that Kafka has acknowledged, per partition. */
  private readonly acknowledged = new Map<number, number>();

  constructor(private readonly parts: EndsParts) {}

  /** @param offsets as Kafka counts, in order */
  acknowledge(partition: number, offsets: readonly number[]): void {
    const newest = Math.max(this.acknowledged.get(partition) ?? 0, (offsets.at(-1) ?? -1) + 1);
    this.acknowledged.set(partition, newest);
  }

  /**
   * Up to where these partitions reach now, when the archive has all that: whatever was acknowledged before the call, in any
   * process. If Kafka does not answer, whatever was acknowledged in this process; the archive can be read while Kafka is away.
   * @throws WardroundError `unreachable` if the archive does not get there in time; what keeps this process from archiving
   */
  async of(partitions: readonly number[]): Promise<Checkpoint> {
    const wanted = await this.endsNow(partitions);
    const begun = performance.now();
    const deadline = begun + archivePatienceMs;
    const missing = () => [...wanted].filter(([partition, end]) => (this.parts.taking?.of(partition)?.head ?? 0) < end);
    for (const [partition] of missing()) this.parts.taking?.of(partition)?.tryAgain();
    for (;;) {
      const waits = missing();
      if (waits.length === 0) break;
      for (const [partition] of waits) throwLasting(this.parts.taking?.of(partition)?.trouble ?? null, begun);
      const elsewhere = waits.filter(([partition]) => !this.parts.taking?.of(partition));
      if (elsewhere.length > 0 || performance.now() > deadline) {
        const checkpoints = await this.parts.archive.checkpoints();
        const late = waits.filter(([partition, end]) => (checkpoints.get(partition) ?? 0) < end);
        if (late.length === 0) break;
        if (performance.now() > deadline) throw archiveIsLate(late, checkpoints);
      }
      if (elsewhere.length > 0) await sleep(archivePollMs);
      else await Promise.race([this.ownHave(waits), sleep(archivePollMs)]);
    }
    return wanted;
  }

  /** Resolves when this process has archived so much, or has lost a partition of these. */
  private async ownHave(ends: readonly (readonly [number, number])[]): Promise<void> {
    const own = ends.flatMap(([partition, end]) => this.parts.taking?.of(partition)?.hasArchived(end) ?? []);
    await Promise.all(own);
  }

  private async endsNow(partitions: readonly number[]): Promise<Map<number, number>> {
    const ends = await this.endsInKafka();
    const checkpoints = ends === null ? await this.parts.archive.checkpoints() : null;
    const wanted = partitions.map((partition): [number, number] => {
      const known = Math.max(this.acknowledged.get(partition) ?? 0, checkpoints?.get(partition) ?? 0);
      return [partition, Math.max(known, ends?.get(partition)?.high ?? 0)];
    });
    return new Map(wanted.filter(([, end]) => end > 0));
  }

  /** Null if Kafka is away, which its watch tells of. */
  private async endsInKafka(): Promise<Ends | null> {
    const patienceMs = this.parts.watch.isKafkaAway ? endsPatienceWhileAwayMs : endsPatienceMs;
    try {
      return await withTimeLimit(patienceMs, this.parts.ends.ask());
    } catch (error) {
      if (error instanceof WardroundError && error.code === 'unreachable') return null;
      throw error;
    }
  }
}

/** @throws what has been in the way for a while, and was met again since someone waits for it */
function throwLasting(trouble: Trouble | null, waitsSince: number): void {
  if (trouble !== null && trouble.at > waitsSince && trouble.at - trouble.since > momentMs) throw trouble.error;
}

function archiveIsLate(late: readonly (readonly [number, number])[], checkpoints: Checkpoint): WardroundError {
  const [first] = late;
  const [partition, end] = first ?? [0, 0];
  return new WardroundError(
    'unreachable',
    `the archive does not have all events of Kafka yet: it has ${checkpoints.get(partition) ?? 0} of ${end} events ` +
      `of partition ${partition}; ${late.length} partitions are behind`,
    'Try again; if there is no progress, check the health of the log',
  );
}
