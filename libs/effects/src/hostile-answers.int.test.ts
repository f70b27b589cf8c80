import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { callProvider } from './call-provider.ts'
import { GOOD, NOTE, type NoteWorld, noteWorld, ok, says } from './testing/notes.ts'
import { post, serveSockets } from './testing/server.ts'

const NEVER = new AbortController().signal

let world: NoteWorld
afterEach(() => world.stop())

const BOMB = Buffer.alloc(20_000_000, '[')
describe('a provider that', () => {
  it('sends a bomb costs a capped piece of memory, and says so in the evidence', async () => {
    world = await noteWorld(says(ok(gzipSync(BOMB), 'content-encoding: gzip')))
    const call = await callProvider(world.deps, world.contract, NOTE, NEVER)
    expect(call.evidence).toMatchObject({
      status: 200,
      error: 'body_unreadable: more than 50000 bytes when decompressed',
    })
    expect(call.evidence.bytes_received).toBeLessThan(50_000)
  })

  it('sends a second answer behind the first does not answer the next request with it', async () => {
    let connections = 0
    const server = await serveSockets((socket) => {
      connections += 1
      const name = `{"connection":${connections}}`
      socket.on('data', () => socket.write(Buffer.concat([ok(name), ok('{"stale":true}')])))
    })
    world = await noteWorld(says(ok(GOOD)))
    const plan = post(server.port)
    const bodies: unknown[] = []
    for (let request = 0; request < 5; request += 1) {
      bodies.push((await world.deps.caller.send(plan, NEVER)).answer?.body)
    }
    expect(bodies).toEqual([1, 2, 3, 4, 5].map((connection) => `{"connection":${connection}}`))
    await server.stop()
  })
})
