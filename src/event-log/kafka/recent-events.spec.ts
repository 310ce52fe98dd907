import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { measurement, note } from '../../../test/contract/clinic-events.js';
import type { Recorded } from '../envelope.js';
import { RecentEvents } from './recent-events.js';

function recorded(offset: number): Recorded {
  const made = offset % 3 === 0 ? note('reception', offset) : measurement('reception', offset);
  return { event: { ...made, recordedtime: made.time }, position: { partition: 0, offset } };
}

describe('the newest events of a partition', () => {
  it('are what was added, between any two offsets that they cover, and nothing is said of what they do not cover', () => {
    const batch = fc.record({ events: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 8 }), behind: fc.nat(3) });
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.array(batch, { maxLength: 10 }),
        fc.nat(60),
        fc.nat(60),
        fc.integer({ min: 1, max: 9 }),
        (from, batches, after, length, limit) => {
          const recent = new RecentEvents(from);
          const all: Recorded[] = [];
          let to = from;
          for (const { events, behind } of batches) {
            const added = events.map((step) => recorded((to += step)));
            to += behind;
            all.push(...added);
            recent.add(
              added,
              added.map(() => 100),
              to,
            );
          }
          const look = recent.look(['note.written'], after, after + length, limit);
          if (after < from || after + length > to) return expect(look).toBeNull();
          const wanted = all.filter(
            ({ event, position: { offset } }) =>
              event.type === 'note.written' && offset > after && offset <= after + length,
          );
          expect(look?.recorded).toEqual(wanted.slice(0, limit));
          expect(look?.passedTo).toBe(wanted[limit - 1]?.position.offset ?? after + length);
          expect(look?.fault).toBeNull();
        },
      ),
    );
  });

  it.each([
    ['many', 10_000, 100, 4_000],
    ['large', 50, 1_000_000, 4],
  ])('are forgotten, the oldest first, when they are too %s', (_what, count, size, most) => {
    const recent = new RecentEvents(0);
    for (let offset = 1; offset <= count; offset++) recent.add([recorded(offset)], [size], offset);
    expect(recent.look(undefined, 0, count, count)).toBeNull();
    let first = count;
    while (recent.look(undefined, first - 1, count, count)) first--;
    const kept = recent.look(undefined, first, count, count)?.recorded.length ?? 0;
    expect(kept).toBe(count - first);
    expect(kept).toBeLessThanOrEqual(most);
    expect(kept).toBeGreaterThan(most / 2 - 3);
  });

  it('forget everything when something is between them and what comes next', () => {
    const recent = new RecentEvents(0);
    recent.add([recorded(1)], [100], 1);
    recent.reset(7);
    expect(recent.look(undefined, 0, 1, 10)).toBeNull();
    expect(recent.look(undefined, 7, 7, 10)).toEqual({ recorded: [], passedTo: 7, fault: null });
    recent.add([recorded(9)], [100], 9);
    expect(recent.look(undefined, 7, 9, 10)?.recorded).toHaveLength(1);
  });
});
