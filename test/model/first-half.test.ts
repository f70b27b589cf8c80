import { it } from 'vitest'
import { runHalf } from './half.ts'

it('keeps its promises whatever is done to it, in any order: the first half', () => runHalf(0), 3_600_000)
