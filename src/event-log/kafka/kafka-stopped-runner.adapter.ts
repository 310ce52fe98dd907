import { createRequire } from 'node:module';

/** What is used here of kafkajs's `Runner`, which its types leave out: one consumer's loop of fetches. */
interface Runner {
  running: boolean;
  fetch(nodeId: string): Promise<readonly unknown[]>;
}

const { prototype } = createRequire(import.meta.url)('kafkajs/src/consumer/runner') as { prototype: Runner };
const original = prototype.fetch;

/**
 * kafkajs 2.2.4 can leave a loop of fetches behind when a consumer is stopped just as it divides the brokers among such
 * loops again, since one of them has gone: its runner then answers each fetch at once with nothing, without a pause,
 * and the whole process stands still forever. Instead, a fetch for a consumer that was stopped fails, which ends its
 * loop; that it may be tried again (`retriable`) is what lets the runner see that it was stopped, and end in order.
 *
 * docs/decisions/0015-stopped-consumer.md; https://github.com/tulios/kafkajs/issues/1384 is of the same kind.
 */
prototype.fetch = async function fetch(this: Runner, nodeId: string) {
  if (!this.running) throw Object.assign(new Error('the consumer was stopped'), { retriable: true });
  return original.call(this, nodeId);
};
