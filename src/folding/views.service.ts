import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Recorded } from '../event-log/envelope.js';
import {
  EVENT_LOG,
  type Checkpoint,
  type CheckpointMove,
  type EventLog,
  type Subscription,
  type SubscriptionStatus,
} from '../event-log/event-log.js';
import { WardroundError } from '../shared/errors.js';
import { SerialQueue } from '../shared/serial-queue.js';
import { settleAll } from '../shared/settle-all.js';
import { viewVersionTable } from '../store/bookkeeping.entity.js';
import { largerBatches } from './larger-batches.js';
import { OthersFolds } from './others-folds.adapter.js';
import { LeftOut } from './parked/left-out.adapter.js';
import { ParkedLot } from './parked/parked-lot.adapter.js';
import type { ViewChanges } from './view-changes.js';
import { upsert } from '../store/upsert.adapter.js';
import { ViewStore, type FoldBeside, type ViewTransaction, type WriteBeside } from '../store/view-store.adapter.js';
import { foldBatch, tableNames, type View } from './view.adapter.js';

const subscriptionName = 'views';

/** A view writes each touched row once a batch: fewer writes for a row that changes often, such as a check-up's status. */
const rebuildBatch = 5_000;

export interface RebuiltView {
  readonly name: string;
  /** Rows that were different, or not at all, before the rebuild. */
  readonly rowsChanged: number;
}

/** The injection token of the list of views. */
export const VIEWS = Symbol('Views');

/** Keeps the views folded from the log, and rebuilds them. */
@Injectable()
export class ViewsService implements ViewChanges {
  private readonly listeners = new Set<(views: ReadonlySet<string>) => void>();
  private subscription: Subscription | null = null;
  /** Ends a rebuild, or the waiting for one of another process. */
  private readonly stopping = new AbortController();
  private readonly rebuilds = new SerialQueue();
  private folds: OthersFolds | null = null;
  /** By partition, which are folded side by side: the views that the batch in progress has touched. */
  private readonly touched = new Map<number, Set<string>>();

  /** @param parking where events go that a view refuses; without it, the views wait at such an event */
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(VIEWS) private readonly views: readonly View[],
    @Optional() @Inject(ParkedLot) private readonly parking: ParkedLot | null = null,
  ) {}

  /** Rebuilds what an older version of the program folded, then follows the log. */
  async start(): Promise<void> {
    await this.bringToVersion();
    const { store, views } = this;
    const everyView = new Set(views.map(({ name }) => name));
    if (store.shared)
      this.folds = new OthersFolds(
        () => store.load(subscriptionName),
        () => this.tell(everyView),
      );
    this.subscription = this.log.subscribe<ViewTransaction>({
      name: subscriptionName,
      types: views.flatMap((view) => view.types),
      checkpoints: { load: (name) => store.load(name), commit: (moves, work) => this.commit(moves, work) },
      ...(this.parking ? { parking: this.parking } : {}),
      handle: async (batch, tx, partition) => {
        for (const name of await project(views, batch, tx)) this.touched.get(partition)?.add(name);
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
   * Folds one view, or all, again beside the old tables, compares, and takes their place. Nothing is decided, sent or
   * started by it. What is parked stays parked, and out of the new tables, until it is tried again.
   * @throws WardroundError `not-found` if there is no such view; `cancelled` if it is stopped meanwhile
   */
  async rebuild(name?: string): Promise<readonly RebuiltView[]> {
    const views = name === undefined ? this.views : this.views.filter((view) => view.name === name);
    if (views.length === 0) {
      throw new WardroundError(
        'not-found',
        `there is no view "${name}"`,
        `The views are ${this.views.map((view) => view.name).join(', ')}`,
      );
    }
    const rebuilt = await this.rebuilds.run(() => this.rebuildViews(views));
    this.tell(new Set(views.map((view) => view.name)));
    return rebuilt;
  }

  /** Ends the following, and a rebuild in progress, which leaves the old tables as they were. */
  async stop(): Promise<void> {
    this.stopping.abort(
      new WardroundError('cancelled', 'the rebuild was cancelled, because Wardround is stopping', 'Run it again'),
    );
    await this.rebuilds.drained();
    await this.subscription?.stop();
    await this.folds?.stop();
    this.listeners.clear();
  }

  private async commit(moves: readonly CheckpointMove[], work: (tx: ViewTransaction) => Promise<void>) {
    this.folds?.moving(moves);
    let touched: ReadonlySet<string> = new Set();
    let committed = false;
    try {
      committed = await this.store.commit(moves, async (tx) => {
        const names = new Set<string>();
        for (const { partition } of moves) this.touched.set(partition, names);
        await work(tx);
        touched = names;
      });
    } finally {
      if (!committed) this.folds?.notMoved(moves);
    }
    if (committed && touched.size > 0) this.tell(touched);
    return committed;
  }

  private running(): Subscription {
    if (!this.subscription) throw new WardroundError('log-closed', 'the views have not been started');
    return this.subscription;
  }

  private tell(views: ReadonlySet<string>): void {
    for (const listener of this.listeners) listener(views);
  }

  /** One process after the other: anyone who waited finds that it is done. */
  private async bringToVersion(): Promise<void> {
    if ((await this.outdatedViews()).length === 0) return;
    const bring = async () => {
      const outdated = await this.outdatedViews();
      const nothingFolded = (await this.store.load(subscriptionName)).size === 0;
      if (nothingFolded) await this.parking?.restoreDiscarded();
      if (nothingFolded) await this.noteVersions(this.views);
      else if (outdated.length > 0) await this.rebuildViews(outdated);
    };
    await this.rebuilds.run(() => this.store.exclusively('view versions', bring, this.stopping.signal));
  }

  private async outdatedViews(): Promise<readonly View[]> {
    const versions = await this.store.read.find(viewVersionTable);
    const known = new Map(versions.map(({ view, version }) => [view, version]));
    return this.views.filter((view) => known.get(view.name) !== view.version);
  }

  private async rebuildViews(views: readonly View[]): Promise<readonly RebuiltView[]> {
    const tables = tableNames(views);
    const leftOut = new LeftOut(this.log, this.parking, subscriptionName);
    const fold: FoldBeside = (write, from, upTo) => this.foldBeside(views, leftOut, write, from, upTo);
    const changed = await this.store.replaceTables(subscriptionName, tables, fold, this.stopping.signal);
    await this.noteVersions(views);
    return views.map((view) => ({
      name: view.name,
      rowsChanged: tableNames([view]).reduce((sum, table) => sum + (changed.get(table) ?? 0), 0),
    }));
  }

  private async noteVersions(views: readonly View[]): Promise<void> {
    const rows = views.map(({ name, version }) => ({ view: name, version }));
    await this.store.write((tx) => upsert(tx, viewVersionTable, rows));
  }

  /** Folds what is behind `from`, at most up to `upTo`, and says how far it came. */
  private async foldBeside(
    views: readonly View[],
    leftOut: LeftOut,
    write: WriteBeside,
    from: Checkpoint,
    upTo: Checkpoint,
  ): Promise<Checkpoint> {
    const isWanted = ({ position }: Recorded) => position.offset <= (upTo.get(position.partition) ?? 0);
    const fold = async (batch: readonly Recorded[]) => {
      if (batch.length > 0) await write(async (tx) => void (await project(views, batch, tx)));
    };
    await fold(await leftOut.beginPass());
    const read = this.log.read({ types: views.flatMap((view) => view.types), after: from });
    const ahead = new Set<number>();
    for await (const batch of largerBatches(read, rebuildBatch)) {
      this.stopping.signal.throwIfAborted();
      const wanted = batch.filter(isWanted);
      await fold(leftOut.fold(wanted));
      if (wanted.length === batch.length) continue;
      for (const recorded of batch) if (!isWanted(recorded)) ahead.add(recorded.position.partition);
      if ([...upTo.keys()].every((partition) => ahead.has(partition))) break;
    }
    return new Map([...from, ...upTo]);
  }
}

/** @returns the names of the views that the batch touched */
async function project(
  views: readonly View[],
  batch: readonly Recorded[],
  tx: ViewTransaction,
): Promise<readonly string[]> {
  // They share nothing, so that their statements need not wait for each other.
  const touched = await settleAll(views.map((view) => foldBatch(view, batch, tx)));
  return views.filter((_, index) => touched[index]).map(({ name }) => name);
}
