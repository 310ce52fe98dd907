import { Inject, Injectable } from '@nestjs/common';
import type { Recorded } from '../event-log/envelope.js';
import {
  EVENT_LOG,
  type Checkpoint,
  type EventLog,
  type Subscription,
  type SubscriptionStatus,
} from '../event-log/event-log.js';
import { WardroundError } from '../shared/errors.js';
import { SerialQueue } from '../shared/serial-queue.js';
import { allViews, type View } from './all-views.adapter.js';
import { viewVersionTable } from './bookkeeping.entity.js';
import { largerBatches } from './larger-batches.js';
import type { ViewChanges } from './view-changes.js';
import { upsert } from './upsert.adapter.js';
import { ViewStore, type ViewTransaction } from './view-store.adapter.js';

const subscriptionName = 'views';

/** A view writes each touched row once a batch: fewer writes for a row that changes often, such as a check-up's status. */
const rebuildBatch = 5_000;

export interface RebuiltView {
  readonly name: string;
  /** Rows that stood otherwise, or not at all, before the rebuild. */
  readonly rowsChanged: number;
}

/** Keeps the views folded from the log, and rebuilds them. */
@Injectable()
export class ViewsService implements ViewChanges {
  private readonly listeners = new Set<(views: ReadonlySet<string>) => void>();
  private subscription: Subscription | null = null;
  private stopping = false;
  /** One rebuild after the other: they build in the same place. */
  private readonly rebuilds = new SerialQueue();

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(ViewStore) private readonly store: ViewStore,
  ) {}

  /** Rebuilds what an older version of the program folded, then follows the log. */
  async start(): Promise<void> {
    const outdated = await this.outdatedViews();
    const nothingFolded = (await this.store.load(subscriptionName)).size === 0;
    if (nothingFolded) await this.noteVersions(allViews);
    else if (outdated.length > 0) await this.rebuildViews(outdated);
    const touched = new Set<string>();
    this.subscription = this.log.subscribe<ViewTransaction>({
      name: subscriptionName,
      types: allViews.flatMap((view) => view.types),
      checkpoints: {
        load: (name) => this.store.load(name),
        commit: async (moves, work) => {
          touched.clear();
          const committed = await this.store.commit(moves, work);
          if (committed && touched.size > 0) this.tell(new Set(touched));
          return committed;
        },
      },
      handle: async (batch, tx) => {
        for (const name of await project(allViews, batch, tx)) touched.add(name);
      },
    });
  }

  listen(onChange: (views: ReadonlySet<string>) => void): () => void {
    this.listeners.add(onChange);
    return () => this.listeners.delete(onChange);
  }

  /** Resolves once the views show all that was in the log when it was called. */
  async caughtUp(): Promise<void> {
    await this.running().caughtUp();
  }

  status(): Promise<SubscriptionStatus> {
    return this.running().status();
  }

  /**
   * Folds one view, or all, anew beside the old tables, compares, and takes their place. Nothing is decided, sent or
   * started by it.
   * @throws WardroundError `not-found` if there is no such view; `cancelled` if it is stopped meanwhile
   */
  async rebuild(name?: string): Promise<readonly RebuiltView[]> {
    const views = name === undefined ? allViews : allViews.filter((view) => view.name === name);
    if (views.length === 0) {
      throw new WardroundError(
        'not-found',
        `there is no view "${name}"`,
        `The views are ${allViews.map((view) => view.name).join(', ')}`,
      );
    }
    const rebuilt = await this.rebuilds.run(() => this.rebuildViews(views));
    this.tell(new Set(views.map((view) => view.name)));
    return rebuilt;
  }

  /** Ends the following, and a rebuild in hand, which leaves the old tables as they were. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.rebuilds.drained();
    await this.subscription?.stop();
    this.listeners.clear();
  }

  private running(): Subscription {
    if (!this.subscription) throw new WardroundError('log-closed', 'the views have not been started');
    return this.subscription;
  }

  private tell(views: ReadonlySet<string>): void {
    for (const listener of this.listeners) listener(views);
  }

  private async outdatedViews(): Promise<readonly View[]> {
    const versions = await this.store.read.find(viewVersionTable);
    const known = new Map(versions.map(({ view, version }) => [view, version]));
    return allViews.filter((view) => known.get(view.name) !== view.version);
  }

  private async rebuildViews(views: readonly View[]): Promise<readonly RebuiltView[]> {
    const tables = views.flatMap((view) => view.tables);
    const changed = await this.store.replaceTables(subscriptionName, tables, async (beside, from, upTo) => {
      return this.foldBeside(views, beside, from, upTo);
    });
    await this.noteVersions(views);
    return views.map((view) => ({
      name: view.name,
      rowsChanged: view.tables.reduce((sum, table) => sum + (changed.get(table) ?? 0), 0),
    }));
  }

  private async noteVersions(views: readonly View[]): Promise<void> {
    const rows = views.map(({ name, version }) => ({ view: name, version }));
    await this.store.write((tx) => upsert(tx, viewVersionTable, rows));
  }

  /** Folds what lies behind `from`, at most up to `upTo`, and says how far it came. */
  private async foldBeside(
    views: readonly View[],
    beside: ViewStore,
    from: Checkpoint,
    upTo: Checkpoint,
  ): Promise<Checkpoint> {
    const reached = new Map(from);
    const read = this.log.read({ types: views.flatMap((view) => view.types), after: from });
    for await (const batch of largerBatches(read, rebuildBatch)) {
      if (this.stopping)
        throw new WardroundError('cancelled', 'Wardround stops, and the rebuild with it', 'Do it again');
      const wanted = batch.filter(({ position }) => position.offset <= (upTo.get(position.partition) ?? 0));
      if (wanted.length > 0) await beside.write((tx) => project(views, wanted, tx));
      if (wanted.length < batch.length) break;
    }
    for (const [partition, offset] of upTo) reached.set(partition, offset);
    return reached;
  }
}

/** @returns the names of the views that the batch touched */
async function project(
  views: readonly View[],
  batch: readonly Recorded[],
  tx: ViewTransaction,
): Promise<readonly string[]> {
  const touched: string[] = [];
  for (const view of views) {
    if (await view.project(batch, tx)) touched.push(view.name);
  }
  return touched;
}
