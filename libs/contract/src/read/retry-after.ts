import { ownHeader } from './answer.ts'
import { textOf } from './comparator.ts'
import type { Decoding, OpenAnswer } from './decode.ts'
import { type Pointer, valueAt } from './json-pointer.ts'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const IMF_FIXDATE = /^[a-z]{3}, (\d{2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) gmt$/i
const RFC_850 = /^[a-z]{6,9}, (\d{2})-([a-z]{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) gmt$/i
const ASCTIME = /^[a-z]{3} ([a-z]{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/i
const LONGEST_MS = 365 * 86_400_000

/** A place of the contract's own, beside the header of that name. */
export type RetryAfterRule = {
  readonly from: { readonly at: Pointer } | { readonly header: string }
  readonly unitMs: number
}

/** A plain number, perhaps with a fraction; null when there is none at the place. */
export function retryAfterAt({ from, unitMs }: RetryAfterRule, answer: OpenAnswer, decode: Decoding): number | null {
  const value = 'header' in from ? ownHeader(answer.headers, from.header) : valueAt(answer.as(decode), from.at)
  const text = textOf(value)?.trim() ?? ''
  return /^\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Math.min(Math.ceil(Number(text) * unitMs), LONGEST_MS) : null
}

/**
 * How long to wait, in milliseconds, or null when the header is missing or is not one of RFC 9110's forms.
 * A date is relative to the answer's own Date header, so that two clocks need not agree; else to `nowMs`.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number | null): number | null {
  const value = headers['retry-after']?.trim()
  if (value === undefined) return null
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1_000, LONGEST_MS)
  const until = httpDateMs(value)
  const from = httpDateMs(headers['date']?.trim() ?? '') ?? nowMs
  return until === null || from === null ? null : Math.min(Math.max(0, until - from), LONGEST_MS)
}

/** Epoch milliseconds of an HTTP-date in any of its three forms, or null. */
function httpDateMs(text: string): number | null {
  const [, d = '', mon = '', y = '', ...time] = IMF_FIXDATE.exec(text) ?? rfc850(text) ?? asctime(text) ?? []
  const month = MONTHS.indexOf(mon.toLowerCase())
  const [hour = 0, minute = 0, second = 0] = time.map(Number)
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return null
  return Date.UTC(Number(y), month, Number(d), hour, minute, second)
}

/** Two-digit years: those below 70 are in this century. */
function rfc850(text: string): string[] | null {
  const match = RFC_850.exec(text)
  if (match === null) return null
  const [all, d = '', mon = '', yy = '', ...time] = match
  return [all, d, mon, `${Number(yy) < 70 ? '20' : '19'}${yy}`, ...time]
}

function asctime(text: string): string[] | null {
  const match = ASCTIME.exec(text)
  if (match === null) return null
  const [all, mon = '', d = '', hour = '', minute = '', second = '', y = ''] = match
  return [all, d, mon, y, hour, minute, second]
}
