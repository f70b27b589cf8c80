import { createHash } from 'node:crypto'
import type { KeyShape } from './contract.ts'
import { RenderFailure } from './evaluate.ts'
import { uuid5 } from './uuid5.ts'

/**
 * The entry's key in the shape the provider wants. A key that does not fit is refused before the first byte, never cut:
 * two keys cut to the same length would be one effect.
 */
export function providerKey(shape: KeyShape, key: string): string {
  const shaped = reshape(shape, key)
  if (shape.maxBytes !== null && Buffer.byteLength(shaped, 'utf8') > shape.maxBytes) {
    throw new RenderFailure(
      'key_does_not_fit',
      `the key is longer than the ${shape.maxBytes} bytes that the provider takes`,
    )
  }
  if (shape.allowed !== null && !shape.allowed.covers(shaped)) {
    throw new RenderFailure('key_does_not_fit', `the key is not of the form ${shape.allowed.source}`)
  }
  return shaped
}

function reshape(shape: KeyShape, key: string): string {
  if (shape.as === 'raw') return key
  if (shape.as === 'uuid5') return uuid5(key)
  const digest = createHash('sha256').update(key, 'utf8').digest(shape.as.encoding)
  return `${shape.as.prefix}${digest.slice(0, shape.as.length ?? digest.length)}`
}
