import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toIso, type Instant } from '../../../shared/instant.js';
import { nextDigestDue } from '../../digest-timetable.adapter.js';
import type { RecipientGroupDefinition } from '../../recipient-group.js';
import type { NextDue } from '../occasion.js';
import { afterDigest, defineGroup, dueDigests, replanned, wakeAt, type GroupState } from './digest.js';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.parse('2026-11-22T00:00:00Z');

/** `daily` at the first millisecond of each day, `weekly` of each seventh: quick to compute. */
const everySo: NextDue = (at, _zone, after) => {
  if (at === 'never') return null;
  const step = at === 'daily' ? day : 7 * day;
  return (Math.floor((after - start) / step) + 1) * step + start;
};

function definition(...lines: readonly string[]): RecipientGroupDefinition {
  const to = ['it@clinic.example'];
  const subscriptions = lines.map((at) => ({ takes: 'digest' as const, channel: 'email', to, at }));
  return { name: 'it', locale: 'en', timeZone: 'UTC', subscriptions };
}

const defined = (now: Instant, ...lines: readonly string[]) => defineGroup(null, definition(...lines), now, everySo);

/** As the decider does it when it is woken. @returns the group afterwards, and the periods that were told */
function wake(group: GroupState, now: Instant) {
  const planned = replanned(group, now, everySo);
  const due = dueDigests(planned, now);
  const after = due.reduce((state, digest) => afterDigest(state, digest, everySo), planned);
  return { after, periods: due.map(({ period }) => period), ids: due.map(({ messageId }) => messageId) };
}

describe('a digest, where the clock', () => {
  it('F6 kind: ran two years ahead, is due at the next time that its cron line names, and no later', () => {
    const told = wake(defined(start, 'daily'), start + 730 * day + hour).after;
    expect(wakeAt(told)).toBe(toIso(start + 731 * day));
    const { after, periods } = wake(told, start + day + hour);
    expect(periods).toEqual([]);
    expect(after.digests).toMatchObject([{ toldUntil: toIso(start + day + hour), dueAt: toIso(start + 2 * day) }]);
    expect(wake(after, start + 2 * day).periods).toEqual([
      { from: toIso(start + day + hour), until: toIso(start + 2 * day) },
    ]);
  });

  it('F6 kind: ran ahead when it was defined, counts runs from when the clock was right', () => {
    const { after } = wake(defined(start + 730 * day, 'daily'), start + hour);
    expect(after.digests).toMatchObject([{ since: toIso(start + hour), toldUntil: toIso(start + hour) }]);
  });

  it('F6 kind: leaps two years ahead, is told once and not for each day', () => {
    const { after, periods } = wake(defined(start, 'daily', 'weekly'), start + 730 * day);
    expect(periods).toEqual([{ from: toIso(start), until: toIso(start + 730 * day) }]);
    expect(wake(after, start + 730 * day + 1000).periods).toEqual([]);
  });

  it('F6 kind: ran ahead, leaves one that is due later as it was planned', () => {
    const group = wake(defined(start, 'daily', 'weekly'), start + day).after;
    const [daily, weekly] = wake(group, start + day + hour).after.digests;
    expect([daily?.dueAt, weekly?.dueAt]).toEqual([toIso(start + 2 * day), toIso(start + 7 * day)]);
    expect(weekly?.toldUntil).toBe(toIso(start));
  });

  it('F6 kind: says nothing of one whose cron line names no day', () => {
    const group = defined(start + 730 * day, 'never');
    expect(replanned(group, start, everySo)).toEqual(group);
    expect(wakeAt(group)).toBeNull();
  });

  it('runs evenly, is not planned again: it is as it was', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 3 * day }), { maxLength: 20 });
    fc.assert(
      fc.property(steps, (pauses) => {
        let [group, now] = [defined(start, 'daily', 'weekly'), start];
        for (const pause of pauses) {
          now += pause;
          const due = dueDigests(group, now);
          if (due.length === 0) expect(replanned(group, now, everySo)).toEqual(group);
          group = wake(group, now).after;
        }
      }),
    );
  });

  it('F6 kind: leaps as it likes, is due by its next time, tells no period backwards, and no two messages have one id', () => {
    // No two at the same millisecond, which is what tells two messages of one due time apart.
    const moments = fc.uniqueArray(fc.integer({ min: 1, max: 1000 * day }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(moments, (offsets) => {
        let group = defined(start, 'daily', 'weekly');
        const told: string[] = [];
        for (const now of offsets.map((offset) => start + offset)) {
          const { after, periods, ids } = wake(group, now);
          for (const { from, until } of periods) expect(from <= until).toBe(true);
          for (const { at, dueAt } of after.digests) {
            expect(dueAt !== null && dueAt <= toIso(everySo(at, undefined, now) ?? 0)).toBe(true);
          }
          told.push(...ids);
          group = after;
        }
        expect(new Set(told).size).toBe(told.length);
      }),
    );
  });
});

describe('the time of a digest', () => {
  it.each([
    // Clocks of Berlin go from 02:00 to 03:00 on 2027-03-28, and from 03:00 to 02:00 on 2027-10-31.
    ['30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', '2027-03-28T01:00:00.000Z'],
    ['30 2 * * *', 'Europe/Berlin', '2027-10-31T00:30:00Z', '2027-11-01T01:30:00.000Z'],
    ['0 7 * * *', 'Europe/Berlin', '2027-07-01T12:00:00Z', '2027-07-02T05:00:00.000Z'],
  ])('%s in %s comes once on the nights of the clock change: after %s at %s', (at, zone, after, due) => {
    expect(toIso(nextDigestDue(at, zone, Date.parse(after)) ?? 0)).toBe(due);
  });

  it.each(['0 0 30 2 *', 'nonsense'])('is none for %s, which costs no other digest anything', (at) => {
    expect(nextDigestDue(at, 'UTC', start)).toBeNull();
  });
});
