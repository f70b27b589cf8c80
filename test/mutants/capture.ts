import { int, type Mutant } from './mutant.ts'

/** What is read from the outbox, once each, and what of it counts as lost. */
export const CAPTURE: readonly Mutant[] = [
  {
    name: 'cursor on the sequence',
    file: 'libs/store/src/relay/capture-difference.ts',
    find: "'o.xid = any ($2::xid8[]) and o.xid < $1::xid8',",
    put: "'o.xid = any ($2::xid8[]) and o.xid > $1::xid8',",
    test: int(
      'libs/store/src/relay/capture-difference',
      'has what commits late, though what began after it was read before',
    ),
  },
  {
    name: 'cursor on the sequence, of the newest weeks',
    file: 'libs/store/src/relay/capture-difference.ts',
    find: '(o.xid >= $1::xid8 or o.xid = any ($2::xid8[]))',
    put: '(o.xid >= $1::xid8 and o.xid <> all ($2::xid8[]))',
    test: int(
      'libs/store/src/relay/capture-difference',
      'lies before what is committed late by a transaction that began after it was known',
    ),
  },
  {
    name: 'cursor on the sequence, beside a transaction that stays open',
    file: 'libs/store/src/relay/capture-difference.ts',
    find: 'o.xid >= $6::xid8 and o.xid < $1::xid8',
    put: 'o.xid >= $6::xid8 and o.xid > $1::xid8',
    test: int(
      'libs/store/src/relay/capture-difference',
      'lets a transaction that stays open be one beside which not much is read again',
    ),
  },
  {
    name: 'rest of a large transaction passed over',
    file: 'libs/store/src/relay/capture-difference.ts',
    find: "'o.xid = $5::xid8 and o.position > $6::bigint'",
    put: "'o.xid = $5::xid8 and o.position < $6::bigint'",
    test: int('libs/store/src/relay/capture-difference', 'is read once, transaction by transaction, in order'),
  },
  {
    name: 'what is published while the cursor is written down is forgotten',
    file: 'services/relay/src/leadership.ts',
    find: 'this.#change(same, { stored: move.to })',
    put: 'this.#change(same, { stored: move.to, published: move.to })',
    test: int(
      'services/relay/src/capture',
      'what is published while the cursor is written down is written down by the next one, or when the relay ends',
    ),
  },
  {
    name: 'what is still to be captured counts as lost',
    file: 'services/relay/src/heal.ts',
    find: 'isPatient ? leadership.groups().map(({ read }) => read.snapshot) : null',
    put: 'isPatient && leadership.groups().length === 0 ? [] : null',
    test: int(
      'services/relay/src/heal',
      'takes nothing for lost that was committed late and is still to be captured, nor passes over it',
    ),
  },
  {
    name: 'what is still to be captured counts as accounted for',
    file: 'services/relay/src/heal.ts',
    find: 'scan.unclaimed.length === 0 && !scan.unseen',
    put: 'scan.unclaimed.length === 0',
    test: int(
      'services/relay/src/heal',
      'takes nothing for lost that was committed late and is still to be captured, nor passes over it',
    ),
  },
  {
    name: 'older weeks left out while a transaction from then is open',
    file: 'libs/store/src/relay/read-up-to.ts',
    find: '(open[0] ?? xmax) >= BigInt(mark.xid)',
    put: 'xmax >= BigInt(mark.xid)',
    test: int(
      'libs/store/src/relay/capture-difference',
      'is known once every transaction has ended that was open when the mark was set',
    ),
  },
  {
    name: 'older weeks left out of the difference that says so',
    file: 'libs/store/src/relay/read-up-to.ts',
    find: 'part, openFrom: since.openFrom }',
    put: "part, openFrom: { id: 'ffffffff-ffff-ffff-ffff-ffffffffffff', asOf: '2000-01-01' } }",
    test: int(
      'libs/store/src/relay/capture-difference',
      'does not bound the difference that it is learned from: that has older ones',
    ),
  },
]
