import { beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GroupCommit } from './group-commit.adapter.js';

describe('a group commit', () => {
  let groups: string[][];
  let alone: string[];
  /** What cannot be done, neither together nor alone. */
  let faulty: Set<string>;
  let away: boolean;
  /** Alone, this one waits. */
  let held: Promise<void>;
  let commit: GroupCommit<string, string>;

  const refuse = (item: string) => {
    if (away) throw new Error('the database is not available');
    if (faulty.has(item)) throw new Error(`${item} is at fault`);
  };

  beforeEach(() => {
    [groups, alone, faulty, away, held] = [[], [], new Set(), false, Promise.resolve()];
    commit = new GroupCommit({
      together: async (items) => {
        groups.push([...items]);
        await nextTurn();
        items.forEach(refuse);
        return items.map((item) => item.toUpperCase());
      },
      alone: async (item) => {
        alone.push(item);
        await held;
        refuse(item);
        return item.toUpperCase();
      },
      isOfAll: () => away,
    });
  });

  const ask = (...items: string[]) => items.map((item) => commit.do(item, item, 1));

  it('does together what was asked for in one turn, and then what came meanwhile', async () => {
    const first = ask('a', 'b');
    await nextTurn();
    const second = ask('c', 'd');
    expect(await Promise.all([...first, ...second])).toEqual(['A', 'B', 'C', 'D']);
    expect(groups).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(await Promise.all(ask('e'))).toEqual(['E']);
    expect(alone).toEqual([]);
  });

  it('has in the next group anyone who asks again when answered', async () => {
    const rounds = async (item: string) => {
      for (let round = 0; round < 5; round++) await commit.do(item, item, 1);
    };
    await Promise.all(['a', 'b', 'c'].map(rounds));
    expect(groups).toEqual(Array.from({ length: 5 }, () => ['a', 'b', 'c']));
  });

  it('does no more than sixteen at once', async () => {
    await Promise.all(ask(...Array.from({ length: 20 }, (_, number) => `${number}`)));
    expect(groups.map((group) => group.length)).toEqual([16, 4]);
  });

  it('does alone what is about many events, beside a group', async () => {
    expect(await Promise.all([...ask('a', 'b'), commit.do('c', 'c', 501), commit.do('d', 'd', 500)])).toEqual([
      ...['A', 'B', 'C', 'D'],
    ]);
    expect([groups, alone]).toEqual([[['a', 'b', 'd']], ['c']]);
  });

  it('does each alone where a group fails, so that only the one at fault fails', async () => {
    faulty.add('b');
    const outcomes = await Promise.allSettled(ask('a', 'b', 'c'));
    expect(outcomes).toMatchObject([{ value: 'A' }, { reason: new Error('b is at fault') }, { value: 'C' }]);
    expect(alone).toEqual(['a', 'b', 'c']);
  });

  it('leaves alone who failed alone, until that succeeds', async () => {
    faulty.add('b');
    await Promise.allSettled(ask('a', 'b'));
    await Promise.allSettled(ask('a', 'b'));
    expect(groups).toEqual([['a', 'b'], ['a']]);
    faulty.delete('b');
    await Promise.all(ask('a', 'b'));
    await Promise.all(ask('a', 'b'));
    expect(groups.slice(2)).toEqual([['a'], ['a', 'b']]);
  });

  it('continues with others while one that is alone waits', async () => {
    let release: () => void = () => undefined;
    held = new Promise((resolve) => (release = resolve));
    faulty.add('b');
    const [waiting] = ask('b');
    while (alone.length === 0) await nextTurn();
    expect(await Promise.all(ask('c', 'd'))).toEqual(['C', 'D']);
    release();
    await expect(waiting).rejects.toThrow('b is at fault');
  });

  it('tells all of them at once where the database is not available, and tries none alone', async () => {
    away = true;
    const outcomes = await Promise.allSettled(ask('a', 'b'));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(alone).toEqual([]);
    away = false;
    expect(await Promise.all(ask('a', 'b'))).toEqual(['A', 'B']);
    expect(groups.at(-1)).toEqual(['a', 'b']);
  });

  it('has no two of one key in a group', async () => {
    const outcomes = await Promise.all([commit.do('key', 'a', 1), commit.do('key', 'b', 1)]);
    expect(outcomes).toEqual(['A', 'B']);
    expect([groups, alone]).toEqual([[['a']], ['b']]);
  });
});
