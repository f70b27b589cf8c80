import { connect } from 'node:net'

const TIMEOUT_MS = 2_000

/** Length; Metadata (3), version 0; correlation 1; no client id; no topics. */
const REQUEST = Buffer.from('0000000e00030000' + '00000001' + 'ffff' + '00000000', 'hex')
const BROKER_COUNT_AT = 8

/** An open port is not enough: ready is a broker that lists itself, then a client's first request succeeds. */
export function answersMetadata(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(REQUEST))
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy())
    socket.on('error', () => {})
    socket.once('close', () => done(false))
    socket.once('data', (reply) => {
      done(reply.readInt32BE(BROKER_COUNT_AT) > 0)
      socket.destroy()
    })
  })
}
