const FORBIDDEN_FOR_MS = 60_000
const REMEMBERED_MAX = 1_000

/**
 * A 401 is about the token. Anything else may be about what the call wants to do: where a renewed token is told the same, the next
 * calls do not ask for new ones for a while, or every refused call would cost a token request, and the identity provider its patience.
 */
export function createDenialMemory(monotonicMs: () => number) {
  const forbiddenUntil = new Map<string, number>()
  return {
    isOfTheToken: (id: string, status: number): boolean =>
      status === 401 || monotonicMs() >= (forbiddenUntil.get(id) ?? Number.NEGATIVE_INFINITY),
    /** A token that was just renewed was denied as well. */
    remember(id: string): void {
      if (forbiddenUntil.size >= REMEMBERED_MAX) forbiddenUntil.clear()
      forbiddenUntil.set(id, monotonicMs() + FORBIDDEN_FOR_MS)
    },
  }
}
