/**
 * Which of `count` partitions has the records of a key: what the default partitioners of kafkajs and of Kafka's own clients
 * answer. kafkajs computes it with big integers, 5 us a key.
 */
export const partitionOf = (key: string, count: number): number => (murmur2(Buffer.from(key)) & 0x7fffffff) % count

const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995

/** As in org.apache.kafka.common.utils.Utils. */
function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  const byteAt = (at: number) => bytes[at] ?? 0
  let hash = SEED ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    const word = byteAt(at) | (byteAt(at + 1) << 8) | (byteAt(at + 2) << 16) | (byteAt(at + 3) << 24)
    const mixed = Math.imul(word, MULTIPLIER)
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(mixed ^ (mixed >>> 24), MULTIPLIER)
  }
  if (at < length) {
    // What is behind the end counts as 0.
    hash ^= byteAt(at) | (byteAt(at + 1) << 8) | (byteAt(at + 2) << 16)
    hash = Math.imul(hash, MULTIPLIER)
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}
