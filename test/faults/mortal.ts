import type { EventLog } from '../../src/event-log/event-log.js';
import type { ViewStore, ViewTransaction } from '../../src/store/view-store.adapter.js';

/**
 * A process that dies after so many breaths. It breathes before and after each thing it asks of a disk, and before each
 * commit; once dead, it asks for nothing more, and learns of nothing.
 */
export class Mortality {
  constructor(private breathsLeft: number) {}

  breathe(): void {
    if (this.breathsLeft === 0) throw new Error('dead');
    this.breathsLeft--;
  }
}

/** The log as such a process has it: what it appends may be in the log though it never heard so. */
export function mortalLog(log: EventLog, mortality: Mortality): EventLog {
  return {
    ...{ read: (filter) => log.read(filter), head: () => log.head(), close: () => log.close() },
    ...{ identity: () => log.identity(), partitions: () => log.partitions() },
    subscribe: (options) => log.subscribe(options),
    async append(events) {
      mortality.breathe();
      const positions = await log.append(events);
      mortality.breathe();
      return positions;
    },
  };
}

/** The views' database as such a process has it: a transaction is rolled back, or committed without its hearing so. */
export function mortalStore(store: ViewStore, mortality: Mortality): ViewStore {
  async function write<T>(work: (tx: ViewTransaction) => Promise<T>): Promise<T> {
    mortality.breathe();
    const result = await store.write(async (tx) => {
      const done = await work(tx);
      mortality.breathe();
      return done;
    });
    mortality.breathe();
    return result;
  }
  return new Proxy(store, {
    get: (target, name, receiver): unknown => (name === 'write' ? write : Reflect.get(target, name, receiver)),
  });
}
