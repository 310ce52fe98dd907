import type { PostgresArchiveReader } from '../archive/postgres-archive-reader.adapter.js';
import type { Recorded } from '../envelope.js';
import type { Look, PartitionReader } from '../subscription/partition-reader.js';

/** What the archive holds of one partition key, no matter who owns the partition that it is in. */
export class KeyReader implements PartitionReader {
  private newest: number | null = null;

  /** @param onNew called when there is more than was known */
  constructor(
    readonly partitionkey: string,
    readonly partition: number,
    private readonly archive: PostgresArchiveReader,
    private readonly onNew: () => void,
  ) {}

  head(): number | Promise<number> {
    return this.newest ?? this.refresh();
  }

  look(types: readonly string[] | undefined, after: number, upTo: number, limit: number): Promise<Look> {
    const choice = { partitionkey: this.partitionkey, ...(types ? { types } : {}) };
    return this.archive.look(choice, this.partition, after, upTo, limit);
  }

  /** Asks the database: its newest events may have been taken in by another process. */
  async refresh(): Promise<number> {
    return this.know(await this.archive.newestOf(this.partitionkey, this.partition));
  }

  /** This process has taken these in, of whatever partition. */
  saw(recorded: readonly Recorded[]): void {
    const newest = recorded.findLast(({ event }) => event.partitionkey === this.partitionkey);
    if (newest) this.know(newest.position.offset);
  }

  private know(offset: number): number {
    const before = this.newest;
    this.newest = Math.max(before ?? 0, offset);
    if (before !== null && offset > before) this.onNew();
    return this.newest;
  }
}
