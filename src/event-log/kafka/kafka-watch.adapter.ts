import { describeError } from '../../shared/errors.js';
import { toIso, type Clock } from '../../shared/instant.js';
import { sleep } from '../../shared/sleep.adapter.js';
import { withTimeLimit } from '../../shared/time-limit.adapter.js';
import type { PostgresArchive } from '../archive/postgres-archive.adapter.js';
import type { PartHealth } from '../event-log.js';
import type { KafkaAppender } from './kafka-appender.adapter.js';
import type { Ends, KafkaEnds } from './kafka-ends.adapter.js';
import type { KafkaIntake } from './kafka-intake.adapter.js';
import type { PartitionIntake } from './partition-intake.adapter.js';

export interface PartitionState {
  readonly partition: number;
  /** Whether it is this process that takes it in. */
  readonly owned: boolean;
  /** Events that Kafka has and the archive has not. */
  readonly lag: number;
  /** Why it does not continue; null if it does, or is another process's. */
  readonly error: string | null;
}

/** How far the log has been taken over into the archive, as of some seconds ago at most. */
export interface IntakeState {
  /** Empty until Kafka and the archive could be asked once. */
  readonly partitions: readonly PartitionState[];
  /** Records of the topic that are not events of ours: they are in the archive's table `unreadable`. */
  readonly unreadable: number;
}

interface Trouble {
  readonly error: string;
  /** RFC 3339 */
  readonly since: string;
}

export interface WatchedParts {
  readonly appender: KafkaAppender;
  readonly ends: KafkaEnds;
  readonly archive: PostgresArchive;
  readonly intake: KafkaIntake | null;
  readonly clock: Clock;
}

const lookEveryMs = 2_000;
const answerPatienceMs = 5_000;
/** What heals in less is not worth a word. */
const momentMs = 3_000;

/** Looks at Kafka and at the archive every few seconds: says how they are, and wakes up what has fallen asleep. */
export class KafkaWatch {
  private kafka: Trouble | null = null;
  private archive: Trouble | null = null;
  private lags: ReadonlyMap<number, number> = new Map();
  private unreadable = 0;
  private readonly closing = new AbortController();
  private readonly ended: Promise<void>;

  constructor(private readonly parts: WatchedParts) {
    this.ended = this.run();
  }

  /** Whether Kafka did not answer when it was last asked, or something else of this process cannot reach it. */
  get isKafkaAway(): boolean {
    return this.kafka !== null || this.toldOfKafka() !== null;
  }

  health(): readonly PartHealth[] {
    // What can be told before the next look is told now.
    const kafka = this.kafka ?? this.troubleIn(this.kafka, this.toldOfKafka());
    const [failing] = this.failingIntakes();
    return [
      { name: 'Kafka', trouble: kafka && inWords(kafka) },
      { name: 'the archive', trouble: this.archive && inWords(this.archive) },
      { name: 'the intake of events', trouble: failing ? describeError(failing.trouble?.error) : null },
    ];
  }

  state(): IntakeState {
    const { intake } = this.parts;
    const partitions = [...this.lags].map(([partition, known]): PartitionState => {
      const own = intake?.of(partition);
      const error = own?.trouble ? describeError(own.trouble.error) : null;
      return { partition, owned: own !== undefined, lag: own?.lag ?? known, error };
    });
    return { partitions, unreadable: this.unreadable };
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.ended;
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await this.look();
      await sleep(lookEveryMs, signal);
    }
  }

  private async look(): Promise<void> {
    const { archive, ends, intake } = this.parts;
    // Before Kafka is asked: what is archived by then, Kafka must have.
    const archived = new Map(intake?.owned.map((one) => [one, one.head]));
    const [kafka, stored] = await Promise.all([
      answer(ends.ask()),
      answer(Promise.all([archive.checkpoints(), archive.unreadableCount()])),
    ]);
    if (this.closing.signal.aborted) return;
    this.kafka = this.troubleIn(this.kafka, 'error' in kafka ? kafka.error : this.toldOfKafka());
    this.archive = this.troubleIn(this.archive, 'error' in stored ? stored.error : null);
    const known: Ends | null = 'error' in kafka ? null : kafka.value;
    for (const [one, head] of archived) if ((known?.get(one.partition)?.high ?? head) < head) one.lookAgain();
    intake?.watch(known, performance.now());
    if ('error' in stored) return;
    const [checkpoints, unreadable] = stored.value;
    this.unreadable = unreadable;
    if (!known) return;
    this.lags = new Map(
      [...known].map(([partition, { high }]) => [partition, Math.max(0, high - (checkpoints.get(partition) ?? 0))]),
    );
  }

  private toldOfKafka(): string | null {
    return this.parts.appender.trouble() ?? this.parts.intake?.trouble ?? null;
  }

  /** Intakes that have not gone on for a while. */
  private failingIntakes(): readonly PartitionIntake[] {
    const before = performance.now() - momentMs;
    return this.parts.intake?.owned.filter(({ trouble }) => trouble !== null && trouble.since < before) ?? [];
  }

  private troubleIn(before: Trouble | null, error: string | null): Trouble | null {
    return error === null ? null : { error, since: before?.since ?? toIso(this.parts.clock.now()) };
  }
}

async function answer<T>(question: Promise<T>): Promise<{ readonly value: T } | { readonly error: string }> {
  try {
    return { value: await withTimeLimit(answerPatienceMs, question) };
  } catch (error) {
    return { error: describeError(error) };
  }
}

function inWords({ error, since }: Trouble): string {
  return `${error} (since ${since})`;
}
