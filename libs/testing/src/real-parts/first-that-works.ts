/** A way to get a real part. It throws the reason if it does not work here. */
export type Sources<T> = Record<string, () => Promise<T>>

/**
 * The part from the first source that works, in order; or only from the one that is `forced`.
 * Throws with the reason of each if none does.
 */
export async function firstThatWorks<T>(part: string, sources: Sources<T>, forced?: string): Promise<T> {
  const tried: string[] = []
  for (const [name, start] of Object.entries(chosen(part, sources, forced))) {
    try {
      return await start()
    } catch (error) {
      tried.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new Error(`No ${part} for the tests. ${tried.join(' | ')}`)
}

function chosen<T>(part: string, sources: Sources<T>, forced?: string): Sources<T> {
  if (!forced) return sources
  const source = sources[forced]
  if (source) return { [forced]: source }
  throw new Error(`${part} for the tests comes from ${Object.keys(sources).join(', ')}; not from "${forced}".`)
}
