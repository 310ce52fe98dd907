import { Inject, Injectable, Logger } from '@nestjs/common';
import { In } from 'typeorm';
import type { NewEvent } from '../event-log/envelope.js';
import { EVENT_LOG, type EventLog } from '../event-log/event-log.js';
import { describeError, WardroundError } from '../shared/errors.js';
import { LastingTrouble } from '../shared/lasting-trouble.js';
import { outboxTable, type OutboxRow } from '../store/bookkeeping.entity.js';
import { ViewStore, type ViewTransaction } from '../store/view-store.adapter.js';

const rowsPerAppend = 500;
/** SQLite takes at most 32,766 parameters in one statement. */
const rowsPerInsert = 1_000;
const pauseAfterFailureMs = 1000;

/**
 * Decisions on their way to the log. They are put in by the transaction that decided them, and appended afterwards:
 * anyone who is killed in between appends them at the next start, under the same ids, so that each is in the log once.
 * Where processes share the work, the owner of a partition appends what was decided in it.
 *
 * A row is done when it is gone. Nothing remembers up to which place rows were appended, so that one whose transaction
 * commits late, after rows of higher places were appended, is found as well.
 */
@Injectable()
export class OutboxService {
  private readonly trouble = new LastingTrouble(new Logger('Outbox'));
  private working: Promise<void> = Promise.resolve();
  private asked = false;
  private stopped = false;
  private retry: NodeJS.Timeout | null = null;

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(ViewStore) private readonly store: ViewStore,
  ) {}

  /** Puts decisions in, as part of the transaction that made them. Call {@link relay} once it has been committed. */
  async put(tx: ViewTransaction, partition: number, decisions: readonly NewEvent[]): Promise<void> {
    if (decisions.length === 0) return;
    const last = tx
      .createQueryBuilder(outboxTable, 'row')
      .select('COALESCE(MAX(row.place), 0)')
      .where(`row.partition = ${partition}`)
      .getQuery();
    const rows = decisions.map((event, at) => ({
      ...{ source: event.source, id: event.id, partition, event },
      place: () => `(${last}) + ${at + 1}`,
    }));
    for (let start = 0; start < rows.length; start += rowsPerInsert) {
      const values = rows.slice(start, start + rowsPerInsert);
      await tx.createQueryBuilder().insert().into(outboxTable).values(values).orIgnore().updateEntity(false).execute();
    }
  }

  /** Appends what is in the outbox, now or as soon as the log takes it. */
  relay(): void {
    if (this.asked || this.stopped) return;
    this.asked = true;
    this.working = this.working.then(() => {
      this.asked = false;
      return this.drain();
    });
  }

  /** Resolves once what is in the outbox has been appended, or could not be for now. */
  async drained(): Promise<void> {
    this.relay();
    await this.working;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.retry) clearTimeout(this.retry);
    await this.working;
  }

  private async drain(): Promise<void> {
    try {
      for (;;) {
        const rows = await this.store.read.find(outboxTable, {
          where: { partition: In([...this.log.partitions()]) },
          order: { place: 'ASC', source: 'ASC', id: 'ASC' },
          take: rowsPerAppend,
        });
        if (this.stopped) return;
        if (rows.length === 0) return this.trouble.over('Appending decisions works again');
        const refusals: string[] = [];
        const appended = await this.append(rows, refusals);
        for (const [source, ids] of bySource(appended)) {
          await this.store.write((tx) => tx.delete(outboxTable, { source, id: In(ids) }));
        }
        if (refusals.length > 0)
          throw new Error(`${refusals.length} are invalid and stay in the outbox, such as: ${refusals[0]}`);
      }
    } catch (error) {
      this.tell(error);
      this.retry = setTimeout(() => this.relay(), pauseAfterFailureMs);
    }
  }

  private tell(error: unknown): void {
    const text = `Decisions in the outbox cannot be appended at the moment: ${describeError(error)}`;
    const isOfLog = error instanceof WardroundError;
    this.trouble.met(text, isOfLog ? error.code : this.store.troubleKind(error));
  }

  /**
   * A decision that the log refuses does not hold up the others: it stays.
   * @param refusals takes what the log says of it
   */
  private async append(rows: readonly OutboxRow[], refusals: string[]): Promise<readonly OutboxRow[]> {
    try {
      await this.log.append(rows.map(({ event }) => event as NewEvent));
      return rows;
    } catch (error) {
      if (!(error instanceof WardroundError) || error.code !== 'event-invalid') throw error;
      if (rows.length === 1) {
        refusals.push(describeError(error));
        return [];
      }
      const appended: OutboxRow[] = [];
      for (const row of rows) appended.push(...(await this.append([row], refusals)));
      return appended;
    }
  }
}

function bySource(rows: readonly OutboxRow[]): ReadonlyMap<string, string[]> {
  const sources = new Map<string, string[]>();
  for (const { source, id } of rows) sources.set(source, [...(sources.get(source) ?? []), id]);
  return sources;
}
