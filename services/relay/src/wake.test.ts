import { beforeEach, describe, expect, it } from 'vitest'
import { Wake } from './wake.ts'

let nowMs: number
let wake: Wake

beforeEach(() => {
  nowMs = 0
  wake = new Wake(() => nowMs)
})

describe('what wakes a relay', () => {
  it('is anything, before it was asked', () => {
    expect([wake.isToBeAsked(), wake.has('due'), wake.has('expired')]).toEqual([true, true, true])
  })

  it('is what was answered, until that is done', () => {
    wake.done('due')
    wake.done('expired')
    wake.answered({ due: true, expired: false, ended: false })
    expect([wake.has('due'), wake.has('expired')]).toEqual([true, false])
    wake.answered({ due: false, expired: false, ended: false })
    expect(wake.has('due')).toBe(true)
    wake.done('due')
    expect(wake.has('due')).toBe(false)
  })

  it('is asked for a few times a second, however often the outbox is read', () => {
    wake.answered({ due: false, expired: false, ended: false })
    nowMs = 199
    expect(wake.isToBeAsked()).toBe(false)
    nowMs = 200
    expect(wake.isToBeAsked()).toBe(true)
  })

  it('is anything again, when nobody could ask for a while', () => {
    wake.done('due')
    wake.done('expired')
    wake.answered({ due: false, expired: false, ended: false })
    nowMs = 751
    expect([wake.has('due'), wake.has('expired')]).toEqual([true, true])
  })

  it('tells who looks, as long as he has not said that it is done, and nobody of what there is no reason for', () => {
    const told: string[] = []
    for (const what of ['due', 'expired', 'ended'] as const) wake.done(what)
    wake.onWoken('due', () => told.push('due'))
    wake.onWoken('ended', () => told.push('ended'))
    wake.answered({ due: false, expired: true, ended: false })
    wake.answered({ due: true, expired: false, ended: false })
    wake.answered({ due: false, expired: false, ended: false })
    wake.done('due')
    wake.answered({ due: false, expired: false, ended: true })
    expect(told).toEqual(['due', 'due', 'ended'])
  })
})
