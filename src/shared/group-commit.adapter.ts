import { setImmediate as nextTurn } from 'node:timers/promises';

/** What a group commit is about. */
export interface GroupWork<Item, Result> {
  /**
   * Does all of them in one transaction, and waits for no checkpoint that another process holds.
   * @returns their results, in order
   * @throws if one of them could not be done; then none is
   */
  together(items: readonly Item[]): Promise<readonly Result[]>;
  /** Does one in its own transaction. */
  alone(item: Item): Promise<Result>;
  /** Whether an error would meet each of them alone as well: the database is not available. */
  isOfAll(error: unknown): boolean;
}

interface Member<Item, Result> {
  readonly key: string;
  readonly item: Item;
  resolve(result: Result | Promise<Result>): void;
  reject(error: unknown): void;
}

/** These bound what one transaction writes. Who has more to do than a member may has a transaction of his own, beside others. */
const mostMembers = 16;
const mostEventsOfMember = 500;

/**
 * Group commit: what is asked for while one transaction is under way is done in the next, all of it together. A process with many
 * partitions otherwise pays for each of them with transactions that hold a few events.
 *
 * Where a group fails, its members are done alone, so that the one at fault harms no other; who failed alone stays alone until
 * it succeeds.
 */
export class GroupCommit<Item, Result> {
  private readonly waiting: Member<Item, Result>[] = [];
  /** Keys of those that wait or are under way. */
  private readonly members = new Set<string>();
  private readonly troubled = new Set<string>();
  private isAtWork = false;

  constructor(private readonly work: GroupWork<Item, Result>) {}

  /**
   * @param key whose item it is: a group holds no two of one
   * @param events how many it is about, at most
   */
  do(key: string, item: Item, events: number): Promise<Result> {
    const goesAlone = events > mostEventsOfMember || this.troubled.has(key) || this.members.has(key);
    if (goesAlone) return this.alone(key, item);
    return new Promise((resolve, reject) => {
      this.members.add(key);
      this.waiting.push({ key, item, resolve, reject });
      if (!this.isAtWork) void this.doWaiting();
    });
  }

  private async doWaiting(): Promise<void> {
    this.isAtWork = true;
    do {
      // Anyone who answers a commit with the next one is in the next group.
      await nextTurn();
      await this.commit(this.waiting.splice(0, mostMembers));
    } while (this.waiting.length > 0);
    this.isAtWork = false;
  }

  private async commit(members: readonly Member<Item, Result>[]): Promise<void> {
    try {
      const results = await this.work.together(members.map(({ item }) => item)).finally(() => {
        for (const { key } of members) this.members.delete(key);
      });
      members.forEach(({ resolve }, at) => resolve(results[at] as Result));
    } catch (error) {
      const isOfAll = this.work.isOfAll(error);
      // The next group does not wait for them: one may have to wait for another process.
      for (const { key, item, resolve, reject } of members) {
        if (isOfAll) reject(error);
        else resolve(this.alone(key, item));
      }
    }
  }

  private async alone(key: string, item: Item): Promise<Result> {
    try {
      const result = await this.work.alone(item);
      this.troubled.delete(key);
      return result;
    } catch (error) {
      this.troubled.add(key);
      throw error;
    }
  }
}
