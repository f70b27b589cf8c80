import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/**
 * What goes over a socket during one request. The socket is kept for others afterwards, so its counters are read where the request
 * begins and where it ends.
 */
export class RequestWire {
  readonly #socket: Socket
  readonly #writtenBefore: number
  readonly #readBefore: number
  #allLeft = false

  constructor(socket: Socket) {
    this.#socket = socket
    this.#writtenBefore = socket.bytesWritten
    this.#readBefore = socket.bytesRead
  }

  /** To be told when the whole request was given to the socket, which seldom keeps any of it back. */
  requestGiven(): void {
    if (this.#queued() === 0) this.#allLeft = true
  }

  /** Whether the network has taken all of a request that was given whole. */
  allLeft(): boolean {
    return this.#allLeft || (!this.#socket.destroyed && this.#queued() === 0)
  }

  /** Of a socket that broke with some of it queued, nobody knows how much the network took: this is the most that it can be. */
  bytesSent(): number {
    return this.#socket.bytesWritten - this.#writtenBefore - this.#queued()
  }

  bytesReceived(): number {
    return this.#socket.bytesRead - this.#readBefore
  }

  /** What Node still holds, and what the system has not taken from it. */
  #queued(): number {
    const { writableLength, _handle: handle } = this.#socket as Socket & Partial<Held>
    return writableLength === 0 ? 0 : (handle?.writeQueueSize ?? 0)
  }
}

type Held = { readonly _handle: { readonly writeQueueSize?: number } | null }

let writing: ((socket: Socket) => void) | null = null

/** Undici tells nobody which socket it writes to but by this channel, at once after the handler's `onConnect`. */
subscribe('undici:client:sendHeaders', (message) => {
  const tell = writing
  writing = null
  tell?.((message as { socket: Socket }).socket)
})

/** To be called from `onConnect`: whoever writes next, within the same turn, is that request. */
export function onNextWrite(tell: (socket: Socket) => void): void {
  writing = tell
}
