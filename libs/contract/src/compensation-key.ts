import { createHash } from 'node:crypto'

// As in the database.
const KEY_BYTES_MAX = 512

/**
 * The key of the entry that undoes another one: `undo/<effect>/<key>`, so that whoever asks twice undoes once. A key that would be too
 * long goes in as its hash, under a name of its own: no other key may come to be the same.
 */
export function compensationKey({ effect, key }: { effect: string; key: string }): string {
  const plain = `undo/${effect}/${key}`
  if (Buffer.byteLength(plain) <= KEY_BYTES_MAX) return plain
  return `undo-sha256/${effect}/${createHash('sha256').update(key).digest('hex')}`
}
