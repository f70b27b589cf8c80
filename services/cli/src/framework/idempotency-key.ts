import { createHash } from 'node:crypto'

/**
 * The same command with the same arguments gives the same key, never a random one: who repeats a command after a lost
 * answer repeats its key, too. `state` is what of the present state belongs to the intent.
 */
export function derivedKey(command: string, input: Readonly<Record<string, unknown>>, state: string): string {
  const named = Object.entries(input).filter(([, value]) => value !== undefined)
  const intent = JSON.stringify([command, named.toSorted(([a], [b]) => (a < b ? -1 : 1)), state])
  return `cli-${createHash('sha256').update(intent).digest('hex').slice(0, 32)}`
}
