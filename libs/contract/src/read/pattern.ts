import { RE2JS, RE2JSException } from 're2js'

/**
 * Regular expressions of a contract, in the syntax of RE2: no look-around, no back-references, and for that a time that is
 * linear in the text. This is the only place that knows the library.
 */
export type Pattern = {
  readonly source: string
  /** How many groups `( )` it has; `(?: )` is none. */
  readonly groups: number
  /** All of the text. False for a text beyond the limit. */
  readonly covers: (text: string) => boolean
  /** The first place in the text. */
  readonly find: (text: string) => Found
}

export type Found =
  /** What the first group took, or the whole place without a group. */
  | { readonly kind: 'match'; readonly text: string }
  | { readonly kind: 'none' }
  /** Nobody has looked: the text is longer than what is searched. */
  | { readonly kind: 'too_long' }

export type CompiledPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly expected: string; readonly got: string }

// Linear means steps of the program times characters. Both are bounded, so that the worst pattern on the worst text holds
// up the process for a tenth of a second (measured: 60 to 220 ms at these limits), and everything usual for microseconds.
const PATTERN_CHARS_MAX = 200
const PROGRAM_MAX = 400
export const PATTERN_TEXT_CHARS_MAX = 64 * 1024

export function compilePattern(source: string): CompiledPattern {
  if (source.length > PATTERN_CHARS_MAX)
    return { ok: false, expected: `a pattern of at most ${PATTERN_CHARS_MAX} characters`, got: `${source.length}` }
  try {
    return ofSize(source, RE2JS.compile(source))
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    return { ok: false, expected: 'a pattern in the syntax of RE2', got: reason(error) }
  }
}

function ofSize(source: string, compiled: RE2JS): CompiledPattern {
  if (compiled.programSize() <= PROGRAM_MAX) return { ok: true, pattern: patternOf(source, compiled) }
  return { ok: false, expected: 'a pattern with fewer repetitions', got: `one of ${compiled.programSize()} steps` }
}

/** Functions instead of a field: the library's object changes with use, and contracts are frozen. */
function patternOf(source: string, compiled: RE2JS): Pattern {
  return {
    source,
    groups: compiled.groupCount(),
    covers: (text) => text.length <= PATTERN_TEXT_CHARS_MAX && compiled.matches(text),
    find: (text) => (text.length > PATTERN_TEXT_CHARS_MAX ? { kind: 'too_long' } : firstIn(compiled, text)),
  }
}

function firstIn(compiled: RE2JS, text: string): Found {
  const matcher = compiled.matcher(text)
  if (!matcher.find()) return { kind: 'none' }
  return { kind: 'match', text: matcher.group(compiled.groupCount() > 0 ? 1 : 0) ?? '' }
}

/** The library's sentence without its preamble: `missing closing ]: "["`. */
function reason(error: Error): string {
  return error.message.replace(/^error parsing regexp: /, '').replaceAll('`', '"')
}

/** For a source that the checks have let through. */
export function patternFor(source: string): Pattern {
  const compiled = compilePattern(source)
  if (!compiled.ok) throw new Error(`unchecked pattern: expected ${compiled.expected}, got ${compiled.got}`)
  return compiled.pattern
}
