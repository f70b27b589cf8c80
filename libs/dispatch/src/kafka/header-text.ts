import type { IHeaders } from 'kafkajs'

// The database takes keys of 512 bytes and tenants of 256; what is far beyond was not written by us.
const LONGEST_TEXT = 4_096
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const isUuid = (text: string): boolean => UUID.test(text)

/** The database knows no text with a zero in it, and would refuse the whole batch, again and again. */
export const isText = (given: unknown): given is string =>
  typeof given === 'string' && given.length <= LONGEST_TEXT && !given.includes('\0')

/** Of a header, or of a record key: null for what is none, too long, or given twice. */
export function textOf(header: IHeaders[string]): string | null {
  if (!Buffer.isBuffer(header) || header.length > LONGEST_TEXT) return null
  return header.includes(0) ? null : header.toString()
}
