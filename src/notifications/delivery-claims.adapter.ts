import { LessThan, LessThanOrEqual, MoreThan, Or } from 'typeorm';
import { toIso, type Instant } from '../shared/instant.js';
import { deliveryClaimTable } from './delivery-claim.entity.js';
import { messageTable, type MessageRow } from './views/messages/messages.entity.js';
import type { ViewStore } from '../store/view-store.adapter.js';
import { believedApartMs } from '../shared/log-time.js';
import { latestWait } from './after-attempt.js';

export type DueMessage = Pick<MessageRow, 'messageId' | 'group' | 'channel'>;

/** A claim before which no one held the message: any moment is after it. */
const never = '';

/**
 * Where processes share the work, what one appends reaches the others' eyes a moment later, or much later on a bad day. Until
 * then the claim alone tells them that a message has gone out.
 */
export const longestClaimMs = 24 * 60 * 60_000;

/** Up to when a claim may last. What is later was claimed by a clock that ran ahead, and has ended. */
function latestClaim(now: Instant): string {
  return toIso(now + longestClaimMs + believedApartMs);
}

/** Keeps two workers off the same message, in one process or several: who holds the claim delivers. */
export class DeliveryClaims {
  constructor(private readonly store: ViewStore) {}

  /**
   * Claims the message that has been due for longest and that no one holds.
   * @param except channels to pass over
   * @param until when the claim ends by itself
   */
  async claimDue(now: Instant, until: Instant, except: readonly string[]): Promise<DueMessage | null> {
    for (;;) {
      const due = await this.findDue(now, except);
      if (!due) return null;
      if (await this.claim(due.messageId, now, until)) return due;
    }
  }

  /** Lets the claim that one holds end at another time. */
  async holdUntil(messageId: string, until: Instant): Promise<void> {
    await this.store.write((tx) => tx.update(deliveryClaimTable, { messageId }, { claimedUntil: toIso(until) }));
  }

  /** Lets the claim that one holds last until then, if it does not last longer anyway. */
  async extend(messageId: string, until: Instant): Promise<void> {
    const claimedUntil = toIso(until);
    await this.store.write((tx) =>
      tx.update(deliveryClaimTable, { messageId, claimedUntil: LessThan(claimedUntil) }, { claimedUntil }),
    );
  }

  /** Ends all claims: right only where no other process can hold one. */
  async releaseAll(): Promise<void> {
    await this.store.write((tx) => tx.createQueryBuilder().delete().from(deliveryClaimTable).execute());
  }

  /** Removes claims that have ended: they keep no one off any more. */
  async sweep(now: Instant): Promise<void> {
    await this.store.write((tx) =>
      tx
        .createQueryBuilder()
        .delete()
        .from(deliveryClaimTable)
        .where({ claimedUntil: LessThanOrEqual(toIso(now)) })
        .execute(),
    );
  }

  private findDue(now: Instant, except: readonly string[]): Promise<DueMessage | null> {
    const [wait, claim] = [toIso(latestWait(now)), latestClaim(now)];
    const query = this.store.read
      .createQueryBuilder(messageTable, 'message')
      .select(['message.messageId', 'message.group', 'message.channel'])
      .leftJoin(deliveryClaimTable.options.name, 'claim', 'claim.messageId = message.messageId')
      .where('message.state = :waiting', { waiting: 'waiting' })
      .andWhere('(message.nextAttemptAt <= :now OR message.nextAttemptAt > :wait)', { now: toIso(now), wait })
      .andWhere('(claim.claimedUntil IS NULL OR claim.claimedUntil <= :now OR claim.claimedUntil > :claim)', { claim })
      .orderBy('message.nextAttemptAt')
      .addOrderBy('message.messageId')
      .limit(1);
    if (except.length > 0) query.andWhere('message.channel NOT IN (:...except)', { except });
    return query.getOne();
  }

  /** The one conditional update decides who gets it; the insert before it only makes sure that there is a row. */
  private claim(messageId: string, now: Instant, until: Instant): Promise<boolean> {
    return this.store.write(async (tx) => {
      const row = { messageId, claimedUntil: never };
      await tx
        .createQueryBuilder()
        .insert()
        .into(deliveryClaimTable)
        .values(row)
        .orIgnore()
        .updateEntity(false)
        .execute();
      const claimed = await tx.update(
        deliveryClaimTable,
        { messageId, claimedUntil: Or(LessThanOrEqual(toIso(now)), MoreThan(latestClaim(now))) },
        { claimedUntil: toIso(until) },
      );
      return claimed.affected === 1;
    });
  }
}
