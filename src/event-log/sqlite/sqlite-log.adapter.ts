import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WardroundError } from '../../shared/errors.js';
import { fromIso, type Clock } from '../../shared/instant.js';
import { checkedEach, isDecision } from '../checked-events.js';
import type { NewEvent, Position, Recorded } from '../envelope.js';
import type {
  AppendOptions,
  Checkpoint,
  EventLog,
  ReadFilter,
  Subscription,
  SubscriptionOptions,
} from '../event-log.js';
import { versionOf, type EventTypes } from '../event-types.js';
import { logClosed } from '../log-closed.js';
import { epochOfOldEvents, type LogIdentity } from '../log-identity.js';
import { SubscriptionLoop } from '../subscription/subscription-loop.adapter.js';
import { becomeCopy } from './log-holder.adapter.js';
import type { NewRow } from './sqlite-log.worker.js';
import { SqliteReader, onlyPartition } from './sqlite-reader.adapter.js';
import { SqliteWriter } from './sqlite-writer.adapter.js';

export interface SqliteLogOptions {
  /** Path of `events.db`; it and its folder are made if absent. */
  readonly file: string;
  readonly clock: Clock;
  readonly eventTypes: EventTypes;
}

/**
 * Opens the event log of one machine. Close it: until then it keeps the process alive.
 * @throws WardroundError `event-unreadable` if the file is not an event log, is damaged, or of a newer layout;
 * `data-folder-in-use` if another program keeps it locked; `no-space`; `internal`.
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<SqliteEventLog> {
  await mkdir(dirname(options.file), { recursive: true });
  return SqliteEventLog.open(options);
}

/**
 * The log in one SQLite file (WAL, `synchronous=FULL`): a worker thread writes, this thread reads. It has one partition, so
 * all events have one order, though only that within a partition key is promised.
 */
export class SqliteEventLog implements EventLog {
  private readonly subscriptions = new Set<Pick<Subscription, 'stop'> & { wake(): void }>();
  private closing: Promise<void> | null = null;
  private closed = false;

  private constructor(
    private readonly options: SqliteLogOptions,
    private readonly writer: SqliteWriter,
    private readonly reader: SqliteReader,
  ) {}

  static async open(options: SqliteLogOptions): Promise<SqliteEventLog> {
    const opened: { log?: SqliteEventLog } = {};
    const writer = await SqliteWriter.open(options.file, () => opened.log?.wakeSubscriptions());
    try {
      opened.log = new SqliteEventLog(options, writer, new SqliteReader(options.file, options.eventTypes));
      return opened.log;
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  async append(events: readonly NewEvent[], { comparesTime }: AppendOptions = {}): Promise<readonly Position[]> {
    if (this.closed) throw logClosed();
    if (events.length === 0) return [];
    const recordedAt = this.options.clock.now();
    const made = checkedEach(events, this.options.eventTypes, (event) => toRow(event, recordedAt));
    const rows = comparesTime
      ? made.map((row, index): NewRow => ({ ...row, repeat: comparesTime[index] ? 'same' : 'same-but-for-time' }))
      : made;
    const offsets = await this.writer.append(rows);
    return offsets.map((offset) => ({ partition: onlyPartition, offset }));
  }

  read({ after, limit, ...choice }: ReadFilter): AsyncIterable<readonly Recorded[]> {
    if (this.closed) throw logClosed();
    const from = after?.get(onlyPartition) ?? 0;
    return this.reader.read(choice, from, this.reader.head(), limit ?? Number.POSITIVE_INFINITY);
  }

  async head(): Promise<Checkpoint> {
    const offset = this.reader.head();
    return new Map(offset === 0 ? [] : [[onlyPartition, offset]]);
  }

  async identity(): Promise<LogIdentity> {
    const identity = this.reader.identity();
    if (!identity) throw new WardroundError('internal', `${this.options.file} has no identity`);
    return identity;
  }

  /** Before anything works with it: the log becomes a copy of another one, which has no identity where null is given. */
  async becomeCopyOf(original: LogIdentity | null): Promise<void> {
    if (this.closed) throw logClosed();
    becomeCopy(this.options.file, original);
  }

  partitions(): readonly number[] {
    return [onlyPartition];
  }

  subscribe<Tx>(options: SubscriptionOptions<Tx>): Subscription<Tx> {
    if (this.closing) throw logClosed();
    const { reader } = this;
    const loop = new SubscriptionLoop<Tx>(
      {
        partition: onlyPartition,
        head: () => reader.head(),
        look: (types, after, upTo, limit) => reader.look(types ? { types } : {}, after, upTo, limit),
      },
      options,
    );
    this.subscriptions.add(loop);
    return {
      caughtUp: () => loop.caughtUp(),
      status: () => loop.status(),
      whenIdle: (partition, work) => loop.whenIdle(partition, work),
      stop: async () => {
        await loop.stop();
        this.subscriptions.delete(loop);
      },
    };
  }

  /** Stops the subscriptions after the batches in progress, then stores what was given to `append`. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    // Handlers may append until their batch is done.
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
    this.closed = true;
    // The writer last: anyone who closes the file last moves all that is in its WAL into it, which a reader cannot.
    this.reader.close();
    await this.writer.close();
  }

  private wakeSubscriptions(): void {
    for (const subscription of this.subscriptions) subscription.wake();
  }
}

function toRow(event: NewEvent, recordedAt: number): NewRow {
  return {
    time: fromIso(event.time),
    recordedtime: event.recordedtime === undefined ? recordedAt : fromIso(event.recordedtime),
    type: event.type,
    version: versionOf(event.dataschema),
    source: event.source,
    subject: event.subject,
    partitionkey: event.partitionkey,
    id: event.id,
    sequence: event.sequence === undefined ? (isDecision(event) ? 'none' : 'next') : given(event.sequence, event.epoch),
    causationid: event.causationid ?? null,
    actor: event.actor ?? null,
    data: JSON.stringify(event.data),
  };
}

function given(sequence: string, epoch = epochOfOldEvents): NewRow['sequence'] {
  return { given: sequence, epoch };
}
