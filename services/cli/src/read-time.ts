/** RFC 3339 with an offset; undefined for anything else. */
export function readTime(text: string): string | undefined {
  const isTime = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text)
  return isTime && !Number.isNaN(Date.parse(text)) ? text : undefined
}
