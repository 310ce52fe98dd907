import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { WardroundError } from '../shared/errors.js';
import type { Event } from './envelope.js';
import type { EventLog } from './event-log.js';
import { EventTypes } from './event-types.js';
import type { CopiedLog, RunningHash, TargetLog } from './log-copy.js';
import { SqliteReader } from './sqlite-reader.adapter.js';

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

  async *read(): AsyncGenerator<readonly Event[]> {
    for await (const batch of this.reader.read({}, 0, this.reader.head(), Number.POSITIVE_INFINITY)) {
      yield batch.map(({ event }) => event);
    }
  }

  close(): void {
    this.reader.close();
  }
}

/** An open log, of which `eventTypes` are {@link TypesAsWritten}. What it cannot do for a while is done again. */
export class OpenLog implements TargetLog {
  constructor(private readonly log: EventLog) {}

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
        await pause(Math.min(longestPauseMs, 100 * 2 ** tries));
      }
    }
  }
}

/** Whether the same append may go well later. A repeat is not stored twice. */
function passes(error: unknown): boolean {
  return error instanceof WardroundError && ['outcome-unknown', 'unreachable', 'overloaded'].includes(error.code);
}
