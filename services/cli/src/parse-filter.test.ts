import { describe, expect, it } from 'vitest'
import { parseFilter } from './parse-filter.ts'

describe('a filter', () => {
  it('takes terms separated by blanks or commas', () => {
    expect(parseFilter('effect=invoice.issue, tenant=acme cause=mismatch key~cust-7/ older=1h')).toEqual({
      effect: 'invoice.issue',
      tenant: 'acme',
      cause: 'mismatch',
      keyPrefix: 'cust-7/',
      olderThanMs: 3_600_000,
    })
  })

  it('takes several entries by their ids', () => {
    const ids = ['01a20463-3544-7c16-83f3-8637dd0cc008', '01a20463-099e-7d03-a96f-6099abb2c920']
    expect(parseFilter(ids.map((id) => `id=${id}`).join(' '))).toEqual({ entryIds: ids })
  })

  it('leaves nothing out when it says so', () => expect(parseFilter('all')).toEqual({}))

  it.each(['', 'colour=red', 'tenant~a', 'key=k', 'older=soon', 'id=7', 'tenant=a tenant=b', 'all tenant=a'])(
    'refuses %j, because a filter that is read wrongly acts on the wrong entries',
    (text) => expect(() => parseFilter(text)).toThrow(/expected/),
  )
})
