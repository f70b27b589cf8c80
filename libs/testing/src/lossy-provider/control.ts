/** What tests and the demo ask the provider about itself, under `/_`; none of it is entered into the ledger. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CallBackTo } from './call-back.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { FaultPlanName } from './fault-plans.ts'
import { readBody, type Target } from './request.ts'
import type { World } from './world.ts'

export function control(world: World, target: Target, request: IncomingMessage, response: ServerResponse): void {
  readBody(request, (body) => {
    try {
      const action = `${request.method} ${target.segments[0]}`
      const answer = perform(world, action, target.query, String(body))
      json(response, answer === undefined ? 404 : 200, answer ?? { error: 'No such control.' })
    } catch (error) {
      json(response, 400, { error: error instanceof Error ? error.message : String(error) })
    }
  })
}

function perform(world: World, action: string, query: URLSearchParams, body: string): unknown {
  switch (action) {
    case 'GET ledger':
      return callsFor(world, query.get('key'))
    case 'GET effects':
      return world.effects.all(query.get('collection') ?? undefined)
    case 'GET callbacks':
      return world.calledBack
    case 'POST callbacks':
      world.callBackTo = JSON.parse(body) as CallBackTo | null
      return {}
    case 'POST plan':
      world.plan(JSON.parse(body) as FaultPlan | FaultPlanName)
      return {}
    case 'POST reset':
      world.reset()
      return {}
    default:
      return undefined
  }
}

const callsFor = (world: World, key: string | null) =>
  key === null ? world.ledger : world.ledger.filter((entry) => entry.key === key)

function json(response: ServerResponse, status: number, answer: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}
