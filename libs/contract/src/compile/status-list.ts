/** `409`, `[409, 412]` or `5xx`, as the schema lets them through. Null where nothing is said. */
export function statusList(
  status: number | string | readonly (number | string)[] | undefined,
): readonly number[] | null {
  return status === undefined ? null : [status].flat().flatMap(statusesOf)
}

function statusesOf(status: number | string): number[] {
  if (typeof status === 'number') return [status]
  const first = Number(status.charAt(0)) * 100
  return Array.from({ length: 100 }, (_, index) => first + index)
}
