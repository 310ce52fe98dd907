import { Logger } from '@nestjs/common';
import { describeError } from '../../shared/errors.js';
import { LastingTrouble } from '../../shared/lasting-trouble.js';
import type { PostgresArchiveReader } from '../archive/postgres-archive-reader.adapter.js';
import type { Recorded } from '../envelope.js';
import { KeyReader } from './key-reader.adapter.js';

/** How soon an event that another process has taken in is noticed here. */
const refreshMs = 250;

export interface KeyReadersParts {
  readonly archive: PostgresArchiveReader;
  readonly partitionOf: (partitionkey: string) => number;
  /** Whether this process takes the partition in, and so knows its newest events by itself. */
  readonly owns: (partition: number) => boolean;
  /** Called when there is more of a key than was known. */
  readonly onNew: () => void;
}

/** The readers of those partition keys that every process follows: one for each, made when it is first asked for. */
export class KeyReaders {
  private readonly trouble = new LastingTrouble(new Logger('Archive'));
  private readonly readers = new Map<string, KeyReader>();
  private readonly timer: NodeJS.Timeout;
  private refreshing = false;
  private closed = false;

  /** Close it. */
  constructor(private readonly parts: KeyReadersParts) {
    this.timer = setInterval(() => void this.refresh(), refreshMs);
  }

  of(partitionkey: string): KeyReader {
    const known = this.readers.get(partitionkey);
    if (known) return known;
    const { archive, partitionOf, onNew } = this.parts;
    const reader = new KeyReader(partitionkey, partitionOf(partitionkey), archive, onNew);
    this.readers.set(partitionkey, reader);
    return reader;
  }

  /** This process has taken these in, of whatever partition. */
  saw(recorded: readonly Recorded[]): void {
    for (const reader of this.readers.values()) reader.saw(recorded);
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
  }

  private async refresh(): Promise<void> {
    if (this.refreshing) return;
    this.refreshing = true;
    try {
      const elsewhere = [...this.readers.values()].filter(({ partition }) => !this.parts.owns(partition));
      await Promise.all(elsewhere.map((reader) => reader.refresh()));
      this.trouble.over('Definitions from other processes are visible again');
    } catch (error) {
      // What is asked for while the archive closes may fail.
      if (this.closed) return;
      const text = `Definitions from other processes are not visible: ${describeError(error)}. Retrying`;
      this.trouble.met(text, 'not seen');
    } finally {
      this.refreshing = false;
    }
  }
}
