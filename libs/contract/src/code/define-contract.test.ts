import type { OutcomeClass } from '@readback/lifecycle'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type CallInput, defineContract, NotSent, type PayloadOf } from './define-contract.ts'
import { contractFromModule } from './read-module.ts'

type Order = { customer: string; amount: number }

const typed = defineContract<Order>({
  effect: 'order.place',
  version: 1,
  call: { timeout: '5s' },
  provider: { repeat: 'acts_again' },
  verify: { by_key: { where: { '/ref': '${key}' } } },
  on_unknown: 'reconcile',
  rollback: { strategy: 'none' },
  custom: {
    async call({ key, payload, http, secret }) {
      expectTypeOf(payload).toEqualTypeOf<Order>()
      const headers = { authorization: `Bearer ${secret('TOKEN')}` }
      return await http({ method: 'POST', url: 'https://o.example', headers, json: { key, ...payload } })
    },
    look: ({ externalId }) => (externalId === null ? { inconclusive: 'no_id' } : { items: [], complete: true }),
    classify(answer, standard) {
      expectTypeOf(standard).toEqualTypeOf<OutcomeClass>()
      return answer.status === 418 ? 'not_executed' : null
    },
  },
})

describe('a contract as a module', () => {
  it('is typed by its payload, which a producer can take from it', () => {
    expectTypeOf<PayloadOf<typeof typed>>().toEqualTypeOf<Order>()
    expectTypeOf<CallInput<Order>['payload']>().toEqualTypeOf<Order>()
    expectTypeOf<Parameters<typeof defineContract>[0]['on_unknown']>().toEqualTypeOf<'reconcile' | 'human'>()
    expectTypeOf<CallInput>().not.toHaveProperty('attempt')
  })

  it('is the plain object that it was written as', () => {
    const parsed = contractFromModule({ file: 'o.mjs', text: '', exported: typed })
    expect(parsed).toMatchObject({ ok: true, contract: { effect: 'order.place', call: { kind: 'code' } } })
  })

  it('has a name for a call that sent nothing', () => {
    expect(new NotSent('no_rate')).toMatchObject({ name: 'NotSent', code: 'no_rate', message: 'no_rate' })
  })
})
