/** What a keyed provider remembers: the first answer for each key. */
import type { Answer } from './answer.ts'

interface Memory {
  fingerprint: string
  answer: Answer
  atMs: number
}

export type Recall = { is: 'new' } | { is: 'same'; answer: Answer } | { is: 'other-body' }

export class KeyMemory {
  readonly #memories = new Map<string, Memory>()
  readonly #lifetimeMs: number

  constructor(lifetimeMs = Number.POSITIVE_INFINITY) {
    this.#lifetimeMs = lifetimeMs
  }

  recall(key: string, fingerprint: string, nowMs: number): Recall {
    const memory = this.#memories.get(key)
    if (!memory || nowMs - memory.atMs >= this.#lifetimeMs) return { is: 'new' }
    return memory.fingerprint === fingerprint ? { is: 'same', answer: memory.answer } : { is: 'other-body' }
  }

  remember(key: string, fingerprint: string, answer: Answer, nowMs: number): void {
    this.#memories.set(key, { fingerprint, answer, atMs: nowMs })
  }

  clear(): void {
    this.#memories.clear()
  }
}
