import { describe, expect, it } from 'vitest'
import { classify } from './classify.ts'
import type { Exchange } from './exchange.ts'

const unread = () => {
  throw new Error('There is no answer to be read.')
}

const broken = (code: string, requestSent: boolean): Exchange =>
  ({ answer: null, error: { code, message: 'for the test' }, requestSent }) as Exchange

describe('an exchange without an answer', () => {
  it('proves nothing once its first byte may have left, however it broke', () => {
    for (const code of ['ECONNRESET', 'UND_ERR_SOCKET', 'deadline', 'aborted'])
      expect(classify(broken(code, true), unread)).toMatchObject({ class: 'side_effect_unknown', cause: code })
  })

  it('of which no byte has left may be made again, unless it was not allowed to', () => {
    expect(classify(broken('ECONNREFUSED', false), unread).class).toBe('retryable_failure')
    expect(classify(broken('egress_denied', false), unread).class).toBe('permission_denied')
  })
})
