import { describe, expect, it } from 'vitest'
import { compilePattern, PATTERN_TEXT_CHARS_MAX, patternFor } from './pattern.ts'

describe('a pattern of a contract', () => {
  it.each([
    ['[a-z0-9-]+', 'a-1', true],
    ['[a-z0-9-]+', 'a-1!', false],
    ['[a-z0-9-]+', '', false],
    ['a|bc', 'bc', true],
    ['a|bc', 'abc', false],
    ['^ab$', 'ab', true],
    ['[a-z]{3}', 'abcd', false],
    ['[a-z]+', 'ab\n', false],
    ['.', '\u{1f600}', true],
    ['(?i)abc', 'ABC', true],
    ['\\d{4}-\\d{2}', '2026-11', true],
  ])('%s covers %j: %s', (source, text, expected) => {
    expect(patternFor(source).covers(text)).toBe(expected)
  })

  it.each([
    ['/([^/]+)$', 'https://x.example/v1/7', { kind: 'match', text: '7' }],
    ['[0-9]+', 'id 42, or 43', { kind: 'match', text: '42' }],
    ['(a)?b', 'xb', { kind: 'match', text: '' }],
    ['(?:a)(b)', 'ab', { kind: 'match', text: 'b' }],
    ['z', 'abc', { kind: 'none' }],
    ['z', 'z'.repeat(PATTERN_TEXT_CHARS_MAX + 1), { kind: 'too_long' }],
  ])('%s in %j finds %j', (source, text, found) => {
    expect(patternFor(source).find(text)).toEqual(found)
  })

  it.each([
    ['(', 'a pattern in the syntax of RE2', 'missing closing ): "("'],
    ['[a', 'a pattern in the syntax of RE2', 'missing closing ]: "[a"'],
    ['(?=a)', 'a pattern in the syntax of RE2', 'invalid or unsupported Perl syntax: "(?="'],
    ['(a)\\1', 'a pattern in the syntax of RE2', 'invalid escape sequence: "\\1"'],
    ['a{1001}', 'a pattern in the syntax of RE2', 'invalid repeat count: "{1001}"'],
    ['(a{30}){30}', 'a pattern with fewer repetitions', 'one of 962 steps'],
    ['a'.repeat(201), 'a pattern of at most 200 characters', '201'],
  ])('%s is refused', (source, expected, got) => {
    expect(compilePattern(source)).toEqual({ ok: false, expected, got })
  })

  it('never covers a text that is too long to be searched', () => {
    expect(patternFor('a*').covers('a'.repeat(PATTERN_TEXT_CHARS_MAX))).toBe(true)
    expect(patternFor('a*').covers('a'.repeat(PATTERN_TEXT_CHARS_MAX + 1))).toBe(false)
  })

  it('counts its groups', () => {
    expect(['a', '(a)', '(?:a)', '(a)(b)'].map((source) => patternFor(source).groups)).toEqual([0, 1, 0, 2])
  })

  // A backtracking engine needs longer than the age of the universe for each of these; the test would not end.
  it.each(['(a+)+$', '(a|a)*b$', '(.*a){12}$', '(?:a?){30}a{30}$', '(x+x+)+y'])(
    '%s ends on the worst text',
    (source) => {
      expect(patternFor(source).find(`${'a'.repeat(PATTERN_TEXT_CHARS_MAX - 1)}!`)).toEqual({ kind: 'none' })
    },
  )
})
