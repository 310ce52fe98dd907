import { In, Like } from 'typeorm';
import { deciderStateTable, type DeciderStateRow } from '../store/bookkeeping.entity.js';
import { upsert } from '../store/upsert.adapter.js';
import type { ViewTransaction } from '../store/view-store.adapter.js';
import type { ToldReceivers } from './decide-alarm.js';
import type { Digest, FinishedRun, GroupState } from './digest.js';

const keysPerStatement = 10_000;

/**
 * What the decider remembers of one partition, in `decider_states`: a row `group/<group>` per recipient group, a row
 * `run/<group>/<digest>/<run>` per run that a digest has yet to tell of, and a row `alarm/<alarm>` per open alarm that
 * somebody was told of. Changes are gathered and written once.
 */
export class DeciderMemory {
  private readonly changed = new Map<string, DeciderStateRow | null>();
  private readonly forgotten = new Set<string>();
  /** Keys of runs that were taken, by the partition that kept them. */
  private readonly taken = new Map<number, string[]>();

  private constructor(
    private readonly tx: ViewTransaction,
    private readonly decider: string,
    private readonly partition: number,
    private readonly byName: Map<string, GroupState>,
    private readonly toldOf: Map<string, readonly ToldReceivers[]>,
  ) {}

  /** @param alarms the ids of the alarms that are cleared: who was told of them is read at once */
  static async load(
    tx: ViewTransaction,
    decider: string,
    partition: number,
    alarms: readonly string[] = [],
  ): Promise<DeciderMemory> {
    const where = { decider, partition, key: Like('group/%') };
    const rows = await tx.find(deciderStateTable, { where, order: { key: 'ASC' } });
    const groups = rows.map(({ state }) => state as GroupState);
    const byName = new Map(groups.map((group) => [group.definition.name, group]));
    const toldOf = new Map<string, readonly ToldReceivers[]>();
    for (let start = 0; start < alarms.length; start += keysPerStatement) {
      const keys = alarms.slice(start, start + keysPerStatement).map(alarmKey);
      const found = await tx.findBy(deciderStateTable, { decider, partition, key: In(keys) });
      for (const { key, state } of found) toldOf.set(key, state as readonly ToldReceivers[]);
    }
    return new DeciderMemory(tx, decider, partition, byName, toldOf);
  }

  group(name: string): GroupState | null {
    return this.byName.get(name) ?? null;
  }

  /** By name. */
  groups(): readonly GroupState[] {
    return [...this.byName.values()].sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
  }

  keep(group: GroupState, wakeAt: string | null): void {
    const { name } = group.definition;
    this.byName.set(name, group);
    this.change(`group/${name}`, group, wakeAt);
  }

  /** Forgets a group with all that its digests were going to tell. */
  forget(name: string): void {
    this.byName.delete(name);
    this.changed.set(`group/${name}`, null);
    this.forgetBelow(`run/${name}/`);
  }

  keepTold(alarmId: string, receivers: readonly ToldReceivers[]): void {
    this.toldOf.set(alarmKey(alarmId), receivers);
    this.change(alarmKey(alarmId), receivers, null);
  }

  /** Who was told of an alarm, which is forgotten with it: an alarm is cleared once. */
  takeTold(alarmId: string): readonly ToldReceivers[] {
    const key = alarmKey(alarmId);
    const receivers = this.toldOf.get(key);
    if (!receivers) return [];
    this.toldOf.delete(key);
    this.changed.set(key, null);
    return receivers;
  }

  keepRun(group: string, digest: string, run: FinishedRun): void {
    this.change(runKey(group, digest, run.runId), run, null);
  }

  forgetRun(group: string, digest: string, runId: string): void {
    this.changed.set(runKey(group, digest, runId), null);
  }

  forgetRuns(group: string, digest: string): void {
    this.forgetBelow(`run/${group}/${digest}/`);
  }

  /**
   * The runs of all partitions, each once, that digests were going to tell of; just these are forgotten, since others may
   * be adding to them. Sees only what was stored before.
   */
  async takeRuns(group: string, digests: readonly Digest[]): Promise<readonly FinishedRun[]> {
    const runs = new Map<string, FinishedRun>();
    for (const { id } of digests) {
      const where = { decider: this.decider, key: Like(`run/${group}/${id}/%`) };
      for (const { partition, key, state } of await this.tx.find(deciderStateTable, { where })) {
        const run = state as FinishedRun;
        runs.set(run.runId, run);
        this.taken.set(partition, [...(this.taken.get(partition) ?? []), key]);
      }
    }
    return [...runs.values()];
  }

  /** Writes what has changed. */
  async store(): Promise<void> {
    const { decider, partition } = this;
    for (const prefix of this.forgotten) {
      await this.tx.delete(deciderStateTable, { decider, partition, key: Like(`${prefix}%`) });
    }
    for (const [from, keys] of this.taken) await this.remove(from, keys);
    const gone = [...this.changed].filter(([, row]) => row === null).map(([key]) => key);
    await this.remove(partition, gone);
    await upsert(
      this.tx,
      deciderStateTable,
      [...this.changed.values()].filter((row) => row !== null),
    );
  }

  private async remove(partition: number, keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += keysPerStatement) {
      const key = In(keys.slice(start, start + keysPerStatement));
      await this.tx.delete(deciderStateTable, { decider: this.decider, partition, key });
    }
  }

  private change(key: string, state: GroupState | FinishedRun | readonly ToldReceivers[], wakeAt: string | null): void {
    this.changed.set(key, { decider: this.decider, partition: this.partition, key, state, wakeAt });
  }

  /** Rows are forgotten before what has changed is written, so that a row kept again afterwards stays. */
  private forgetBelow(prefix: string): void {
    for (const key of this.changed.keys()) if (key.startsWith(prefix)) this.changed.delete(key);
    this.forgotten.add(prefix);
  }
}

/** Names hold lower-case letters, digits and hyphens only: none of what LIKE takes for a pattern. */
function runKey(group: string, digest: string, runId: string): string {
  return `run/${group}/${digest}/${runId}`;
}

function alarmKey(alarmId: string): string {
  return `alarm/${alarmId}`;
}
