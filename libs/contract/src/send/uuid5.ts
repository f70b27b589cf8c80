import { createHash } from 'node:crypto'

/** Namespace of every uuid5 made here (a version 4 UUID drawn once); change it and every key at every provider changes. */
const UUID5_NAMESPACE = 'f2f1a3c2-6f0d-4c55-9d3e-1b7a5a0c8e41'

/** RFC 9562 UUID version 5 of `name` (UTF-8). */
export function uuid5(name: string, namespace: string = UUID5_NAMESPACE): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest()
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6)
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = hash.toString('hex', 0, 16)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
