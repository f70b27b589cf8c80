import { it } from 'vitest'
import { runHalf } from './half.ts'

// How long it takes is a matter of how many runs are asked for.
const HOURS_MS = 24 * 3_600_000

it('keeps its promises whatever is done to it, in any order: the second half', () => runHalf(1), HOURS_MS)
