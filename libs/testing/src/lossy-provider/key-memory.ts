/** What a keyed provider remembers: the first answer for each key. */
import type { Answer } from './answer.ts'

interface Memory {
  fingerprint: string
  answer: Answer
  atMs: number
}

export type Recall = { is: 'new' } | { is: 'same'; answer: Answer } | { is: 'other-body' }

export class KeyMemory {
  readonly #collections = new Map<string, Map<string, Memory>>()

  /** What was remembered before `sinceMs` is forgotten. */
  recall(collection: string, key: string, fingerprint: string, sinceMs: number): Recall {
    const memory = this.#collections.get(collection)?.get(key)
    if (!memory || memory.atMs <= sinceMs) return { is: 'new' }
    return memory.fingerprint === fingerprint ? { is: 'same', answer: memory.answer } : { is: 'other-body' }
  }

  remember(collection: string, key: string, memory: Memory): void {
    const known = this.#collections.get(collection)
    if (known) known.set(key, memory)
    else this.#collections.set(collection, new Map([[key, memory]]))
  }

  clear(): void {
    this.#collections.clear()
  }
}
