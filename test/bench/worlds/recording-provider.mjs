// A keyed provider in the process of the bench. It writes down when each key first arrived, to a fraction of a millisecond, and
// otherwise as little as it can: the lossy provider keeps a ledger of every request, in whole milliseconds, and after a million of them is
// slower itself.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { machineNowMs } from '../frame/clock.mjs'

/** `onEffect` is told how many there are now. */
export async function startRecordingProvider({ onEffect = () => {} } = {}) {
  const state = { arrivedMs: new Map(), effects: [], calls: 0, onEffect }
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const atMs = machineNowMs()
    if (request.method === 'POST') void receive(state, request, response, atMs)
    else answerLook(state, request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** When the first byte of the first call of each key was here, on the clock of the machine. */
    arrivedMs: state.arrivedMs,
    effects: () => state.effects.length,
    /** Throws if a key was called twice, or less has come. */
    expect(count) {
      const seen = { effects: state.effects.length, calls: state.calls }
      if (seen.effects === count && seen.calls === count) return
      throw new Error(`${seen.effects} effects by ${seen.calls} calls are there, and ${count} were asked for.`)
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function receive(state, request, response, atMs) {
  const key = request.headers['idempotency-key']
  state.calls += 1
  let text = ''
  for await (const part of request.setEncoding('utf8')) text += part
  if (state.arrivedMs.has(key)) return answer(response, 409, { error: 'called twice' })
  state.arrivedMs.set(key, atMs)
  const { amount } = JSON.parse(text)
  const effect = { id: `invoices_${state.effects.length}`, amount, metadata: { key } }
  state.effects.push(amount)
  answer(response, 201, effect)
  state.onEffect(state.effects.length)
}

/** By the id alone: every call is answered, so nobody needs to look by its key. */
function answerLook({ effects }, request, response) {
  const nth = Number(request.url.split('invoices_')[1])
  if (effects[nth] === undefined) return answer(response, 404, { error: 'nothing there' })
  answer(response, 200, { id: `invoices_${nth}`, amount: effects[nth] })
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
