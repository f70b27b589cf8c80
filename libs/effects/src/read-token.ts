import { type Answer, parseExactly, type TokenRules, valueAt } from '@readback/contract'

export type ReadToken = { readonly token: string; readonly lifetimeMs: number | null }

/** What fits on one line of a header, and in what servers take. */
const TOKEN = /^[\x21-\x7e](?:[\x20-\x7e]{0,16382}[\x21-\x7e])?$/
const LONGEST_MS = 30 * 86_400_000

/** The token in an answer to a token request, or null when there is none that a header could carry. */
export function readToken(rules: TokenRules, answer: Answer): ReadToken | null {
  const body = parseExactly(answer.body)
  const token = tokenIn(rules.take, answer, body)
  if (typeof token !== 'string' || !TOKEN.test(token)) return null
  return { token, lifetimeMs: secondsMs(valueAt(body, rules.expiresIn)) ?? rules.lifetimeMs }
}

function tokenIn(take: TokenRules['take'], { headers }: Answer, body: unknown): unknown {
  if ('pointer' in take) return valueAt(body, take.pointer)
  return 'header' in take ? headers[take.header] : cookieIn(headers['set-cookie'] ?? '', take.cookie)
}

/** Of several cookies of this name the last one counts, as in a browser. */
function cookieIn(setCookies: string, name: string): string | undefined {
  const values = setCookies
    .split(/, (?=[^;,=\s]+=)/)
    .filter((cookie) => cookie.startsWith(`${name}=`))
    .map((cookie) => cookie.slice(name.length + 1).split(';', 1)[0])
  return values.at(-1)
}

function secondsMs(value: unknown): number | null {
  const seconds = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN
  return seconds > 0 && Number.isFinite(seconds) ? Math.min(seconds * 1_000, LONGEST_MS) : null
}
