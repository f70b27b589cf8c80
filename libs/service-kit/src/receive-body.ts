import type { IncomingMessage } from 'node:http'

export type BodyLimits = { bytesMax: number; withinMs: number }

/** `gone`: whoever sends it has hung up. */
export type ReceivedBody = { kind: 'whole'; body: Buffer } | { kind: 'too_large' | 'too_slow' | 'gone' }

/**
 * The bytes of a request, within bounds. What comes beyond them is thrown away, so that the sender can read the answer, and the
 * connection is cut when its time is over.
 */
export function receiveBody(request: IncomingMessage, { bytesMax, withinMs }: BodyLimits): Promise<ReceivedBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const timer = setTimeout(() => {
      resolve({ kind: 'too_slow' })
      // After the answer, which goes out first.
      setImmediate(() => request.destroy())
    }, withinMs)
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= bytesMax) chunks.push(chunk)
      else resolve({ kind: 'too_large' })
    })
    request.once('end', () => {
      clearTimeout(timer)
      resolve({ kind: 'whole', body: Buffer.concat(chunks) })
    })
    request.once('close', () => {
      clearTimeout(timer)
      resolve({ kind: 'gone' })
    })
  })
}
