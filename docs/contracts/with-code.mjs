import { createHmac } from 'node:crypto'

/**
 * A provider that wants each request signed in its own way, makes an invoice in two steps, and lists invoices by number of page: more
 * than YAML can say. What is no code is the same as in a YAML file, and checked alike.
 *
 * @type {import('@readback/contract/define').ContractModule<{ customer: string, amount: number }>}
 */
export default {
  effect: 'invoice.draft_and_issue',
  version: 1,
  description: 'Issues one invoice to a customer, by way of a draft.',
  risk: 'high',
  payload: {
    type: 'object',
    required: ['customer', 'amount'],
    properties: { customer: { type: 'string' }, amount: { type: 'number' } },
  },
  key: { from: ['/customer'], retention: '30d' },

  // All the requests of custom.call together. The last answer is read as that of any call.
  call: { timeout: '10s', external_id: '/id' },

  provider: { key: { in: 'body', at: 'reference' }, repeat: 'acts_again', max_execution_delay: '30s' },

  verify: {
    by_key: { where: { '/reference': '${key}' }, timeout: '10s' },
    present: {
      match: {
        '/customer': '${payload./customer}',
        '/amount': { equals: '${payload./amount}', by: 'number' },
      },
    },
    failed: { match: { '/state': 'void' } },
    canary: { url: 'https://invoices.example/health', status: 200, match: { '/service': 'invoices' } },
    settle: { first: '0s', every: '2s', for: '60s' },
  },

  retry: { max_attempts: 5, backoff: { first: '1s', cap: '10m' }, deadline: '24h' },
  on_unknown: 'reconcile',
  rollback: { strategy: 'manual_only' },

  custom: {
    async call({ key, payload, http, secret }) {
      const draft = { reference: key, customer: payload.customer, amount: payload.amount }
      // A draft that nobody issues is deleted after an hour: losing this answer, or asking twice, makes no invoice.
      const made = await http({ ...signed(secret, 'POST', '/v1/drafts', draft), harmless: true })
      if (made.answer?.status !== 201) return made.answer === null ? { sent: false, error: made.error } : made
      const { id } = JSON.parse(made.answer.body)
      return await http(signed(secret, 'POST', `/v1/drafts/${encodeURIComponent(id)}/issue`, {}))
    },

    async look({ http, secret }) {
      const items = []
      for (let page = 1; page <= 50; page += 1) {
        const { answer, error } = await http(signed(secret, 'GET', `/v1/invoices?page=${page}`))
        if (answer === null || answer.truncated) return { inconclusive: error ?? 'no_answer' }
        if (answer.status !== 200) return { inconclusive: `look_http_${answer.status}` }
        const { invoices, pages } = JSON.parse(answer.body)
        items.push(...invoices)
        if (page >= pages) return { items, complete: true }
      }
      return { items, complete: false }
    },
  },
}

const HOST = 'https://invoices.example'

function signed(secret, method, path, body) {
  const text = body === undefined ? '' : JSON.stringify(body)
  const signature = createHmac('sha256', secret('INVOICES_KEY')).update(`${method} ${path}\n${text}`).digest('hex')
  const headers = { 'content-type': 'application/json', 'x-signature': signature }
  return { url: `${HOST}${path}`, method, headers, ...(body !== undefined && { body: text }) }
}
