/** How a test gets a real part: from the desk of this run, or, without one, from this process itself. */
import { DESK_VARIABLE } from './desk.ts'
import type { KafkaForTests } from './kafka-for-tests.ts'
import { type RealParts, realParts } from './parts.ts'
import type { PostgresForTests } from './postgres-for-tests.ts'

let ownParts: RealParts | undefined

const own = (): RealParts => {
  ownParts ??= realParts()
  return ownParts
}

export const askForPostgres = (): Promise<Omit<PostgresForTests, 'stop'>> => atDesk('postgres') ?? own().postgres()

export const askForKafka = (): Promise<Omit<KafkaForTests, 'stop'>> => atDesk('kafka') ?? own().kafka()

function atDesk<T>(part: string): Promise<T> | undefined {
  const desk = process.env[DESK_VARIABLE]
  return desk === undefined ? undefined : askDesk<T>(`${desk}/${part}`)
}

async function askDesk<T>(url: string): Promise<T> {
  const response = await fetch(url)
  const body = (await response.json()) as T & { error?: string }
  if (!response.ok) throw new Error(body.error)
  return body
}
