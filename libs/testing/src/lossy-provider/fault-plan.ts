/** Which request goes wrong, and how: scripted, or random by a seed and yet the same in every run. */
import { hash } from 'node:crypto'
import {
  DEFAULT_DETAILS,
  type DetailedFault,
  type Fault,
  type FaultDetails,
  type FaultName,
  isFaultName,
  isLookFault,
  isWriteFault,
} from './fault.ts'

/** The first of these that speaks about a request decides. */
export interface FaultScript {
  /** The nth request for a key meets the nth fault of its list; after the list: none. */
  byKey?: Record<string, Fault[]>
  /** The same for every other key. After the list: the weights. */
  everyKey?: Fault[]
  /** The probability of each fault, 0 to 1; they add up to 1 at most. Decided by (seed, key, nth request). */
  weights?: Partial<Record<FaultName, number>>
  seed?: number | string
  /** What goes with faults that the script only names. */
  details?: Partial<Record<FaultName, FaultDetails>>
}

export interface FaultPlan {
  writes?: FaultScript
  looks?: FaultScript
}

export type Direction = keyof FaultPlan

/** The same plan with other dice. */
export function withSeed({ writes, looks }: FaultPlan, seed: number | string): FaultPlan {
  return { ...(writes && { writes: { ...writes, seed } }), ...(looks && { looks: { ...looks, seed } }) }
}

const NO_FAULT: DetailedFault = { name: 'none' }

/** The fault that the `nth` (from 1) write or look for `key` meets. */
export function faultFor(plan: FaultPlan, direction: Direction, key: string, nth: number): DetailedFault {
  const script = plan[direction]
  if (!script) return NO_FAULT
  return detailed(script, scripted(script, key, nth) ?? drawn(script, `${direction}\0${key}\0${nth}`))
}

function scripted({ byKey, everyKey }: FaultScript, key: string, nth: number): Fault | undefined {
  if (byKey && Object.hasOwn(byKey, key)) return byKey[key]?.[nth - 1] ?? 'none'
  return everyKey?.[nth - 1]
}

function drawn({ weights, seed = 0 }: FaultScript, request: string): FaultName {
  if (!weights) return 'none'
  let rest = fraction(`${seed}\0${request}`)
  for (const [name, weight] of Object.entries(weights) as [FaultName, number][]) {
    if (rest < weight) return name
    rest -= weight
  }
  return 'none'
}

/** A number from 0 to below 1 that depends on nothing but the text. */
const fraction = (text: string): number => Number.parseInt(hash('sha256', text).slice(0, 8), 16) / 2 ** 32

function detailed(script: FaultScript, fault: Fault): DetailedFault {
  const own = typeof fault === 'string' ? { name: fault } : fault
  return { ...DEFAULT_DETAILS[own.name], ...script.details?.[own.name], ...own }
}

/** Throws on a plan that names what does not exist or cannot be: plans also come as JSON. */
export function checkPlan(plan: FaultPlan): FaultPlan {
  for (const direction of Object.keys(plan)) {
    if (direction !== 'writes' && direction !== 'looks')
      throw new Error(`A fault plan has writes and looks, no "${direction}".`)
    checkScript(plan[direction] ?? {}, direction)
  }
  return plan
}

function checkScript(script: FaultScript, direction: Direction): void {
  const scripted = [...Object.values(script.byKey ?? {}), script.everyKey ?? []].flat()
  const names = scripted.map((fault) => (typeof fault === 'string' ? fault : fault.name))
  const fits = direction === 'looks' ? isLookFault : isWriteFault
  for (const name of [...names, ...Object.keys(script.weights ?? {})]) {
    if (!isFaultName(name)) throw new Error(`There is no fault "${name}".`)
    if (!fits(name)) throw new Error(`The fault "${name}" is none of ${direction}.`)
  }
  const sum = Object.values(script.weights ?? {}).reduce((total, weight) => total + weight, 0)
  if (sum > 1 + 1e-9) throw new Error(`The weights of ${direction} add up to ${sum}, which is more than 1.`)
}
