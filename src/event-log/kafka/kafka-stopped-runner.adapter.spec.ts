import { describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { until } from '../../../test/fixtures/until.js';
import './kafka-stopped-runner.adapter.js';

interface Runner {
  start(): Promise<void>;
  stop(): Promise<void>;
}
type NewRunner = new (parts: object) => Runner;

const KafkaRunner = createRequire(import.meta.url)('kafkajs/src/consumer/runner') as NewRunner;
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const logger = { ...quiet, namespace: () => logger };

describe('a consumer of kafkajs that is stopped', () => {
  it('ends, though it is just about to divide the brokers among its loops again', async () => {
    let brokers = ['1', '2'];
    let left = false;
    const fetching = new Map<string, () => void>();
    const crashes: unknown[] = [];
    const runner = new KafkaRunner({
      logger,
      instrumentationEmitter: { emit: () => undefined },
      onCrash: (error: unknown) => crashes.push(error),
      consumerGroup: {
        connect: async () => undefined,
        joinAndSync: async () => undefined,
        heartbeat: async () => undefined,
        leave: async () => (left = true),
        getNodeIds: () => brokers,
        fetch: async (broker: string) => {
          await new Promise<void>((resolve) => fetching.set(broker, resolve));
          return [];
        },
      },
    });
    await runner.start();
    await until(() => fetching.size === 2);

    // The loop of one broker notices that the other has gone, and waits for the other's loop; then the consumer is stopped.
    brokers = ['1'];
    fetching.get('1')?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const stopped = runner.stop();
    fetching.get('2')?.();
    await stopped;
    expect(left).toBe(true);
    expect(crashes).toEqual([]);
  });
});
