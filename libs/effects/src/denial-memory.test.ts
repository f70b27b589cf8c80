import { describe, expect, it } from 'vitest'
import { createDenialMemory } from './denial-memory.ts'

describe('a denial', () => {
  it('is taken for one of the token, until a renewed token is told the same; a 401 always', () => {
    let nowMs = 0
    const memory = createDenialMemory(() => nowMs)
    const of = (id: string) => [memory.isOfTheToken(id, 403), memory.isOfTheToken(id, 401)]
    expect(of('a')).toEqual([true, true])
    memory.remember('a')
    expect([of('a'), of('b')]).toEqual([
      [false, true],
      [true, true],
    ])
    nowMs = 60_000
    expect(of('a')).toEqual([true, true])
  })

  it('of more credentials than anybody has is forgotten rather than kept', () => {
    const memory = createDenialMemory(() => 0)
    for (let id = 0; id <= 1_000; id += 1) memory.remember(String(id))
    expect([memory.isOfTheToken('0', 403), memory.isOfTheToken('1000', 403)]).toEqual([true, false])
  })
})
