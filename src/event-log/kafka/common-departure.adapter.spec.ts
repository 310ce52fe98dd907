import { describe, expect, it } from '@jest/globals';
import { CommonDeparture } from './common-departure.adapter.js';

const anHour = 3_600_000;

describe('a common departure', () => {
  it('is one for all who wait for it, and then another', async () => {
    const departure = new CommonDeparture({ most: 20, quiet: 2 });
    const first = departure.next();
    expect(departure.next()).toBe(first);
    await first;
    expect(departure.next()).not.toBe(first);
  });

  it('is as soon as no one comes any more', async () => {
    const departure = new CommonDeparture({ most: anHour, quiet: 2 });
    for (let count = 0; count < 3; count++) departure.arrived();
    await expect(departure.next()).resolves.toBeUndefined();
  });

  it('waits for those who come, but not forever', async () => {
    const departure = new CommonDeparture({ most: 50, quiet: 5 });
    let isOver = false;
    const come = () => {
      departure.arrived();
      if (!isOver) setImmediate(come);
    };
    come();
    const begun = performance.now();
    await departure.next();
    isOver = true;
    // Timers count in whole milliseconds.
    expect(performance.now() - begun).toBeGreaterThanOrEqual(49);
  });
});
