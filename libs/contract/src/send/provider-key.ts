import { createHash } from 'node:crypto'
import type { KeyPlacement, KeyShape, Provider } from '../contract.ts'
import { HALF_PAIR } from './escape.ts'
import { RenderFailure } from './render-failure.ts'
import { uuid5 } from './uuid5.ts'

/**
 * The entry's key in the shape the provider wants. A key that does not fit is refused before the first byte, never cut and
 * never changed: two keys cut to the same length, or folded to the same case, would be one effect.
 */
export function providerKey(placement: KeyPlacement, named: Named): string {
  const shaped = reshape(placement.shape, nameIn(placement, named))
  const reason = misfitOf(placement, shaped)
  if (reason !== null) throw new RenderFailure('key_does_not_fit', reason)
  return shaped
}

/**
 * Why the provider of this contract cannot take the key, or null when it can: what a producer may ask before it commits. What
 * passes here may still be refused where a template puts more around the key than its `max_bytes` allows for.
 */
export function keyMisfit(contract: { readonly provider: Pick<Provider, 'key'> }, named: Named): string | null {
  const placement = contract.provider.key
  return placement === null ? null : misfitOf(placement, reshape(placement.shape, nameIn(placement, named)))
}

type Named = { readonly source?: string; readonly tenant: string; readonly key: string }

/** What stands before the key holds no slash, so that no two of them become one name. */
function nameIn({ within }: KeyPlacement, { source = 'default', tenant, key }: Named): string {
  if (within.length === 0) return key
  const before = within.map((part) => encodeURIComponent(part === 'source' ? source : tenant))
  return [...before, key].join('/')
}

/** The same of a key that has its shape already. */
function misfitOf({ in: place, shape }: KeyPlacement, shaped: string): string | null {
  if (shape.maxBytes !== null && Buffer.byteLength(shaped, 'utf8') > shape.maxBytes)
    return `the key is longer than the ${shape.maxBytes} bytes that the provider takes`
  if (shape.case !== null && inCase(shape.case, shaped) !== shaped)
    return `the key has letters that are not in ${shape.case} case, and the provider keeps it so`
  if (shape.allowed !== null && !shape.allowed.covers(shaped))
    return `the key is not of the form ${shape.allowed.source}`
  if (HALF_PAIR.test(shaped)) return 'the key has half a surrogate pair'
  const rule = PLACES[place]
  return rule === undefined || rule.takes(shaped) ? null : rule.otherwise
}

/** Where the place itself takes less than any text. */
const PLACES: Partial<Record<KeyPlacement['in'], { takes: (key: string) => boolean; otherwise: string }>> = {
  header: {
    // White space at either end is dropped on the way, and then two keys are one.
    takes: (key) => /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/.test(key),
    otherwise: 'the key is not printable ASCII without white space at its ends, and a header takes nothing else',
  },
  path: {
    takes: (key) => key !== '.' && key !== '..',
    otherwise: 'the key is a dot segment, which no URL can hold',
  },
  message_id: {
    takes: (key) => /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/.test(key) && key.length <= 200,
    otherwise: 'the key has characters that the left side of a Message-ID cannot hold, or more than 200',
  },
}

function reshape(shape: KeyShape, key: string): string {
  if (shape.as === 'raw') return key
  const digits = shape.as === 'uuid5' ? uuid5(key) : digestOf(shape.as, key)
  return shape.case === null ? digits : inCase(shape.case, digits)
}

function digestOf(as: Exclude<KeyShape['as'], string>, key: string): string {
  const digest = createHash('sha256').update(key, 'utf8').digest(as.encoding)
  return `${as.prefix}${digest.slice(0, as.length ?? digest.length)}`
}

function inCase(to: 'lower' | 'upper', text: string): string {
  return to === 'lower' ? text.toLowerCase() : text.toUpperCase()
}
