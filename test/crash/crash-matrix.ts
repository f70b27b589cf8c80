/**
 * Where processes are killed, and what may become of the intents that were under way: point x dispatch x provider class.
 *
 * What was called and not recorded is unknown: it is done where somebody can look, and with a person where nobody can. All else ends as if
 * nothing had happened. A new point is one line here.
 */
import type { CrashPoint } from '@readback/service-kit'
import type { ProviderClass } from '../world/provider-class.ts'

type RoleName = 'relay' | 'worker' | 'verifier'

/** As processes of their own, over Kafka; or all roles in one, which then die together. */
export type Dispatched = 'apart' | 'together'

type Ends = Record<ProviderClass, readonly string[]>

/** No call can be under way in the process that dies. */
const UNHARMED: Ends = { keyed: ['done'], readable: ['done'], opaque: ['acknowledged'] }
const IN_DOUBT: Ends = { ...UNHARMED, opaque: ['acknowledged', 'unknown_outcome'] }

const NEVER = { apart: UNHARMED, together: UNHARMED }
const TOGETHER = { apart: UNHARMED, together: IN_DOUBT }
const ALWAYS = { apart: IN_DOUBT, together: IN_DOUBT }

export type Line = { role: RoleName; point: CrashPoint; nth: number; ends: Record<Dispatched, Ends> }

export const MATRIX: readonly Line[] = [
  { role: 'relay', point: 'captured', nth: 1, ends: NEVER },
  { role: 'relay', point: 'published', nth: 2, ends: TOGETHER },
  { role: 'relay', point: 'cursor_moved', nth: 2, ends: TOGETHER },
  { role: 'relay', point: 'released', nth: 2, ends: TOGETHER },
  { role: 'worker', point: 'claimed', nth: 2, ends: ALWAYS },
  { role: 'worker', point: 'prepared', nth: 5, ends: ALWAYS },
  { role: 'worker', point: 'called', nth: 5, ends: ALWAYS },
  { role: 'worker', point: 'recorded', nth: 3, ends: ALWAYS },
  { role: 'verifier', point: 'look_claimed', nth: 2, ends: TOGETHER },
  { role: 'verifier', point: 'looked', nth: 5, ends: TOGETHER },
  { role: 'verifier', point: 'settled', nth: 2, ends: TOGETHER },
]
