import type { Intake } from './dispatch.ts'

/** Lets only the references of one application database through: a cluster may carry those of others on the same topics. */
export function ofSource(source: string, intake: Intake): Intake {
  return {
    room: (signal) => intake.room(signal),
    overdue: () => intake.overdue(),
    async accept(refs) {
      const ours = refs.filter((ref) => ref.source === source)
      if (ours.length > 0) await intake.accept(ours)
    },
  }
}
