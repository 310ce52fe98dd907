import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Event } from './envelope.js';
import {
  copyMissing,
  differencesOf,
  eventsIn,
  refuseOtherEvents,
  surveyOf,
  type CopyProgress,
  type RunningHash,
  type TargetLog,
} from './log-copy.js';

/** The texts themselves: no two differ and hash alike. */
function newHash(): RunningHash {
  const texts: string[] = [];
  return { add: (text) => texts.push(text), value: () => texts.join('\n') };
}

function event(key: string, number: number): Event {
  return {
    specversion: '1.0',
    id: `${key}-${number}`,
    source: key,
    type: 'checkup.completed',
    subject: `${key}/checkups/load`,
    time: '2026-11-22T02:00:00.000Z',
    datacontenttype: 'application/json',
    dataschema: 'urn:wardround:event:checkup.completed:v1',
    data: { number },
    partitionkey: key,
    recordedtime: '2026-11-22T02:00:00.000Z',
  };
}

/** A log that keeps keys apart, as Kafka does, and stores each event once. */
class KeyedLog implements Pick<TargetLog, 'read' | 'append'> {
  readonly events: Event[] = [];
  /** After so many more appended events, the process is killed. */
  lives = Number.POSITIVE_INFINITY;

  constructor(events: readonly Event[] = []) {
    this.events.push(...events);
  }

  async *read() {
    const keys = [...new Set(this.events.map(({ partitionkey }) => partitionkey))].sort();
    for (const key of keys) yield this.events.filter(({ partitionkey }) => partitionkey === key);
  }

  async append(events: readonly Event[]) {
    // Of what is under way when the process dies, each key may come through or not.
    for (const one of events) {
      if (this.lives-- <= 0) throw new Error('killed');
      if (!this.events.some(({ id }) => id === one.id)) this.events.push(one);
    }
  }
}

async function copy(source: KeyedLog, target: KeyedLog, told: CopyProgress[] = []) {
  const held = await surveyOf(target, newHash);
  if (held.size > 0) await refuseOtherEvents(source, held, newHash);
  const state = await copyMissing({
    ...{ source, target, held, newHash, eventsPerAppend: 3 },
    onProgress: (progress) => told.push(progress),
    check: () => undefined,
  });
  return differencesOf(state, await surveyOf(target, newHash));
}

const someEvents = fc
  .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 })
  .map((keys) => keys.map((key, at) => event(key, at)));

describe('a copied log', () => {
  it('holds every event once and in order per key, however often the copy was killed', async () => {
    await fc.assert(
      fc.asyncProperty(someEvents, fc.array(fc.nat(8), { maxLength: 5 }), async (events, kills) => {
        const source = new KeyedLog(events);
        const target = new KeyedLog();
        for (const lives of kills) {
          target.lives = lives;
          await copy(source, target).catch((error: unknown) => expect(String(error)).toContain('killed'));
        }
        target.lives = Number.POSITIVE_INFINITY;
        expect(await copy(source, target)).toEqual([]);
        expect(target.events).toHaveLength(events.length);
        for (const key of ['a', 'b', 'c']) {
          const ofKey = ({ partitionkey }: Event) => partitionkey === key;
          expect(target.events.filter(ofKey)).toEqual(events.filter(ofKey));
        }
      }),
    );
  });

  it('is carried on with what is missing, and says how far it is', async () => {
    const events = ['a', 'b', 'a', 'b', 'a'].map((key, at) => event(key, at));
    const target = new KeyedLog(events.slice(0, 2));
    const told: CopyProgress[] = [];
    expect(await copy(new KeyedLog(events), target, told)).toEqual([]);
    expect(told.at(-1)).toEqual({ copied: 5, found: 2 });
    expect(eventsIn(await surveyOf(target, newHash))).toBe(5);
  });

  it.each([
    ['another event of a key', [event('a', 7)]],
    ['events of a key in another order', [event('a', 2), event('a', 1)]],
    ['an event more than the source', [event('a', 1), event('a', 2), event('a', 3)]],
    ['a key that the source does not know', [event('b', 1)]],
    ['an event with other data', [{ ...event('a', 1), data: { number: 8 } }]],
  ])('is refused where the target holds %s', async (_what, held) => {
    const source = new KeyedLog([event('a', 1), event('a', 2)]);
    await expect(copy(source, new KeyedLog(held))).rejects.toMatchObject({ code: 'conflict' });
  });

  it('differs where events are missing, come twice, or are others', async () => {
    const state = (events: readonly Event[]) => surveyOf(new KeyedLog(events), newHash);
    const whole = await state([event('a', 1), event('a', 2), event('b', 1)]);
    expect(differencesOf(whole, await state([event('a', 1), event('b', 1)]))).toEqual([
      'a: 2 events in the source, 1 in the target',
    ]);
    expect(differencesOf(whole, await state([event('a', 2), event('a', 1), event('b', 1), event('c', 1)]))).toEqual([
      'a: same number of events, but not the same events in the same order',
      'c: 0 events in the source, 1 in the target',
    ]);
  });

  it('is ended between two appends when someone asks for it', async () => {
    const target = new KeyedLog();
    const ended = copyMissing({
      ...{ source: new KeyedLog([event('a', 1)]), target, held: new Map(), newHash, eventsPerAppend: 3 },
      onProgress: () => undefined,
      check: () => {
        throw new Error('stop');
      },
    });
    await expect(ended).rejects.toThrow('stop');
    expect(target.events).toEqual([]);
  });
});
