import { EntitySchema } from 'typeorm';
import { key, text } from '../store/columns.js';

/** Who is delivering a message just now. Not folded from events: it only keeps two workers off the same message. */
export interface DeliveryClaimRow {
  messageId: string;
  claimedUntil: string;
}

export const deliveryClaimTable = new EntitySchema<DeliveryClaimRow>({
  name: 'delivery_claims',
  columns: { messageId: key, claimedUntil: text },
});
