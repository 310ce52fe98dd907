const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;
const utf8 = new TextEncoder();

/**
 * The partition in which the events of a key lie, forever: a key's events have their order only while they share a
 * partition. Kafka's own rule for keyed records (murmur2 of the key's UTF-8, the sign dropped, modulo the number of
 * partitions), so that other programs which write by key agree with us: org.apache.kafka.common.utils.Utils#murmur2.
 */
export function partitionOf(partitionkey: string, partitions: number): number {
  return (murmur2(utf8.encode(partitionkey)) & 0x7fffffff) % partitions;
}

function murmur2(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let hash = seed ^ data.length;
  const whole = data.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    hash = Math.imul(hash, multiplier) ^ mixed(view.getInt32(at, true));
  }
  if (whole < data.length) {
    for (let at = data.length - 1; at >= whole; at--) hash ^= view.getUint8(at) << (8 * (at - whole));
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

function mixed(word: number): number {
  const product = Math.imul(word, multiplier);
  return Math.imul(product ^ (product >>> 24), multiplier);
}
