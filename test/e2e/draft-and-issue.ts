/** The provider of docs/contracts/with-code.mjs: two signed requests make an invoice, and a list in numbered pages shows it. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Invoice = { id: string; reference: string; customer: string; amount: number; state: string }
export type Step = 'draft' | 'issue'
/** The reply is lost after it was acted upon; or it says 201, and nothing is kept. */
export type Fate = 'fine' | 'cut' | 'dropped'

export type DraftAndIssue = {
  url: string
  invoices: Invoice[]
  /** What came in, in order: whose it was, and what became of it. */
  steps: { step: Step; reference: string; fate: Fate }[]
  /** Requests whose signature was wrong. */
  strangers: string[]
  stop(): Promise<void>
}

const PAGE = 7

/** `fateOf` is asked for the nth request, from 1 on, of a step for a reference. */
export async function startDraftAndIssue(
  key: string,
  fateOf: (step: Step, reference: string, nth: number) => Fate,
): Promise<DraftAndIssue> {
  const drafts = new Map<string, Omit<Invoice, 'id' | 'state'>>()
  const invoices: Invoice[] = []
  const steps: DraftAndIssue['steps'] = []
  const strangers: string[] = []
  let made = 0

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request
    const body = await textOf(request)
    if (url === '/health') return reply(response, 200, { service: 'invoices' })
    const signature = createHmac('sha256', key).update(`${method} ${url}\n${body}`).digest('hex')
    if (request.headers['x-signature'] !== signature) {
      strangers.push(`${method} ${url}`)
      return reply(response, 401, {})
    }
    if (method === 'GET') return list(response, Number(new URL(url, 'http://x').searchParams.get('page')))
    if (url === '/v1/drafts') return draft(response, JSON.parse(body))
    issue(response, decodeURIComponent(url.split('/')[3] ?? ''))
  }

  function list(response: ServerResponse, page: number): void {
    const part = invoices.slice((page - 1) * PAGE, page * PAGE)
    reply(response, 200, { invoices: part, pages: Math.max(1, Math.ceil(invoices.length / PAGE)) })
  }

  function draft(response: ServerResponse, wanted: Omit<Invoice, 'id' | 'state'>): void {
    made += 1
    const id = `d/${made}`
    drafts.set(id, wanted)
    const fate = take('draft', wanted.reference)
    answer(response, fate, { id })
  }

  function issue(response: ServerResponse, id: string): void {
    const wanted = drafts.get(id)
    if (wanted === undefined) return reply(response, 409, { code: 'not_a_draft' })
    drafts.delete(id)
    const invoice = { ...wanted, id: `i${invoices.length + 1}`, state: 'open' }
    const fate = take('issue', wanted.reference)
    if (fate !== 'dropped') invoices.push(invoice)
    answer(response, fate, invoice)
  }

  function take(step: Step, reference: string): Fate {
    const nth = steps.filter((each) => each.step === step && each.reference === reference).length + 1
    const fate = fateOf(step, reference, nth)
    steps.push({ step, reference, fate })
    return fate
  }

  const server = createServer((request, response) => void serve(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    invoices,
    steps,
    strangers,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function answer(response: ServerResponse, fate: Fate, body: unknown): void {
  if (fate === 'cut') response.destroy()
  else reply(response, 201, body)
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
