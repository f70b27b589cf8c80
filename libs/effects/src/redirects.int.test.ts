import { afterEach, describe, expect, it } from 'vitest'
import { callProvider } from './call-provider.ts'
import { lookAtProvider } from './look-at-provider.ts'
import { GOOD, head, NOTE, NOTE_CALLED, type NoteWorld, noteWorld, ok, says } from './testing/notes.ts'
import { serveSockets, type TestServer } from './testing/server.ts'

const NEVER = new AbortController().signal

let world: NoteWorld
const others: TestServer[] = []

afterEach(async () => {
  await world.stop()
  await Promise.all(others.splice(0).map(({ stop }) => stop()))
})

const to = (location: string, status = 302) =>
  head(`HTTP/1.1 ${status} Found`, `location: ${location}`, 'content-length: 0')

describe('a redirect', () => {
  it('of a call is never followed, wherever it leads', async () => {
    const asked: string[] = []
    world = await noteWorld((socket, request) => {
      asked.push(request.split(' HTTP')[0] ?? '')
      socket.write(to('/notes?x=1', 307))
    })
    expect(await callProvider(world.deps, world.contract, NOTE, NEVER)).toMatchObject({
      outcome: 'side_effect_unknown',
      cause: 'http_307',
    })
    expect(asked).toEqual(['POST /notes'])
  })

  it('of a look is followed on its own origin, with the credential', async () => {
    const asked: string[] = []
    world = await noteWorld((socket, request) => {
      asked.push(`${request.split(' HTTP')[0]} ${/bearer .*/i.exec(request)?.[0]}`)
      socket.write(asked.length === 1 ? to('/v2/notes?key=k1', 308) : ok(GOOD))
    })
    expect(await lookAtProvider(world.deps, world.contract, NOTE_CALLED, NEVER)).toMatchObject({ verdict: 'present' })
    expect(asked).toEqual(['GET /notes?key=k1 Bearer the-token', 'GET /v2/notes?key=k1 Bearer the-token'])
  })

  it('of a look to another origin sends nothing there, not even without the credential', async () => {
    const other = await serveSockets(says(ok(GOOD)))
    others.push(other)
    world = await noteWorld(says(to(`http://127.0.0.1:${other.port}/notes?key=k1`)))
    expect(await lookAtProvider(world.deps, world.contract, NOTE_CALLED, NEVER)).toMatchObject({
      verdict: 'inconclusive',
      cause: 'look_http_302',
    })
    expect(other.connections()).toBe(0)
  })

  it('in a circle ends after five steps', async () => {
    let asked = 0
    world = await noteWorld((socket) => {
      asked += 1
      socket.write(to(`/notes/${asked}?key=k1`))
    })
    expect(await lookAtProvider(world.deps, world.contract, NOTE_CALLED, NEVER)).toMatchObject({
      cause: 'look_http_302',
    })
    expect(asked).toBe(6)
  })

  it('to a place that is not there proves no absence', async () => {
    world = await noteWorld((socket, request) =>
      says(request.startsWith('GET /notes') ? to('/gone?key=k1') : head('HTTP/1.1 404 No', 'content-length: 0'))(
        socket,
      ),
    )
    expect(await lookAtProvider(world.deps, world.contract, NOTE_CALLED, NEVER)).toMatchObject({
      cause: 'look_http_302',
    })
  })

  it('does not lengthen the time that one request has', async () => {
    world = await noteWorld(
      (socket, request) => {
        if (request.startsWith('GET /notes')) socket.write(to('/slow?key=k1'))
      },
      { timeout: '1s' },
    )
    const startedAt = performance.now()
    expect(await lookAtProvider(world.deps, world.contract, NOTE_CALLED, NEVER)).toMatchObject({ cause: 'deadline' })
    expect(performance.now() - startedAt).toBeLessThan(1_900)
  })
})
