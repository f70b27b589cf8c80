import { describe, expect, it } from 'vitest'
import { waitFor } from './wait-for.ts'

describe('waitFor', () => {
  it('returns the first thing that is there', async () => {
    const answers = [undefined, 0, 'there']
    expect(await waitFor('it', () => answers.shift(), { withinMs: 5_000, everyMs: 0 })).toBe('there')
  })

  it('says what it was waiting for and what it last saw', async () => {
    const looking = waitFor('the invoice', () => null, { withinMs: 0 })
    await expect(looking).rejects.toThrow('Waited 0 ms for the invoice; last seen: null')
  })

  it('takes an error of the probe for "not yet", and reports the last one', async () => {
    const failing = () => {
      throw new Error('connection refused')
    }
    await expect(waitFor('the port', failing, { withinMs: 0 })).rejects.toThrow('connection refused')
  })
})
