import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type Database from '#sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { decided, note, measurement } from '../../../test/contract/clinic-events.js';
import { SqliteCheckpoints, writeDown } from '../../../test/contract/sqlite-checkpoints.js';
import { MemoryPartition } from '../../../test/fixtures/memory-partition.js';
import { tempFolder } from '../../../test/fixtures/temp-folder.js';
import { WardroundError } from '../../shared/errors.js';
import type { Recorded } from '../envelope.js';
import type { CheckpointMove, SubscriptionOptions } from '../event-log.js';
import { SubscriptionLoop } from './subscription-loop.adapter.js';

type Tx = Database.Database;
type Loop = SubscriptionLoop<Tx>;

describe('a loop over one partition', () => {
  let checkpoints: SqliteCheckpoints;
  let loops: Loop[];

  beforeEach(() => {
    checkpoints = new SqliteCheckpoints(join(tempFolder(), 'views.db'));
    loops = [];
  });
  afterEach(async () => {
    await Promise.all(loops.map((loop) => loop.stop()));
    checkpoints.close();
  });

  /** A loop that writes down under `name` what it is given. */
  function follow(
    own: MemoryPartition,
    everywhere: MemoryPartition | null = null,
    options: Partial<SubscriptionOptions<Tx>> = {},
  ): Loop {
    const name = options.name ?? 'rules';
    const loop = new SubscriptionLoop<Tx>(
      own,
      { name, checkpoints, handle: async (batch, tx) => writeDown(tx, name, idsOf(batch)), ...options },
      everywhere,
    );
    loops.push(loop);
    return loop;
  }

  const seen = (name = 'rules') => checkpoints.seen(name);
  const stored = async (subscription: string, partition: number) =>
    (await checkpoints.load(subscription)).get(partition) ?? 0;

  describe('with events from everywhere', () => {
    it('is given them once in each partition, before those of the partition that follow', async () => {
      const definitions = new MemoryPartition(0);
      const partitions = [1, 2].map((partition) => new MemoryPartition(partition));
      const defined = definitions.add(decided('a', 1), decided('b', 2));
      const own = partitions.map((partition) => partition.add(note('reception', partition.partition)));
      const following = partitions.map((partition) =>
        follow(partition, definitions, { name: 'rules', handle: writeDownFor }),
      );
      await Promise.all(following.map((loop) => loop.caughtUp()));
      expect(seen('1')).toEqual([...defined, ...(own[0] ?? [])]);
      expect(seen('2')).toEqual([...defined, ...(own[1] ?? [])]);

      const later = definitions.add(decided('c', 3));
      const behind = partitions[0]?.add(note('reception', 9)) ?? [];
      for (const loop of following) loop.wake();
      await Promise.all(following.map((loop) => loop.caughtUp()));
      expect(seen('1').slice(-2)).toEqual([...later, ...behind]);
      expect(seen('2').slice(-1)).toEqual(later);
    });

    it('takes up after a restart where both of its checkpoints stand', async () => {
      const [definitions, own] = [new MemoryPartition(0), new MemoryPartition(3)];
      const first = [...definitions.add(decided('a', 1)), ...own.add(note('reception', 1))];
      const before = follow(own, definitions);
      await before.caughtUp();
      await before.stop();
      expect([await stored('rules@3', 0), await stored('rules', 3)]).toEqual([1, 1]);
      const second = [...definitions.add(decided('b', 2)), ...own.add(note('reception', 2))];
      await follow(own, definitions).caughtUp();
      expect(seen()).toEqual([...first, ...second]);
    });

    it('moves their checkpoint together with a hold on its own', async () => {
      const moves: (readonly CheckpointMove[])[] = [];
      const [definitions, own] = [new MemoryPartition(0), new MemoryPartition(3)];
      definitions.add(decided('a', 1));
      own.add(note('reception', 1));
      const recording = {
        load: (name: string) => checkpoints.load(name),
        commit: (made: readonly CheckpointMove[], work: (tx: Tx) => Promise<void>) => {
          moves.push(made);
          return checkpoints.commit(made, work);
        },
      };
      await follow(own, definitions, { checkpoints: recording }).caughtUp();
      expect(moves).toEqual([
        [
          { subscription: 'rules', partition: 3, from: 0, to: 0 },
          { subscription: 'rules@3', partition: 0, from: 0, to: 1 },
        ],
        [{ subscription: 'rules', partition: 3, from: 0, to: 1 }],
      ]);
    });

    it('changes nothing with them once another owner has moved its own checkpoint', async () => {
      const [definitions, own] = [new MemoryPartition(0), new MemoryPartition(3)];
      const before = own.add(note('reception', 1), note('reception', 2));
      const answers: [moved: boolean, handled: boolean][] = [];
      let handled = false;
      const loop = follow(own, definitions, {
        handle: async (batch, tx) => {
          handled = true;
          writeDown(tx, 'rules', idsOf(batch));
        },
        checkpoints: {
          load: (name) => checkpoints.load(name),
          commit: async (moves, work) => {
            handled = false;
            const moved = await checkpoints.commit(moves, work);
            answers.push([moved, handled]);
            return moved;
          },
        },
      });
      await loop.caughtUp();
      answers.length = 0;
      own.add(note('reception', 3));
      checkpoints.move('rules', { partition: 3, offset: 3 }); // another owner has handled the third
      const defined = definitions.add(decided('a', 1));
      await loop.caughtUp();
      expect(answers).toEqual([
        [false, false],
        [true, true],
      ]);
      expect(seen()).toEqual([...before, ...defined]);
      expect([await stored('rules', 3), await stored('rules@3', 0)]).toEqual([3, 1]);
    });

    it('gives an event to one of two owners', async () => {
      const [definitions, own] = [new MemoryPartition(0), new MemoryPartition(3)];
      const owners = [follow(own, definitions), follow(own, definitions)];
      const ids: string[] = [];
      for (let number = 0; number < 60; number++) {
        ids.push(...own.add(note('reception', number)), ...definitions.add(decided(`${number}`, number)));
        for (const owner of owners) owner.wake();
        if (number % 7 === 0) await sleep(1);
      }
      await Promise.all(owners.map((owner) => owner.caughtUp()));
      expect([...seen()].sort()).toEqual(ids.sort());
    });

    it('is caught up only when it has handled both', async () => {
      const [definitions, own] = [new MemoryPartition(0), new MemoryPartition(3)];
      const held = gate();
      const loop = follow(own, definitions, {
        handle: async (batch, tx) => {
          if (batch.some(({ position }) => position.partition === 0)) await held.opened;
          writeDown(tx, 'rules', idsOf(batch));
        },
      });
      await loop.caughtUp();
      definitions.add(decided('a', 1));
      let caughtUp = false;
      const waiting = loop.caughtUp().then(() => (caughtUp = true));
      loop.wake();
      await sleep(20);
      expect([caughtUp, await loop.status()]).toMatchObject([false, { lag: 1 }]);
      held.open();
      await waiting;
      expect(await loop.status()).toMatchObject({ lag: 0 });
    });
  });

  describe('asked for work while it is idle', () => {
    it('does it in a transaction that holds its checkpoint, and never beside a batch', async () => {
      const own = new MemoryPartition(0, 'async');
      let inHand = 0;
      let most = 0;
      const alone = async () => {
        most = Math.max(most, ++inHand);
        await sleep(1);
        inHand--;
      };
      const loop = follow(own, null, {
        handle: async (batch, tx) => {
          await alone();
          writeDown(tx, 'rules', idsOf(batch));
        },
      });
      const done: Promise<boolean>[] = [];
      for (let number = 0; number < 40; number++) {
        own.add(note('reception', number));
        loop.wake();
        done.push(loop.whenIdle(0, async (tx) => writeDown(tx, 'clock', await alone().then(() => [`${number}`]))));
        if (number % 3 === 0) await sleep(2);
      }
      await loop.caughtUp();
      done.push(loop.whenIdle(0, async (tx) => writeDown(tx, 'clock', ['last'])));
      const answers = await Promise.all(done);
      expect(most).toBe(1);
      expect(answers.at(-1)).toBe(true);
      expect(seen('clock')).toHaveLength(answers.filter((did) => did).length);
      expect(seen()).toHaveLength(40);
    });

    it('does nothing for another partition, or once it is stopped', async () => {
      const loop = follow(new MemoryPartition(2));
      const work = async (tx: Tx) => writeDown(tx, 'clock', ['x']);
      expect(await loop.whenIdle(0, work)).toBe(false);
      const asked = loop.whenIdle(2, work);
      await loop.stop();
      expect(typeof (await asked)).toBe('boolean');
      const did = seen('clock').length;
      expect(await loop.whenIdle(2, work)).toBe(false);
      expect(seen('clock')).toHaveLength(did);
    });

    it('says at once that an event is unhandled that it cannot get past', async () => {
      const own = new MemoryPartition(0);
      own.add(note('reception', 1));
      const loop = follow(own, null, {
        handle: async () => {
          throw new Error('poison');
        },
      });
      const asked = loop.whenIdle(0, async (tx) => writeDown(tx, 'clock', ['x']));
      expect(await asked).toBe(false);
      await until(async () => (await loop.status()).lastError === 'poison');
      expect(await loop.whenIdle(0, async (tx) => writeDown(tx, 'clock', ['x']))).toBe(false);
      expect(seen('clock')).toEqual([]);
    });

    it('does nothing where another owner has moved the checkpoint', async () => {
      const own = new MemoryPartition(0);
      own.add(note('reception', 1));
      const loop = follow(own);
      await loop.caughtUp();
      checkpoints.move('rules', { partition: 0, offset: 7 });
      expect(await loop.whenIdle(0, async (tx) => writeDown(tx, 'clock', ['x']))).toBe(false);
      expect(seen('clock')).toEqual([]);
    });

    it('tells anyone who asked of a failure of the work', async () => {
      const loop = follow(new MemoryPartition(0));
      const failing = loop.whenIdle(0, async () => {
        throw new Error('on purpose');
      });
      await expect(failing).rejects.toThrow('on purpose');
      expect(await loop.status()).toMatchObject({ lastError: null });
    });
  });

  describe('with readers that take their time', () => {
    it('hands over each event once and in order, while more come', async () => {
      const own = new MemoryPartition(1, 'async');
      const definitions = new MemoryPartition(0, 'async');
      const loop = follow(own, definitions, { types: ['note.written'] });
      const ids: string[] = [];
      for (let number = 0; number < 300; number++) {
        ids.push(...own.add(note('reception', number)));
        own.add(measurement('reception', number));
        if (number % 50 === 0) {
          definitions.add(decided(`${number}`, number));
          loop.wake();
          await sleep(1);
        }
      }
      await loop.caughtUp();
      expect(seen().filter((id) => ids.includes(id))).toEqual(ids);
      expect(seen()).toHaveLength(306);
      expect(await loop.status()).toMatchObject({ lag: 0 });
    });

    it('waits where the next event is counted but not there yet', async () => {
      const own = new MemoryPartition(0, 'async');
      const ids = own.add(note('reception', 1), note('reception', 2));
      own.visible = 1;
      const loop = follow(own);
      await until(async () => seen().length === 1);
      own.looks = 0;
      await sleep(50);
      expect(own.looks).toBeLessThan(5);
      own.visible = Number.POSITIVE_INFINITY;
      loop.wake();
      await loop.caughtUp();
      expect(seen()).toEqual(ids);
    });

    it('waits loudly at an event that cannot be read, after those before it', async () => {
      const own = new MemoryPartition(0, 'async');
      const ids = own.add(note('reception', 1), note('reception', 2), note('reception', 3));
      own.unreadable = 2;
      const loop = follow(own);
      await until(async () => (await loop.status()).lastError === 'the event at 2 cannot be read');
      expect(seen()).toEqual(ids.slice(0, 1));
      own.unreadable = null;
      await loop.caughtUp();
      expect(seen()).toEqual(ids);
    });

    it('tells of a reader that fails, and continues when it does not any more', async () => {
      const own = new MemoryPartition(0, 'async');
      own.failure = new WardroundError('unreachable', 'the archive is away');
      const loop = follow(own);
      await expect(loop.caughtUp()).rejects.toThrow('the archive is away');
      own.failure = null;
      const ids = own.add(note('reception', 1));
      await loop.caughtUp();
      expect(seen()).toEqual(ids);
    });
  });
});

async function writeDownFor(batch: readonly Recorded[], tx: Tx, partition: number): Promise<void> {
  writeDown(tx, `${partition}`, idsOf(batch));
}

function idsOf(batch: readonly Recorded[]): readonly string[] {
  return batch.map(({ event }) => event.id);
}

function gate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}
