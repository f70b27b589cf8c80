import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes `target` once, under another name first: a run in parallel, or one cut short, leaves nothing half made.
 * If another process was first, its result stands.
 */
export async function makeWhole(target: string, make: (draft: string) => Promise<void>): Promise<void> {
  if (existsSync(target)) return
  await mkdir(dirname(target), { recursive: true })
  const draft = `${target}.${process.pid}`
  try {
    await make(draft)
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!existsSync(target)) throw error
  }
}
