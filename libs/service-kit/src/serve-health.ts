import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathOf, type RequestHandler } from './post-endpoint.ts'

export type Check = {
  name: string
  ok: boolean
  detail?: string
  /** Of the checks that name the same, one that is well is enough. */
  oneOf?: string
}

export type HealthOptions = {
  /** 0: any free one. */
  port: number
  host?: string
  /** Must not wait for anything outside the process: a slow database is no reason to restart it. */
  live: () => boolean
  ready: () => Promise<readonly Check[]>
  /** The text of `/metrics`, in Prometheus' format. */
  metrics: () => Promise<string>
  /** Has the first look at every request. */
  also?: RequestHandler
}

export type HealthServer = { port: number; close(): Promise<void> }

type Answer = { status: number; body: string }

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'

/** `/livez`, `/readyz?verbose` and `/metrics`. Rejects when the port cannot be had. */
export async function serveHealth(options: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    if (options.also?.(request, response)) return
    answer(options, request).then(
      (given) => send(response, given),
      () => send(response, { status: 500, body: 'failed\n' }),
    )
  })
  await listen(server, options.port, options.host)
  return { port: (server.address() as AddressInfo).port, close: () => close(server) }
}

async function answer(options: HealthOptions, request: IncomingMessage): Promise<Answer> {
  switch (pathOf(request)) {
    case '/livez':
      return options.live() ? { status: 200, body: 'ok\n' } : { status: 503, body: 'not alive\n' }
    case '/readyz':
      return readiness(await options.ready(), isVerbose(request))
    case '/metrics':
      return { status: 200, body: await options.metrics() }
    default:
      return { status: 404, body: 'there are /livez, /readyz?verbose and /metrics\n' }
  }
}

const isVerbose = ({ url = '' }: IncomingMessage) => new URLSearchParams(url.split('?')[1]).has('verbose')

function readiness(checks: readonly Check[], verbose: boolean): Answer {
  const ready = checks.every((check) => check.ok || checks.some((other) => other.ok && isAlternative(check, other)))
  const lines = checks.map(
    (check) => `[${check.ok ? '+' : '-'}] ${check.name}${check.detail ? `: ${check.detail}` : ''}\n`,
  )
  return { status: ready ? 200 : 503, body: `${verbose ? lines.join('') : ''}${ready ? 'ready' : 'not ready'}\n` }
}

const isAlternative = (check: Check, other: Check) => check.oneOf !== undefined && check.oneOf === other.oneOf

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': TEXT, 'cache-control': 'no-store' }).end(body)
}

function listen(server: Server, port: number, host?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
