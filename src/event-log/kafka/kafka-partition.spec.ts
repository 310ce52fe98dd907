import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { partitionOf } from './kafka-partition.js';

describe('the partition of a key', () => {
  // Events written years ago are where these say. A change here tears every key's order apart.
  it.each<[string, number, number]>([
    ['/sites/main/servers/reception', 12, 8],
    ['/sites/main/servers/records', 12, 11],
    ['/sites/north/servers/x-ray-1', 12, 2],
    ['/wardround/definitions', 12, 7],
    ['/sites/süd/servers/röntgen', 12, 6],
    ['/sites/main/servers/reception', 48, 44],
    ['/sites/main/servers/reception', 1, 0],
    ['a', 1_000_003, 100_772],
    ['', 1_000_003, 645_856],
    // From Kafka's own tests (UtilsTest#testMurmur2): -790332482 and -985981536, the sign dropped.
    ['foobar', 2 ** 31 - 1, 1_357_151_166],
    ['a-little-bit-long-string', 2 ** 31 - 1, 1_161_502_112],
  ])('of %j among %i is always %i', (key, partitions, golden) => {
    expect(partitionOf(key, partitions)).toBe(golden);
  });

  it('is where every other Kafka program would put the key', () => {
    const partitioner = Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.integer({ min: 1, max: 1000 }),
        (key, partitions) => {
          const message = { key, value: '' };
          const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
            ...{ partitionId, partitionErrorCode: 0, leader: 1, replicas: [1], isr: [1] },
          }));
          expect(partitionOf(key, partitions)).toBe(partitioner({ topic: 'any', partitionMetadata, message }));
        },
      ),
    );
  });

  it('spreads servers evenly', () => {
    const counts = new Array<number>(12).fill(0);
    for (let server = 0; server < 12_000; server++) {
      const partition = partitionOf(`/sites/main/servers/server-${server}`, 12);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
