/** A broker in the hands of the test: what is published stays, until the test hands it over, loses it, or has it all come again. */
import type { EntryRef, Topic } from '@readback/dispatch'

export class KeptRefs {
  readonly #waiting: Record<Topic, EntryRef[]> = { deliver: [], verify: [] }
  /** Everything that was ever published, as long as the topic was not wiped. */
  #log: { topic: Topic; ref: EntryRef }[] = []

  publish(topic: Topic, refs: readonly EntryRef[]): void {
    this.#waiting[topic].push(...refs)
    for (const ref of refs) this.#log.push({ topic, ref })
  }

  first(topic: Topic, count: number): readonly EntryRef[] {
    return this.#waiting[topic].slice(0, count)
  }

  size(topic: Topic): number {
    return this.#waiting[topic].length
  }

  /** They are accepted, or lost. */
  forget(topic: Topic, refs: readonly EntryRef[]): void {
    const gone = new Set(refs)
    this.#waiting[topic] = this.#waiting[topic].filter((ref) => !gone.has(ref))
  }

  wipe(): void {
    this.#waiting.deliver = []
    this.#waiting.verify = []
    this.#log = []
  }

  /** As after a reset of the offsets to the beginning. */
  rewind(): void {
    for (const { topic, ref } of this.#log) this.#waiting[topic].push({ ...ref })
  }
}
