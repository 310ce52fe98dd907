import { beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PartitionQueue } from './kafka-partition-queue.adapter.js';
import type { KafkaRecord } from './kafka-record.js';

/** Batches that were sent, as texts; each is answered when the test says so. */
let sent: string[][];
let answers: (() => void)[];
/** Who waits for a departure. */
let departing: (() => void)[];
let queue: PartitionQueue;

beforeEach(() => {
  [sent, answers, departing] = [[], [], []];
  let offset = 0;
  const producer = {
    ready: () => Promise.resolve(),
    send: async (records: readonly KafkaRecord[]) => {
      sent.push(records.map(({ value }) => value));
      await new Promise<void>((resolve) => answers.push(resolve));
      offset += records.length;
      return offset - records.length;
    },
    close: () => Promise.resolve(),
  };
  const departure = {
    arrived: () => undefined,
    next: () => new Promise<void>((resolve) => departing.push(resolve)),
  };
  queue = new PartitionQueue(0, producer, departure, () => undefined);
});

const append = (...values: string[]) => {
  const records = values.map((value): KafkaRecord => ({
    key: 'key',
    value,
    headers: { 'content-type': 'text/plain' },
  }));
  return queue.append([{ records, bytes: values.length }], performance.now() + 1_000);
};

/** Everything that can continue has gone on. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await nextTurn();
}

async function answer(): Promise<void> {
  await settled();
  answers.shift()?.();
  await settled();
}

async function depart(): Promise<void> {
  departing.shift()?.();
  await settled();
}

/** A batch that two callers shared has been stored. */
async function shared(): Promise<void> {
  void append('first');
  void append('second');
  await answer();
  expect(sent).toEqual([['first', 'second']]);
  sent = [];
}

describe('what waits for a partition', () => {
  it('leaves at once where its caller is alone', async () => {
    for (const value of ['a', 'b', 'c']) {
      const appended = append(value, `${value}, too`);
      await answer();
      await appended;
    }
    expect(sent).toEqual(['a', 'b', 'c'].map((value) => [value, `${value}, too`]));
    expect(departing).toEqual([]);
  });

  it('waits for the common departure once callers share batches, and takes along who comes meanwhile', async () => {
    await shared();
    const early = append('early');
    await settled();
    const late = append('late');
    await settled();
    expect(sent).toEqual([]);
    await depart();
    expect(sent).toEqual([['early', 'late']]);
    await answer();
    expect(await Promise.all([early, late])).toEqual([[2], [3]]);
  });

  it('leaves at once again when no one has shared the last batch', async () => {
    await shared();
    void append('alone');
    await settled();
    await depart();
    await answer();
    void append('still alone');
    await settled();
    expect(sent).toEqual([['alone'], ['still alone']]);
  });

  it('does not wait where a batch is full', async () => {
    await shared();
    for (let count = 0; count < 501; count++) void append(`${count}`);
    await settled();
    expect(sent.map((batch) => batch.length)).toEqual([500]);
  });

  it('is not sent if it was given up before the departure', async () => {
    await shared();
    const given = expect(append('given up')).rejects.toMatchObject({ code: 'unreachable' });
    await settled();
    queue.expire(performance.now() + 60_000, 1_000);
    await given;
    await depart();
    expect(sent).toEqual([]);
  });

  it('is not held up at the end, nor sent after it', async () => {
    await shared();
    const given = expect(append('too late')).rejects.toMatchObject({ code: 'unreachable' });
    await settled();
    await queue.abort(1_000);
    await given;
    await depart();
    expect(sent).toEqual([]);
  });
});
