import { createBell } from '../bell.ts'
import type { EntryRef, Intake } from '../dispatch.ts'

/** An intake that remembers what it was given, and gives room or fails as a test wants. */
export type TestIntake = Intake & {
  /** Every accepted batch, as entry ids. */
  batches: readonly (readonly string[])[]
  /** Ids in the order in which they were accepted first: any reference may come again. */
  accepted(): string[]
  /** Everything that was handed over, accepted or not, each once. */
  handedOver(): EntryRef[]
  /** How much room there is from now on; 0: none. */
  give(room: number): void
  /** What it says is overdue from now on, until it was handed over. */
  isOverdue(refs: readonly EntryRef[]): void
  /** What becomes of each hand-over from now on. */
  onAccept(behaviour: () => Promise<void>): void
}

export function createTestIntake(firstRoom = 100): TestIntake {
  let room = firstRoom
  let behaviour = async () => {}
  const given = createBell()
  const batches: string[][] = []
  const handedOver = new Map<string, EntryRef>()
  let overdue: readonly EntryRef[] = []

  return {
    batches,
    handedOver: () => [...handedOver.values()],
    accepted: () => [...new Set(batches.flat())],
    give(next) {
      room = next
      given.ring()
    },
    isOverdue(refs) {
      overdue = refs
    },
    overdue: async () => overdue.filter((ref) => !handedOver.has(ref.entryId)),
    onAccept(next) {
      behaviour = next
    },
    async room(signal) {
      while (room === 0 && !signal.aborted) await given.wait(signal)
      signal.throwIfAborted()
      return room
    },
    async accept(refs) {
      for (const ref of refs) handedOver.set(ref.entryId, ref)
      await behaviour()
      batches.push(refs.map(({ entryId }) => entryId))
    },
  }
}
