import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Contract, type Entry, formatProblem, parseContract } from '@readback/contract'
import { callProvider, createHttpCaller, type HttpCaller, lookAtProvider, parseEgressAllow } from '@readback/effects'
import { decideAfterLook, type Verdict } from '@readback/lifecycle'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** The example of a job that is worked on later, against a server that works on jobs. */
const NEVER = new AbortController().signal
const ENTRY: Entry = {
  entryId: 'e1',
  tenant: 'acme',
  effect: 'report.export',
  key: 'cust-7/2026-11',
  payload: '{"customer":"cust-7","report":"2026-11"}',
  createdAt: '2026-11-22T17:00:00Z',
}

type Job = { id: string; reference: string; report: string; created: string; state: string; file?: string }

let jobs: Job[]
let cutAnswers: boolean
let server: Server
let caller: HttpCaller
let contract: Contract

beforeEach(async () => {
  jobs = [
    { id: 'j0', reference: `${ENTRY.key}0`, report: '2026-11', created: '2026-11-22T17:00:30Z', state: 'finished' },
  ]
  cutAnswers = false
  server = createServer((request, response) => void serve(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const allowed = parseEgressAllow('127.0.0.1')
  if (!allowed.ok) throw new Error('bad policy')
  caller = createHttpCaller({ egress: allowed.policy })
  contract = load(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})

afterEach(async () => {
  await caller.close()
  server.closeAllConnections()
  server.close()
})

function load(url: string): Contract {
  const text = readFileSync(new URL('../../docs/contracts/async-export.yaml', import.meta.url), 'utf8')
  const parsed = parseContract(text.replaceAll('https://reports.example', url), 'async-export.yaml')
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'))
  expect(parsed.warnings.map(formatProblem)).toEqual([])
  return parsed.contract
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '', 'http://x')
  if (request.method === 'POST') return accept(JSON.parse(await textOf(request)), response)
  if (pathname === '/v1/exports') return json(response, 200, { exports: jobs })
  if (pathname === '/v1/account') return json(response, 200, {})
  const job = jobs.find(({ id }) => pathname === `/v1/jobs/${id}`)
  if (job === undefined) return json(response, 404, { error: { code: 'no_such_job' } })
  return job.state === 'running' ? json(response, 202, {}) : json(response, 200, job)
}

function accept({ reference, report }: Job, response: ServerResponse): void {
  const id = `j${jobs.length}`
  jobs.unshift({ id, reference, report, created: '2026-11-22T17:00:01Z', state: 'running' })
  if (cutAnswers) response.destroy()
  else response.writeHead(202, { location: `/v1/jobs/${id}` }).end()
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const deps = () => ({ caller, secret: () => 'token', now: Date.now })

async function call() {
  const { outcome, externalId } = await callProvider(deps(), contract, ENTRY, NEVER)
  return { outcome, externalId }
}

const look = (externalId: string | null, calls = 1) => {
  const answeredCalls = externalId === null ? 0 : calls
  return lookAtProvider(
    deps(),
    contract,
    { ...ENTRY, externalId, calls, answeredCalls, seenPresentBefore: false },
    NEVER,
  )
}

function work(change: Partial<Job>): void {
  jobs = jobs.map((job) => (job.reference === ENTRY.key ? { ...job, ...change } : job))
}

const nextAfter = (verdict: Verdict) =>
  decideAfterLook(
    contract.policy,
    {
      attempts: 1,
      answeredCalls: 1,
      sinceCommitMs: 9_000,
      sinceFirstCallMs: 9_000,
      expiresInMs: Number.POSITIVE_INFINITY,
      quietMs: 8_000,
      absences: 0,
      misses: 0,
      lastOutcome: 'success',
      lastMeans: null,
      seenPresentBefore: false,
    },
    verdict,
  )

describe('a job that is worked on after the answer', () => {
  it('is accepted with its id, looked for again while it runs, and done when it is finished', async () => {
    const { outcome, externalId } = await call()
    expect([outcome, externalId]).toEqual(['success', 'j1'])
    expect(await look(externalId)).toMatchObject({ verdict: 'pending', evidence: { by: 'id', status: 202 } })
    expect(nextAfter('pending')).toEqual({ to: 'verifying', dueInMs: 5_000 })
    work({ state: 'finished', file: 'f-17' })
    expect(await look(externalId)).toMatchObject({
      verdict: 'present',
      kept: '{"file":"f-17"}',
      evidence: { by: 'id' },
    })
  })

  it.each([
    ['failed', { state: 'failed' }, 'failed'],
    ['made another report', { state: 'finished', report: '2026-10' }, 'mismatch'],
  ])('that %s needs a person', async (_, change, verdict) => {
    const { externalId } = await call()
    work(change)
    expect(await look(externalId)).toMatchObject({ verdict })
  })

  it('is found by its key when the answer was lost', async () => {
    cutAnswers = true
    expect(await call()).toEqual({ outcome: 'side_effect_unknown', externalId: null })
    expect(await look(null)).toMatchObject({ verdict: 'pending', evidence: { by: 'key' } })
    work({ state: 'finished' })
    expect(await look(null)).toMatchObject({ verdict: 'present', evidence: { by: 'key' } })
  })

  it('is seen to be two after a second call, which the look by id would not see', async () => {
    await call()
    const { externalId } = await call()
    expect(await look(externalId, 2)).toMatchObject({ verdict: 'duplicate', evidence: { by: 'key' } })
  })

  it('was never there when neither list nor place is wrong', async () => {
    expect(await look(null)).toMatchObject({ verdict: 'absent', evidence: { by: 'key' } })
  })
})
