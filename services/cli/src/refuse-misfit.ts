import { contractFromDocument, keyMisfit } from '@readback/contract'
import { type Database, loadContract, newestVersion } from '@readback/store'
import { CliError } from './framework/cli-error.ts'
import { EXIT } from './framework/exit-code.ts'
import type { OpenSource } from './framework/open-sources.ts'

/**
 * A key that the provider cannot take would end its entry before the first byte; told here, it costs nobody an entry. What
 * cannot be asked (nothing deployed, a contract of another program, no right to read it) is left to the worker.
 */
export async function refuseMisfit(
  { name: source, db }: Pick<OpenSource, 'name' | 'db'>,
  { tenant, effect, key }: { tenant: string; effect: string; key: string },
): Promise<void> {
  const document = await newestDocument(db(), effect)
  const parsed = document === null ? null : contractFromDocument(document, effect)
  const reason = parsed?.ok === true ? keyMisfit(parsed.contract, { source, tenant, key }) : null
  if (reason === null) return
  throw new CliError('key_does_not_fit', `${reason}; nothing was committed.`, {
    exitCode: EXIT.usage,
    hint: `Another key, or provider.key.as in the contract of ${effect}, which re-shapes it.`,
  })
}

const UNASKED = ['contract_missing', '42501']

async function newestDocument(db: Database, effect: string): Promise<unknown> {
  try {
    const version = await newestVersion(db, effect)
    return JSON.parse(await loadContract(db, { effect, version }))
  } catch (error) {
    if (UNASKED.includes(String((error as { code?: unknown }).code))) return null
    throw error
  }
}
