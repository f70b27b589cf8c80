import { usageError } from './framework/cli-error.ts'
import { argument, optional } from './framework/field.ts'

const ENTRY_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const isEntryId = (text: string): boolean => ENTRY_ID.test(text)

const read = (text: string) => (isEntryId(text) ? text : undefined)

export function readEntryId(given: unknown): string {
  if (typeof given === 'string' && isEntryId(given)) return given
  throw usageError(`expected the id of an entry, got ${JSON.stringify(given)}`, 'Ids are shown by `readback list`.')
}

/** The id of an entry, by its place on the command line. */
export const entryId = {
  ...argument('id of the entry'),
  read: readEntryId,
}

export const afterEntry = optional('<entry>', 'go on after this entry, as the last page said', read)
