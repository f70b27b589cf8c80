import { describe, expect, it } from 'vitest'
import type { CallAttempted, Observation } from './observation.ts'
import { createTelemetry, type TelemetryOptions } from './telemetry.ts'

const called: CallAttempted = {
  type: 'call_attempted',
  source: 'default',
  entry_id: '0199',
  tenant: 'acme',
  effect: 'invoice.issue',
  key: 'cust-7/2026-11',
  attempt: 1,
  fence: 3,
  outcome: 'side_effect_unknown',
  cause: 'reply_lost',
  phase: 'response',
  status: null,
  duration_ms: 12.5,
  next: 'unknown',
  due_in_ms: 0,
  external_id: null,
  traceparent: null,
}

function telemetryWithLines(options: Partial<TelemetryOptions> = {}) {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  return { ...createTelemetry({ level: 'info', stream, ...options }), lines }
}

function linesOf(observation: Observation, options: Partial<TelemetryOptions> = {}) {
  const { observe, lines } = telemetryWithLines(options)
  observe(observation)
  return lines
}

const lineOf = (observation: Observation, options: Partial<TelemetryOptions> = {}) =>
  JSON.parse(linesOf(observation, options)[0] ?? 'null')

describe('lines', () => {
  it('tell a call in one line, with its key', () => {
    const { time, ...line } = lineOf(called)
    expect(line).toEqual({ level: 'info', msg: 'called', ...called })
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
  })

  it('never hold a field that was not allowed by name', () => {
    const careless = { ...called, payload: 'card 4111-1111', headers: { authorization: 'hunter2' } }
    expect(linesOf(careless).join()).not.toMatch(/4111|hunter2/)
  })

  it('tell of an error its code, message and causes, and nothing else of it', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    const error = Object.assign(new Error('no database', { cause: new AggregateError([refused]) }), {
      detail: 'Key (email)=(bob@example.com)',
    })
    const line = lineOf({ type: 'loop_failed', name: 'capture', error })
    expect(line.error).toEqual({
      message: 'no database',
      cause: { message: 'AggregateError', cause: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' } },
    })
  })

  it('show the stack only to those who debug', () => {
    const failed: Observation = { type: 'loop_failed', name: 'capture', error: new Error('gone') }
    expect(lineOf(failed, { level: 'debug' }).error.stack).toContain('telemetry.test.ts')
    expect(lineOf(failed).error.stack).toBeUndefined()
  })

  it('warn when an entry needs a person', () => {
    expect(lineOf({ ...called, next: 'dead' }).level).toBe('warn')
  })

  it('are left out below the level', () => {
    expect(linesOf({ type: 'entries_captured', count: 3, lag_ms: 1 })).toEqual([])
    expect(linesOf(called, { level: 'silent' })).toEqual([])
  })

  it('are short for people', () => {
    const pretty = { colors: false, now: () => new Date('2026-11-22T10:11:12.345Z') }
    const started: Observation = {
      type: 'role_started',
      role: 'relay',
      port: 8080,
      dispatch: 'kafka',
      version: '0.1.0',
    }
    expect(linesOf(started, { pretty })).toEqual([
      '10:11:12.345 INFO  started role=relay port=8080 dispatch=kafka version=0.1.0\n',
    ])
    const failed: Observation = {
      type: 'loop_failed',
      name: 'capture',
      error: new Error('a', { cause: new Error('b') }),
    }
    expect(linesOf(failed, { pretty })).toEqual([
      '10:11:12.345 ERROR a round failed; it is tried again name=capture error=a <- b\n',
    ])
  })
})

describe('metrics', () => {
  it('count calls by outcome, also when the line is left out', async () => {
    const { observe, metrics } = telemetryWithLines({ level: 'silent' })
    observe(called)
    observe(called)
    expect(await metrics()).toContain(
      'readback_attempts_total{effect="invoice.issue",outcome="side_effect_unknown"} 2\n',
    )
  })

  it('count what providers send by themselves, and forged ones fill no log', async () => {
    const { observe, metrics, lines } = telemetryWithLines()
    const callback = { type: 'callback_received', tenant: 'acme', effect: 'invoice.issue', looks: 0 } as const
    for (const result of ['signature_invalid', 'signature_invalid', 'secret_unusable']) observe({ ...callback, result })
    const counted = 'readback_callbacks_total{effect="invoice.issue",result="signature_invalid"} 2\n'
    expect(await metrics()).toContain(counted)
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 'error', result: 'secret_unusable' }])
  })

  it('time only what was read back', async () => {
    const { observe, metrics } = telemetryWithLines()
    const settled = { ...called, type: 'entry_settled', commit_to_settled_ms: 300 } as const
    observe({ ...settled, state: 'done' })
    observe({ ...settled, state: 'acknowledged' })
    const text = await metrics()
    expect(text).toContain('readback_commit_to_done_seconds_bucket{le="0.5",effect="invoice.issue"} 1\n')
    expect(text).toContain('readback_commit_to_done_seconds_count{effect="invoice.issue"} 1\n')
    expect(text).toContain('readback_settled_total{effect="invoice.issue",state="acknowledged"} 1\n')
  })

  it('show the lag as it is now: a stage that has caught up is gone', async () => {
    const { setLag, metrics } = telemetryWithLines()
    const lag = { oldest: [{ stage: 'verify', effect: 'mail', ageMs: 1500 }], unknown: 2, dead: 3, unaccounted: 0 }
    setLag({ ...lag, cursorLagMs: 40, keyHeadroomMs: null })
    expect(await metrics()).toContain('readback_oldest_unsettled_age_seconds{stage="verify",effect="mail"} 1.5\n')
    expect(await metrics()).not.toContain('\nreadback_key_retention_headroom_seconds')
    setLag({ ...lag, oldest: [], cursorLagMs: 40, keyHeadroomMs: 60_000 })
    const text = await metrics()
    expect(text).not.toContain('stage="verify"')
    expect(text).toContain('readback_dead 3\n')
    expect(text).toContain('readback_key_retention_headroom_seconds 60\n')
    expect(text).toContain('readback_relay_cursor_lag_seconds 0.04\n')
  })

  it('never have an id, a key or a tenant as a label', async () => {
    const { observe, metrics } = telemetryWithLines()
    observe(called)
    expect(await metrics()).not.toMatch(/0199|cust-7|acme/)
  })
})

describe('what concerns one database', () => {
  const settled = { ...called, type: 'entry_settled', state: 'done', commit_to_settled_ms: 300 } as const
  const lag = { oldest: [], unknown: 0, dead: 3, unaccounted: 0, cursorLagMs: 0, keyHeadroomMs: null }

  it('is named on every line, but not to people who have but one', () => {
    const named = telemetryWithLines()
    named.ofSource('orders').observe({ type: 'processes_lost', count: 1 })
    expect(JSON.parse(named.lines[0] ?? '')).toMatchObject({ source: 'orders', count: 1 })
    const pretty = { colors: false, now: () => new Date(0) }
    const shown = [false, true].map((severalSources) => {
      const { lines, ofSource } = telemetryWithLines({ pretty, severalSources })
      ofSource('orders').observe({ type: 'processes_lost', count: 1 })
      return lines[0]?.includes('source=orders')
    })
    expect(shown).toEqual([false, true])
  })

  it('is counted without a label where there is one', async () => {
    const { ofSource, setSourceUp, metrics } = telemetryWithLines()
    ofSource('orders').observe(settled)
    ofSource('orders').setLag(lag)
    setSourceUp('orders', true)
    const text = await metrics()
    expect(text).not.toMatch(/source[=_]/)
    expect(text).toContain('readback_dead 3\n')
  })

  it('is counted apart where there are several', async () => {
    const { observe, ofSource, setSourceUp, metrics } = telemetryWithLines({ severalSources: true })
    const [orders, billing] = [ofSource('orders'), ofSource('billing')]
    for (const { observe: told } of [orders, billing, billing]) told(settled)
    orders.setLag(lag)
    setSourceUp('orders', true)
    observe({ type: 'connect_failed', error: new Error('no broker') })
    const text = await metrics()
    expect(text).toContain('readback_settled_total{effect="invoice.issue",state="done",source="orders"} 1\n')
    expect(text).toContain('readback_settled_total{effect="invoice.issue",state="done",source="billing"} 2\n')
    expect(text).toMatch(/readback_commit_to_done_seconds_bucket\{(?=.*le="0.5").*source="billing".*\} 2\n/)
    expect(text).toContain('readback_dead{source="orders"} 3\n')
    expect(text).toMatch(/readback_source_up\{source="orders"\} 1\nreadback_source_up\{source="billing"\} 0\n/)
    expect(text).toContain('readback_failures_total{type="connect_failed"} 1\n')
    const told = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(told.filter((line) => !line.includes('source='))).toEqual([
      'readback_failures_total{type="connect_failed"} 1',
    ])
    expect(text.match(/# TYPE readback_settled_total/g)).toHaveLength(1)
  })
})
