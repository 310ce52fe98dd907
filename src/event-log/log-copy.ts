import { WardroundError } from '../shared/errors.js';
import type { Event } from './envelope.js';
import { epochOf, type LogIdentity } from './log-identity.js';

// A log is copied key by key: the target holds, of each partition key, the first so many events of the source, in the same
// order. That is all the memory that a copy needs: one that was broken off finds by it what is still missing.

/** One of the two logs of a copy. Events come as they were written, not brought to newer versions. */
export interface CopiedLog {
  /** Everything, in order per partition key. */
  read(): AsyncIterable<readonly Event[]>;
  /** Null if it was never opened by a version that knows identities. */
  identity(): Promise<LogIdentity | null>;
}

export interface TargetLog extends CopiedLog {
  /** Makes it a copy of the source: the same log, in an epoch behind that of the source. It is done once. */
  becomeCopyOf(original: LogIdentity | null): Promise<void>;
  /** Durable when it resolves; an event that is there already is not stored again. */
  append(events: readonly Event[]): Promise<void>;
}

/** A hash in the making, of which the value so far can be asked. */
export interface RunningHash {
  add(text: string): void;
  /** Of all that was added until now. */
  value(): string;
}

/** What a log holds of one partition key. */
export interface KeyState {
  readonly events: number;
  /** Of all of them in order. */
  readonly digest: string;
}

export type LogState = ReadonlyMap<string, KeyState>;

/** Counts the events of a log, and takes the digest of each key's. */
export class Survey {
  private readonly keys = new Map<string, { events: number; readonly hash: RunningHash }>();
  private counted = 0;

  constructor(private readonly newHash: () => RunningHash) {}

  get events(): number {
    return this.counted;
  }

  /** @returns how many events of its key have come, with this one */
  add(event: Event): number {
    const key = this.keys.get(event.partitionkey) ?? { events: 0, hash: this.newHash() };
    this.keys.set(event.partitionkey, key);
    key.hash.add(digestText(event));
    this.counted += 1;
    return (key.events += 1);
  }

  of(partitionkey: string): KeyState {
    const key = this.keys.get(partitionkey);
    return key ? { events: key.events, digest: key.hash.value() } : { events: 0, digest: this.newHash().value() };
  }

  state(): LogState {
    return new Map([...this.keys].map(([key, { events, hash }]) => [key, { events, digest: hash.value() }]));
  }
}

/** All that a copy must keep of an event. The data's keys keep their order on the way through JSON. */
function digestText(event: Event): string {
  const { id, source, type, subject, time, dataschema, data, sequence, causationid, actor, recordedtime } = event;
  const counted = [sequence, epochOf(event)];
  const parts = [id, source, type, subject, time, dataschema, data, ...counted, causationid, actor, recordedtime];
  return JSON.stringify(parts.map((part) => part ?? null));
}

/** Reads a whole log. */
export async function surveyOf(log: Pick<CopiedLog, 'read'>, newHash: () => RunningHash): Promise<LogState> {
  const survey = new Survey(newHash);
  for await (const events of log.read()) for (const event of events) survey.add(event);
  return survey.state();
}

export function eventsIn(state: LogState): number {
  return [...state.values()].reduce((sum, { events }) => sum + events, 0);
}

/**
 * Makes sure that a log that is not empty holds nothing but the beginning of the source, key by key.
 * @throws WardroundError `conflict` with the key where it does not
 */
export async function refuseOtherEvents(
  source: Pick<CopiedLog, 'read'>,
  held: LogState,
  newHash: () => RunningHash,
): Promise<void> {
  const unseen = new Map(held);
  const survey = new Survey(newHash);
  for await (const events of source.read()) {
    for (const event of events) {
      const count = survey.add(event);
      const there = unseen.get(event.partitionkey);
      if (there?.events !== count) continue;
      if (there.digest !== survey.of(event.partitionkey).digest) throw otherEvents(event.partitionkey);
      unseen.delete(event.partitionkey);
    }
    if (unseen.size === 0) return;
  }
  const [key] = unseen.keys();
  if (key !== undefined) throw otherEvents(key);
}

function otherEvents(key: string): WardroundError {
  return new WardroundError(
    'conflict',
    `the target has events of ${key} that the source does not have, or in another order`,
    'Copy into an empty log, or one with an unfinished copy of the same source',
  );
}

export interface CopyProgress {
  /** Events of the source that are in the target. */
  readonly copied: number;
  /** Of these, the ones that were there before. */
  readonly found: number;
}

export interface CopyOptions {
  readonly source: Pick<CopiedLog, 'read'>;
  readonly target: Pick<TargetLog, 'append'>;
  /** What the target holds already: the beginning of the source, key by key. */
  readonly held: LogState;
  readonly newHash: () => RunningHash;
  readonly eventsPerAppend: number;
  onProgress(progress: CopyProgress): void;
  /** Throws to end the copy between two appends. */
  check(): void;
}

/** Appends what is missing in the target. @returns what the source holds; all of it is in the target now */
export async function copyMissing(options: CopyOptions): Promise<LogState> {
  const { source, target, held, newHash, eventsPerAppend, onProgress, check } = options;
  const survey = new Survey(newHash);
  let found = 0;
  let copied = 0;
  let waiting: Event[] = [];
  const append = async () => {
    check();
    if (waiting.length > 0) await target.append(waiting);
    copied += waiting.length;
    waiting = [];
    onProgress({ copied: copied + found, found });
  };
  for await (const events of source.read()) {
    for (const event of events) {
      if (survey.add(event) <= (held.get(event.partitionkey)?.events ?? 0)) found += 1;
      else waiting.push(event);
      if (waiting.length >= eventsPerAppend) await append();
    }
    check();
  }
  await append();
  return survey.state();
}

/** In what the target differs from the source, for people; empty if in nothing. */
export function differencesOf(source: LogState, target: LogState): readonly string[] {
  const keys = [...new Set([...source.keys(), ...target.keys()])];
  return keys.flatMap((key) => {
    const [there, here] = [source.get(key), target.get(key)];
    if (there?.events !== here?.events) {
      return [`${key}: ${there?.events ?? 0} events in the source, ${here?.events ?? 0} in the target`];
    }
    return there?.digest === here?.digest
      ? []
      : [`${key}: same number of events, but not the same events in the same order`];
  });
}
