import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

// Half a minute in all: a failover ends within it, and it ends within most leases.
const PAUSES_MS = [50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800]

/**
 * Repeats a write whose connection broke, or that found no server, so that what a call or a look has proven outlives it.
 *
 * For fenced writes alone: if the first one had arrived after all, its repeat finds no row with that fence.
 */
export async function repeatIfLost<Result>(write: () => Promise<Result>): Promise<Result> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await write()
    } catch (error) {
      if (!isConnectionLost(error)) throw error
    }
    await pause(pauseMs, undefined, { ref: false })
  }
  return write()
}

/**
 * What says nothing about the statement: broken connections (08), too many of them (53), a server that stops, starts or
 * ends sessions (57P), or that is no primary any more (25006). What the server did not say was said by the network.
 */
export const isConnectionLost = (error: unknown): boolean =>
  !(error instanceof pg.DatabaseError) || /^(08|53|57P|25006)/.test(error.code ?? '')
