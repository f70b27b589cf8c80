import { defineEffect, enqueue } from '@readback/outbox'
import type { Database } from '@readback/store'
import { inTransaction } from '@readback/store'
import { z } from 'zod'

const invoiceIssue = defineEffect('invoice.issue', z.object({ customer: z.string(), amount: z.number() }))

export type Order = { key: string; customer: string; amount: number }

export const ordersOf = (count: number): readonly Order[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `order-${index + 1}`,
    customer: `cust-${(index % 17) + 1}`,
    amount: 100 + ((index * 37) % 900),
  }))

// One in twenty changes its mind, one in ten is enqueued again by somebody who does not remember.
const ROLLED_BACK_EVERY = 20
const REPEATED_EVERY = 10

export type Committed = { orders: readonly Order[]; rolledBack: readonly Order[]; repeated: number }

/** What an application does: its own row and the intent in one transaction, or neither. */
export async function commitIntents(
  db: Database,
  orders: readonly Order[],
  onProgress: (committed: number) => void,
): Promise<Committed> {
  await db.pool.query(
    'create table if not exists orders (key text primary key, customer text not null, amount int not null)',
  )
  const rolledBack: Order[] = []
  let repeated = 0
  for (const [index, order] of orders.entries()) {
    const changesItsMind = (index + 1) % ROLLED_BACK_EVERY === 0
    if (changesItsMind) rolledBack.push(order)
    await placeOrder(db, order, changesItsMind)
    if (!changesItsMind && (index + 1) % REPEATED_EVERY === 3) {
      await inTransaction(db, (tx) => enqueueInvoice(tx, order))
      repeated += 1
    }
    onProgress(index + 1)
  }
  return { orders: orders.filter((order) => !rolledBack.includes(order)), rolledBack, repeated }
}

class ChangedMind extends Error {}

async function placeOrder(db: Database, order: Order, changesItsMind: boolean): Promise<void> {
  await inTransaction(db, async (tx) => {
    await tx.query('insert into orders (key, customer, amount) values ($1, $2, $3)', [
      order.key,
      order.customer,
      order.amount,
    ])
    await enqueueInvoice(tx, order)
    if (changesItsMind) throw new ChangedMind()
  }).catch((error: unknown) => {
    if (!(error instanceof ChangedMind)) throw error
  })
}

const enqueueInvoice = (tx: Parameters<typeof enqueue>[0], { key, customer, amount }: Order) =>
  enqueue(tx, invoiceIssue, { tenant: 'acme', key, payload: { customer, amount }, actor: 'demo' })
