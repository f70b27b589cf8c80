import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { RequestPlan } from '@readback/contract'
import { onAbort } from '@readback/waiting'
import type { Dispatcher } from 'undici'
import { type ConnectionTrace, connectionTimings } from './connection-trace.ts'
import { decodeBody } from './decode-body.ts'
import type { Exchange, Timings } from './exchange.ts'
import { failedPhase } from './failed-phase.ts'
import { ReceivedAnswer, rawHeader } from './received-answer.ts'
import { onNextWrite, RequestWire } from './request-wire.ts'

type Options = {
  readonly plan: RequestPlan
  readonly signal: AbortSignal
  readonly maxBodyBytes: number
  readonly resolve: (exchange: Exchange) => void
}

type Abort = (reason?: Error) => void
type Failure = { readonly code: string; readonly message: string }

/** A server may say "early hints" or "still processing" a few times; one that says nothing else only keeps us busy. */
const MAX_INTERIM = 32

/**
 * Follows one request through undici and settles once. Undici calls `onConnect` right before it writes to a connected socket: until then
 * not a byte has left, from then on it may have. The raw handler interface costs half of what `request()` does.
 */
export class ExchangeHandler implements Dispatcher.DispatchHandler {
  settled = false
  readonly #options: Options
  readonly #startedAt = performance.now()
  readonly #deadline: NodeJS.Timeout
  readonly #forgetSignal: () => void
  #abort: Abort | null = null
  #connection: ConnectionTrace | null = null
  #wire: RequestWire | null = null
  #sentAt: number | null = null
  #firstByteAt: number | null = null
  #status: number | null = null
  #rawHeaders: readonly Buffer[] = []
  #interim = 0
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(options: Options) {
    this.#options = options
    this.#deadline = setTimeout(this.#onDeadline, options.plan.timeoutMs)
    this.#forgetSignal = onAbort(options.signal, this.#onSignal)
    if (options.signal.aborted) this.#onSignal()
  }

  onConnect(abort: Abort): void {
    // Settled while it waited for a socket, or undici is about to write it a second time: throwing here stops it before the first byte.
    if (this.#isLate()) this.#onDeadline()
    if (this.settled || this.#sentAt !== null) throw new Error('this request must not be written')
    // It may have taken long to get here: a name to be resolved, a connection to be made, a socket to be free.
    if (performance.now() >= (this.#options.plan.notAfterMs ?? Number.POSITIVE_INFINITY)) throw this.#expired()
    this.#abort = abort
    this.#sentAt = performance.now()
    onNextWrite(this.#onWire)
  }

  /** A connection was begun for this request. */
  onConnection(connection: ConnectionTrace): void {
    this.#connection = connection
  }

  readonly #onWire = (socket: Socket): void => {
    this.#wire = new RequestWire(socket)
  }

  onRequestSent(): void {
    this.#wire?.requestGiven()
  }

  onResponseStarted(): void {
    this.#firstByteAt ??= performance.now()
  }

  #expired(): Error {
    const message = 'it was not worth sending any more when it could have been'
    this.#settle({ code: 'expired', message })
    return new Error(message)
  }

  onHeaders(statusCode: number, headers: Buffer[]): boolean {
    if (statusCode < 200) return this.#onInterim()
    this.#status = statusCode
    this.#rawHeaders = headers
    return true
  }

  #onInterim(): boolean {
    this.#interim += 1
    if (this.#interim > MAX_INTERIM)
      this.#stop({ code: 'too_many_interim', message: `more than ${MAX_INTERIM} 1xx answers` })
    return true
  }

  onData(chunk: Buffer): boolean {
    this.#bytes += chunk.length
    this.#chunks.push(chunk)
    if (this.#bytes > this.#options.maxBodyBytes)
      this.#stop({ code: 'body_too_large', message: `more than ${this.#options.maxBodyBytes} bytes` })
    return true
  }

  onComplete(): void {
    this.#settle(null)
  }

  onError(error: Error): void {
    this.#settle({ code: codeOf(error), message: error.message })
  }

  /**
   * After a process stood still (SIGSTOP, a starved machine), sockets are served before timers. Whoever took the entry over counts on it
   * that nothing leaves after its time.
   */
  #isLate(): boolean {
    return performance.now() - this.#startedAt > this.#options.plan.timeoutMs
  }

  readonly #onDeadline = (): void =>
    this.#stop({ code: 'deadline', message: `not finished within ${this.#options.plan.timeoutMs} ms` })
  readonly #onSignal = (): void => this.#stop({ code: 'aborted', message: 'stopped by the caller' })

  /** Settles first, so that undici's own error for the abort finds nothing left to say. */
  #stop(failure: Failure): void {
    this.#settle(failure)
    this.#abort?.()
  }

  #settle(error: Failure | null): void {
    if (this.settled) return
    this.settled = true
    clearTimeout(this.#deadline)
    this.#forgetSignal()
    const { answer, failure } = this.#received(error)
    this.#options.resolve({
      phase: failure === null ? 'complete' : this.#phase(failure),
      answer,
      error: failure,
      requestSent: this.#sentAt !== null,
      statusCode: this.#status,
      bytesSent: this.#wire?.bytesSent() ?? 0,
      bytesReceived: this.#wire?.bytesReceived() ?? 0,
      durationMs: performance.now() - this.#startedAt,
      timings: this.#timings,
    })
  }

  #phase(error: Failure): Exchange['phase'] {
    if (this.#sentAt === null) return failedPhase(error.code, this.#connection)
    if (this.#firstByteAt !== null) return 'response'
    return this.#wire?.allLeft() === true ? 'sent' : 'request'
  }

  readonly #timings = (): Timings => ({
    ...(this.#connection !== null && connectionTimings(this.#connection)),
    ...(this.#sentAt !== null && this.#firstByteAt !== null && { first_byte: this.#firstByteAt - this.#sentAt }),
  })

  /** An answer whose body cannot be read is as good as cut. */
  #received(error: Failure | null): { answer: ReceivedAnswer | null; failure: Failure | null } {
    const status = this.#status
    if (status === null) return { answer: null, failure: error }
    const { maxBodyBytes } = this.#options
    const rawHeaders = this.#rawHeaders
    const [first, second] = this.#chunks
    const whole = first !== undefined && second === undefined ? first : Buffer.concat(this.#chunks)
    const coding = rawHeader(rawHeaders, 'content-encoding')
    const { bytes, problem } = decodeBody(whole.subarray(0, maxBodyBytes), coding, maxBodyBytes)
    const failure = error ?? (problem === null ? null : { code: 'body_unreadable', message: problem })
    return { answer: new ReceivedAnswer({ status, rawHeaders, bytes, truncated: failure !== null }), failure }
  }
}

function codeOf(error: Error): string {
  const code: unknown = (error as NodeJS.ErrnoException).code
  return typeof code === 'string' ? code : error.name
}
