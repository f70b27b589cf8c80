import { type ForeignServer, type Invoice, plainInvoice, type RunningServer, startProgram } from './foreign-server.ts'

const AUTHORIZATION = 'AWS4-HMAC-SHA256 Credential=test, Signature=test, SignedHeaders=host'

type Item = { customer: { S: string }; amount: { N: string } }

export const table: ForeignServer = {
  name: 'a table',
  effect: 'invoice.record',
  contract: 'table-item.yaml',
  start,
  invoice: plainInvoice,
  effectOf: ({ headers, body }) =>
    String(headers['x-amz-target']).endsWith('.PutItem') ? (JSON.parse(body) as PutItem).Item.id.S : null,
  secrets: { TABLE_KEY: 'any: it looks whether there is a signature, not at it' },
}

type PutItem = { Item: { id: { S: string } } }

async function start(): Promise<RunningServer> {
  const { url, process } = await startProgram(import.meta.resolve('dynalite/cli.js'), (port) => ({
    args: ['--port', String(port), '--host', '127.0.0.1', '--createTableMs', '0'],
  }))
  await ask(url, 'CreateTable', {
    TableName: 'invoices',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  })
  return { url, held: () => held(url), stop: () => process.stop() }
}

async function held(url: string): Promise<Invoice[]> {
  const { Items } = (await ask(url, 'Scan', { TableName: 'invoices' })) as { Items: Item[] }
  return Items.map(({ customer, amount }) => ({ customer: customer.S, amount: Number(amount.N) }))
}

async function ask(url: string, target: string, body: object): Promise<unknown> {
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `DynamoDB_20120810.${target}`,
    'x-amz-date': '20261126T000000Z',
    authorization: AUTHORIZATION,
  }
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json()
}
