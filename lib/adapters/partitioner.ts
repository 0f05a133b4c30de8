/**
 * MurmurHash2, 32 bits, as Kafka's clients hash keys: seed 0x9747b28c, little-endian, the result a signed integer.
 *
 * @see org.apache.kafka.common.utils.Utils.murmur2
 */
export const murmur2 = (data: Uint8Array): number => {
  const m = 0x5bd1e995;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const whole = data.length & ~3;
  let hash = 0x9747b28c ^ data.length;
  for (let at = 0; at < whole; at += 4) {
    let k = Math.imul(view.getInt32(at, true), m);
    k = Math.imul(k ^ (k >>> 24), m);
    hash = Math.imul(hash, m) ^ k;
  }
  const rest = data.length - whole;
  if (rest > 0) {
    for (let at = 0; at < rest; at += 1) hash ^= view.getUint8(whole + at) << (8 * at);
    hash = Math.imul(hash, m);
  }
  hash = Math.imul(hash ^ (hash >>> 13), m);
  return hash ^ (hash >>> 15);
};

/** The partition of a key, the same as Kafka's default partitioner chooses, so that a topic can move between the two. */
export const partitionOf = (key: Uint8Array, partitions: number): number =>
  (murmur2(key) & 0x7fffffff) % partitions;
