import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WardroundError } from '../shared/errors.js';
import { PostgresArchive, type ArchiveSettings } from './archive/postgres-archive.adapter.js';
import type { Event } from './envelope.js';
import type { EventLog } from './event-log.js';
import { EventTypes } from './event-types.js';
import { kafkaClient, type KafkaSettings } from './kafka/kafka-connection.adapter.js';
import { KafkaEnds } from './kafka/kafka-ends.adapter.js';
import type { LogIdentity } from './log-identity.js';
import type { CopiedLog, RunningHash, TargetLog } from './log-copy.js';
import { SqliteReader } from './sqlite/sqlite-reader.adapter.js';

/** For what a log must do while the other side comes back: a broker that restarts, a database that fails over. */
const patienceMs = 120_000;
const longestPauseMs = 5_000;

/** Checks what is appended as ever, and gives back what was written: a copy must not bring events to newer versions. */
export class TypesAsWritten extends EventTypes {
  override upcast(event: Event): Event {
    return event;
  }

  override newestData(_type: string, _version: number, data: unknown): unknown {
    return data;
  }
}

export function newHash(): RunningHash {
  const hash = createHash('sha256');
  return { add: (text) => void hash.update(text).update('\n'), value: () => hash.copy().digest('hex') };
}

/** A file of one machine as it is, only read. Close it. */
export class SqliteSource implements CopiedLog {
  private readonly reader: SqliteReader;

  /** @throws WardroundError `event-unreadable` if it is no event log */
  constructor(file: string, eventTypes: EventTypes) {
    this.reader = new SqliteReader(file, new TypesAsWritten(eventTypes.all));
  }

  async identity(): Promise<LogIdentity | null> {
    return this.reader.identity();
  }

  async *read(): AsyncGenerator<readonly Event[]> {
    for await (const batch of this.reader.read({}, 0, this.reader.head(), Number.POSITIVE_INFINITY)) {
      yield batch.map(({ event }) => event);
    }
  }

  close(): void {
    this.reader.close();
  }
}

/** How far Kafka goes beyond the archive, in a partition. */
export interface NotArchived {
  readonly partition: number;
  readonly events: number;
}

/**
 * The archive of a log in Kafka, only read: it can be copied while hubs work on it, and where its topic is lost. Close it.
 */
export class ArchiveSource implements CopiedLog {
  private constructor(
    private readonly archive: PostgresArchive,
    private readonly kafka: KafkaSettings,
  ) {}

  /** @throws WardroundError `unreachable`, `configuration-invalid` if the archive is of another topic */
  static async open(place: ArchiveSettings, kafka: KafkaSettings, eventTypes: EventTypes): Promise<ArchiveSource> {
    const { topic, partitions } = kafka;
    const types = new TypesAsWritten(eventTypes.all);
    return new ArchiveSource(await PostgresArchive.open({ ...place, topic, partitions, eventTypes: types }), kafka);
  }

  /** What Kafka holds and the archive does not. @throws WardroundError `unreachable` if Kafka does not say */
  async notArchived(): Promise<readonly NotArchived[]> {
    const ends = new KafkaEnds(kafkaClient(this.kafka), this.kafka.topic, this.kafka.brokers);
    try {
      const asked = await ends.ask();
      const archived = await this.archive.checkpoints();
      return [...asked]
        .map(([partition, { high }]) => ({ partition, events: high - (archived.get(partition) ?? 0) }))
        .filter(({ events }) => events > 0);
    } finally {
      await ends.close();
    }
  }

  identity(): Promise<LogIdentity> {
    return this.archive.identity();
  }

  async *read(): AsyncGenerator<readonly Event[]> {
    for (const [partition, end] of await this.archive.checkpoints()) {
      for (let position = 0; position < end;) {
        const look = await this.archive.reader.look({}, partition, position, end, Number.POSITIVE_INFINITY);
        if (look.recorded.length > 0) yield look.recorded.map(({ event }) => event);
        if (look.fault) throw look.fault;
        position = look.passedTo;
      }
    }
  }

  close(): Promise<void> {
    return this.archive.close();
  }
}

/** An open log, of which `eventTypes` are {@link TypesAsWritten}. What it cannot do for a while is done again. */
export class OpenLog implements TargetLog {
  constructor(private readonly log: EventLog & Pick<TargetLog, 'becomeCopyOf'>) {}

  identity(): Promise<LogIdentity> {
    return this.log.identity();
  }

  becomeCopyOf(original: LogIdentity | null): Promise<void> {
    return this.log.becomeCopyOf(original);
  }

  /** Resolves when the archive of a log in Kafka has all that Kafka holds. */
  head(): Promise<unknown> {
    return this.log.head();
  }

  async *read(): AsyncGenerator<readonly Event[]> {
    for await (const batch of this.log.read({})) yield batch.map(({ event }) => event);
  }

  async append(events: readonly Event[]): Promise<void> {
    const until = performance.now() + patienceMs;
    for (let tries = 0; ; tries++) {
      try {
        await this.log.append(events);
        return;
      } catch (error) {
        if (!passes(error) || performance.now() > until) throw error;
        await sleep(Math.min(longestPauseMs, 100 * 2 ** tries));
      }
    }
  }
}

/** Whether the same append may go well later. A repeat is not stored twice. */
function passes(error: unknown): boolean {
  return error instanceof WardroundError && ['outcome-unknown', 'unreachable', 'overloaded'].includes(error.code);
}
