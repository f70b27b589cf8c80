const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,9}))?$/

/**
 * One spelling per decimal value (`5`, `5.0`, `0.5e1` are `5e0`), or null when `text` is not a decimal number.
 * Exact at any length: doubles would call 12345678901234567890 and ...891 the same.
 */
export function canonicalDecimal(text: string): string | null {
  const match = NUMBER.exec(text)
  if (match === null) return null
  const fraction = match[3] ?? ''
  const digits = withoutLeadingZeros(`${match[2]}${fraction}`)
  if (digits === '') return '0e0'
  const significant = withoutTrailingZeros(digits)
  const exponent = Number(match[4] ?? 0) - fraction.length + (digits.length - significant.length)
  return `${match[1]}${significant}e${exponent}`
}

function withoutLeadingZeros(digits: string): string {
  let at = 0
  while (digits[at] === '0') at += 1
  return digits.slice(at)
}

/** By hand: `/0+$/` is quadratic on a long run of zeros that something else follows. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length
  while (digits[end - 1] === '0') end -= 1
  return digits.slice(0, end)
}
