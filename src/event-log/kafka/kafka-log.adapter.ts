import { WardroundError, describeError } from '../../shared/errors.js';
import { toIso, type Clock } from '../../shared/instant.js';
import { PostgresArchive, type ArchiveSettings } from '../archive/postgres-archive.adapter.js';
import { asRecordedAt, checkedEach } from '../checked-events.js';
import type { NewEvent, Position, Recorded } from '../envelope.js';
import type {
  Checkpoint,
  EventLog,
  PartHealth,
  ReadFilter,
  Subscription,
  SubscriptionOptions,
  SubscriptionStatus,
} from '../event-log.js';
import type { EventTypes } from '../event-types.js';
import { logClosed } from '../log-closed.js';
import type { LogIdentity } from '../log-identity.js';
import { ArchivedEnds } from './archived-ends.adapter.js';
import { KafkaAppender } from './kafka-appender.adapter.js';
import { framingBytes, largestPieceBytes } from './kafka-batches.js';
import { kafkaClient, type KafkaSettings } from './kafka-connection.adapter.js';
import { KafkaEnds } from './kafka-ends.adapter.js';
import { KafkaIntake } from './kafka-intake.adapter.js';
import { partitionOf } from './kafka-partition.js';
import { toKafkaRecord, type KafkaRecord } from './kafka-record.js';
import { KafkaSubscription } from './kafka-subscription.adapter.js';
import { ensureTopic } from './kafka-topic.adapter.js';
import { KafkaWatch, type IntakeState } from './kafka-watch.adapter.js';
import { KeyReaders } from './key-readers.adapter.js';

export interface KafkaLogOptions {
  readonly kafka: KafkaSettings;
  /** In the same PostgreSQL server as the checkpoints of those who subscribe: what they have done is never ahead of it. */
  readonly archive: ArchiveSettings;
  readonly clock: Clock;
  readonly eventTypes: EventTypes;
  /** Whether this process takes a share of the partitions, and so handles events; it does unless said otherwise. */
  readonly intake?: boolean;
  /** After so long without a word from a process, others get its partitions; what brokers allow begins with 6 s. */
  readonly sessionTimeoutMs?: number;
}

const defaultSessionTimeoutMs = 10_000;

const noIntake = { lag: 0, handled: 0, parked: 0, lastError: null };

/**
 * Opens the event log of a fleet: Kafka takes the events, PostgreSQL holds them for all who read. The topic and the archive's
 * tables are made if they are missing. Close it: until then it keeps the process alive.
 * @throws WardroundError within 10 s, with what was tried: `unreachable`; `configuration-invalid`; `event-unreadable` if the
 * archive is of a newer layout
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<KafkaEventLog> {
  const { kafka: settings, archive: place, eventTypes } = options;
  const { topic, partitions } = settings;
  const [made, opened] = await Promise.allSettled([
    ensureTopic(kafkaClient(settings), settings),
    PostgresArchive.open({ ...place, topic, partitions, eventTypes }),
  ]);
  if (made.status === 'fulfilled' && opened.status === 'fulfilled') return new KafkaEventLog(options, opened.value);
  if (opened.status === 'fulfilled') await opened.value.close();
  throw whyNotOpened([made, opened]);
}

/** The log on Kafka and PostgreSQL, shared by any number of processes. docs/decisions/0008-archive-first.md. */
export class KafkaEventLog implements EventLog {
  private readonly appender: KafkaAppender;
  private readonly ends: KafkaEnds;
  private readonly taking: KafkaIntake | null;
  private readonly watch: KafkaWatch;
  private readonly subscriptions = new Set<KafkaSubscription<unknown>>();
  private readonly keys: KeyReaders;
  private readonly archived: ArchivedEnds;
  private closing: Promise<void> | null = null;
  private closed = false;

  /** Use {@link openKafkaLog}. */
  constructor(
    private readonly options: KafkaLogOptions,
    private readonly archive: PostgresArchive,
  ) {
    const { kafka: settings, eventTypes, clock, sessionTimeoutMs = defaultSessionTimeoutMs } = options;
    const kafka = kafkaClient(settings);
    this.appender = KafkaAppender.open(kafka, settings);
    this.ends = new KafkaEnds(kafka, settings.topic, settings.brokers);
    const parts = { kafka: settings, archive, ends: this.ends, eventTypes, sessionTimeoutMs };
    this.taking = options.intake === false ? null : new KafkaIntake(parts, this.work());
    this.watch = new KafkaWatch({
      ...{ appender: this.appender, ends: this.ends },
      archive,
      intake: this.taking,
      clock,
    });
    this.archived = new ArchivedEnds({ ends: this.ends, archive, taking: this.taking, watch: this.watch });
    this.keys = new KeyReaders({
      archive: archive.reader,
      partitionOf: (partitionkey) => this.partitionOf(partitionkey),
      owns: (partition) => this.taking?.of(partition) !== undefined,
      onNew: () => this.subscriptions.forEach((subscription) => subscription.wake()),
    });
  }

  async append(events: readonly NewEvent[]): Promise<readonly Position[]> {
    if (this.closed) throw logClosed();
    const { eventTypes, clock } = this.options;
    const recordedAt = toIso(clock.now());
    const records = checkedEach(events, eventTypes, (event) => storable(event, recordedAt));
    const calls = new Map<number, { readonly records: KafkaRecord[]; readonly places: number[] }>();
    records.forEach((record, place) => {
      const partition = this.partitionOf(record.key);
      const call = calls.get(partition) ?? { records: [], places: [] };
      calls.set(partition, call);
      call.records.push(record);
      call.places.push(place);
    });
    const positions: Position[] = [];
    const appends = [...calls].map(async ([partition, call]) => {
      const offsets = await this.appender.append(partition, call.records);
      this.archived.acknowledge(partition, offsets);
      call.places.forEach((place, at) => (positions[place] = { partition, offset: (offsets[at] ?? 0) + 1 }));
    });
    refuseIfAnyFailed(await Promise.allSettled(appends));
    return positions;
  }

  read(filter: ReadFilter): AsyncIterable<readonly Recorded[]> {
    if (this.closed) throw logClosed();
    const { partitionkey } = filter;
    const partitions = partitionkey === undefined ? this.allPartitions() : [this.partitionOf(partitionkey)];
    const ends = this.archived.of(partitions);
    ends.catch(() => undefined); // anyone who reads gets it; no one may
    return this.readUpTo(filter, partitions, ends);
  }

  async head(): Promise<Checkpoint> {
    if (this.closed) throw logClosed();
    return this.archived.of(this.allPartitions());
  }

  identity(): Promise<LogIdentity> {
    if (this.closed) throw logClosed();
    return this.archive.identity();
  }

  /** Before anything works with it: the log becomes a copy of another one. */
  becomeCopyOf(original: LogIdentity | null): Promise<void> {
    return this.archive.becomeCopyOf(original);
  }

  partitions(): readonly number[] {
    return this.taking?.owned.map(({ partition }) => partition).sort((a, b) => a - b) ?? [];
  }

  subscribe<Tx>(options: SubscriptionOptions<Tx>): Subscription<Tx> {
    if (this.closing) throw logClosed();
    const everywhere = options.everywhere === undefined ? null : this.keys.of(options.everywhere);
    const subscription = new KafkaSubscription<Tx>(
      {
        partitions: this.options.kafka.partitions,
        archive: this.archive.reader,
        archivedEnds: () => this.archived.of(this.allPartitions()),
      },
      options,
      everywhere,
    );
    this.subscriptions.add(subscription);
    for (const intake of this.taking?.owned ?? []) subscription.gained(intake);
    return {
      caughtUp: () => subscription.caughtUp(),
      status: () => subscription.status(),
      whenIdle: (partition, work) => subscription.whenIdle(partition, work),
      stop: async () => {
        await subscription.stop();
        this.subscriptions.delete(subscription);
      },
    };
  }

  /** How Kafka, the archive and the way between them are, as of some seconds ago at most. */
  async health(): Promise<readonly PartHealth[]> {
    return this.watch.health();
  }

  async intake(): Promise<SubscriptionStatus> {
    const { unreadable } = this.watch.state();
    return this.taking ? this.taking.status(unreadable) : { name: 'intake', ...noIntake };
  }

  /** Per partition, how far the archive is behind Kafka, and who takes it in. */
  state(): IntakeState {
    return this.watch.state();
  }

  /** Stops the subscriptions after the batches in progress, stores what was given to `append`, and leaves the group. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    // Handlers may append until their batch is done.
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
    this.closed = true;
    this.keys.close();
    await Promise.all([this.watch.close(), this.appender.close(), this.taking?.close()]);
    await this.ends.close();
    await this.archive.close();
  }

  private work(): ConstructorParameters<typeof KafkaIntake>[1] {
    return {
      gained: (intake) => this.subscriptions.forEach((subscription) => subscription.gained(intake)),
      lost: async (partition) => {
        await Promise.all([...this.subscriptions].map((subscription) => subscription.lost(partition)));
      },
      archived: (partition, recorded) => {
        this.keys.saw(recorded);
        for (const subscription of this.subscriptions) subscription.wake(partition);
      },
    };
  }

  private async *readUpTo(
    { after, limit, ...choice }: ReadFilter,
    partitions: readonly number[],
    ends: Promise<Checkpoint>,
  ): AsyncGenerator<readonly Recorded[]> {
    const { reader } = this.archive;
    const upTo = await ends;
    let left = limit ?? Number.POSITIVE_INFINITY;
    for (const partition of partitions) {
      const whole = [after?.get(partition) ?? 0, upTo.get(partition) ?? 0] as const;
      const span = await reader.narrowed(choice, partition, ...whole);
      let position = span.after;
      while (position < span.upTo && left > 0) {
        if (this.closed) throw logClosed();
        const slice = await reader.look(choice, partition, position, span.upTo, left);
        if (slice.recorded.length > 0) yield slice.recorded;
        if (slice.fault) throw slice.fault;
        position = slice.passedTo;
        left -= slice.recorded.length;
      }
    }
  }

  private partitionOf(partitionkey: string): number {
    return partitionOf(partitionkey, this.options.kafka.partitions);
  }

  private allPartitions(): readonly number[] {
    return Array.from({ length: this.options.kafka.partitions }, (_, partition) => partition);
  }
}

/** @throws Error that says what Kafka or the archive would not take */
function storable(event: NewEvent, recordedAt: string): KafkaRecord {
  const { id, source, subject, partitionkey, causationid = '', actor = '' } = event;
  if ([id, source, subject, partitionkey, causationid, actor].some((text) => text.includes('\0'))) {
    throw new Error('PostgreSQL has no NUL character in texts, and there is one in an attribute of the event');
  }
  const record = toKafkaRecord(asRecordedAt(event, recordedAt));
  const bytes = Buffer.byteLength(record.key) + Buffer.byteLength(record.value) + framingBytes;
  if (bytes > largestPieceBytes) throw new Error(`the event has ${bytes} bytes, but the limit is ${largestPieceBytes}`);
  return record;
}

/** @throws WardroundError `outcome-unknown` unless it is sure that nothing was stored: then, why */
function refuseIfAnyFailed(outcomes: readonly PromiseSettledResult<void>[]): void {
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }): unknown => reason);
  if (failures.length === 0) return;
  const unknown = failures.find((error) => !(error instanceof WardroundError) || error.code === 'outcome-unknown');
  const [first] = failures;
  if (unknown === undefined && failures.length === outcomes.length) throw first;
  throw new WardroundError(
    'outcome-unknown',
    `the events of ${failures.length} of ${outcomes.length} partitions may not be stored (${describeError(unknown ?? first)})`,
    'Append all of them again: stored events are not duplicated',
    { cause: unknown ?? first },
  );
}

function whyNotOpened(attempts: readonly PromiseSettledResult<unknown>[]): WardroundError {
  const errors = attempts.flatMap((attempt): unknown[] => (attempt.status === 'rejected' ? [attempt.reason] : []));
  const [first, second] = errors.map((error) =>
    error instanceof WardroundError ? error : new WardroundError('internal', describeError(error)),
  );
  if (!first) return new WardroundError('internal', 'the event log did not open');
  if (!second) return first;
  const advice = [first.advice, second.advice].filter((text) => text !== undefined).join('. ');
  return new WardroundError(first.code, `${first.message}; ${second.message}`, advice, { cause: first });
}
