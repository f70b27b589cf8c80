import { type Contract, validatePayload } from '@readback/contract'

/** The payload with one value changed, so that it still fits the contract; numbers before texts. Null when nothing can be changed. */
export function varyPayload(contract: Contract, payload: string): string | null {
  const value: unknown = JSON.parse(payload)
  const changes = [...changed(value)].sort((left, right) => left.rank - right.rank)
  const texts = changes.map(({ value: other }) => JSON.stringify(other))
  return texts.find((text) => validatePayload(contract, text) === null) ?? null
}

type Change = { value: unknown; rank: number }

/** Each way to change one value of it. */
function* changed(value: unknown): Generator<Change> {
  if (typeof value === 'number') yield { value: value + 1, rank: 0 }
  else if (typeof value === 'string') yield { value: `${value} other`, rank: 1 }
  else if (typeof value === 'boolean') yield { value: !value, rank: 2 }
  else if (typeof value === 'object' && value !== null) yield* changedInside(value)
}

function* changedInside(value: object): Generator<Change> {
  for (const [name, child] of Object.entries(value)) {
    for (const { value: other, rank } of changed(child)) {
      if (Array.isArray(value)) yield { value: value.with(Number(name), other), rank }
      else yield { value: { ...value, [name]: other }, rank }
    }
  }
}
