/** An effect as the provider's API shows it, which need not be as it was sent. */
import type { Behaviour, Showing } from './behaviour.ts'
import type { Json, Stored } from './effects.ts'
import { changedAt } from './pointer.ts'

export function shown(effect: Stored, behaviour: Behaviour, nowMs: number): Json {
  if (effect.gone && effect.gone.fromMs <= nowMs) return { id: effect.id, deleted: true, metadata: { key: effect.key } }
  const own = withKey(effect)
  const { processingMs, shows } = behaviour
  const dated =
    processingMs === undefined || own['status'] !== undefined
      ? own
      : { ...own, status: effect.fromMs + processingMs > nowMs ? 'processing' : 'done' }
  return shows ? reshaped(dated, shows) : dated
}

/** What was sent, with its id and its key. */
export function withKey({ id, key, body }: Pick<Stored, 'id' | 'key' | 'body'>): Json {
  const { metadata } = body
  const own = typeof metadata === 'object' && metadata !== null ? metadata : {}
  return { ...body, id, metadata: { ...own, key } }
}

function reshaped(value: Json, { lower = [], asText = [], cut = {}, adds, reordered }: Showing): Json {
  const changes: [string, (old: unknown) => unknown][] = [
    ...lower.map((at): [string, (old: unknown) => unknown] => [at, (old) => String(old).toLowerCase()]),
    ...asText.map((at): [string, (old: unknown) => unknown] => [at, String]),
    ...Object.entries(cut).map(([at, length]): [string, (old: unknown) => unknown] => [
      at,
      (old) => String(old).slice(0, length),
    ]),
  ]
  const changed = changes.reduce((last, [at, change]) => changedAt(last, at, change), { ...adds, ...value })
  return reordered ? Object.fromEntries(Object.entries(changed).toReversed()) : changed
}
