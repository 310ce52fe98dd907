import { describe, expect, it } from '@jest/globals';
import { Slots } from './slots.js';

const never = new AbortController().signal;

describe('places', () => {
  it('are given to those who came first, and to no more than there are', async () => {
    const slots = new Slots(1);
    const order: string[] = [];
    await slots.take(never);
    const second = slots.take(never).then(() => order.push('second'));
    const third = slots.take(never).then(() => order.push('third'));
    await Promise.resolve();
    expect(order).toEqual([]);
    slots.free();
    await second;
    expect(order).toEqual(['second']);
    slots.free();
    await third;
    slots.free();
    await expect(slots.take(never)).resolves.toBe(true);
  });

  it('are not waited for any longer once the signal fires', async () => {
    const slots = new Slots(1);
    const leaving = new AbortController();
    await slots.take(never);
    const gone = slots.take(leaving.signal);
    const staying = slots.take(never);
    leaving.abort();
    await expect(gone).resolves.toBe(false);
    await expect(slots.take(leaving.signal)).resolves.toBe(false);
    slots.free();
    await expect(staying).resolves.toBe(true);
  });
});
