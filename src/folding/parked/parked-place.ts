/** Where a parked event is: its row's key. */
export interface ParkedPlace {
  readonly subscription: string;
  readonly partition: number;
  readonly eventPartition: number;
  readonly offset: number;
}

/** The id of a parked event, for people and addresses: `views.0.0.4711`. No subscription has a dot in its name. */
export function parkedId({ subscription, partition, eventPartition, offset }: ParkedPlace): string {
  return [subscription, partition, eventPartition, offset].join('.');
}

/** The place that an id of {@link parkedId} names, or null if it is none. */
export function parseParkedId(id: string): ParkedPlace | null {
  const match = /^([^.]{1,200})\.([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,15})$/.exec(id);
  const [, subscription, partition, eventPartition, offset] = match ?? [];
  if (!subscription || !partition || !eventPartition || !offset) return null;
  const [inPartition, lyingIn, at] = [Number(partition), Number(eventPartition), Number(offset)];
  return { subscription, partition: inPartition, eventPartition: lyingIn, offset: at };
}

/** The place alone, of a row or of whatever names one. */
export function placeOf({ subscription, partition, eventPartition, offset }: ParkedPlace): ParkedPlace {
  return { subscription, partition, eventPartition, offset };
}
