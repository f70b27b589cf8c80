import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { runUntilStopped } from './run-until-stopped.ts'

const never = () => new Promise<never>(() => {})
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

describe('running until stopped', () => {
  it('stops what it started at the first SIGTERM', async () => {
    const signals = new EventEmitter()
    const seen: string[] = []
    const start = async () => {
      seen.push('started')
      return { stop: async () => void seen.push('stopped') }
    }
    const ending = runUntilStopped({ start, graceMs: 60_000, signals })
    await nextTurn()
    signals.emit('SIGTERM')
    expect(await ending).toBe('stopped')
    expect(seen).toEqual(['started', 'stopped'])
    expect(signals.listenerCount('SIGTERM')).toBe(0)
  })

  it('gives up on a stop that takes longer than the grace', async () => {
    const signals = new EventEmitter()
    const ending = runUntilStopped({ start: async () => ({ stop: never }), graceMs: 1, signals })
    signals.emit('SIGINT')
    expect(await ending).toBe('grace_over')
  })

  it('is forced by a second signal, even out of a start that hangs', async () => {
    const signals = new EventEmitter()
    const ending = runUntilStopped({ start: never, graceMs: 60_000, signals })
    signals.emit('SIGINT')
    signals.emit('SIGINT')
    expect(await ending).toBe('forced')
  })

  it('stops and fails when what runs can no longer work', async () => {
    let stopped = false
    const start = async () => ({
      failed: Promise.reject(new Error('the disk is full')),
      stop: async () => {
        stopped = true
      },
    })
    const ending = runUntilStopped({ start, graceMs: 60_000, signals: new EventEmitter() })
    await expect(ending).rejects.toThrow('the disk is full')
    expect(stopped).toBe(true)
  })
})
