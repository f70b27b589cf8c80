import type { QueryResultRow } from 'pg'
import { arrayLiteral, isPlain } from './array-literal.ts'

/** A connection, or a pool of them. */
export type Queryable = {
  query<Row extends QueryResultRow>(config: { name: string; text: string; values: unknown[] }): Promise<{ rows: Row[] }>
}

/**
 * One named statement: planned once a connection, not once a call. Hot operations use it; each stands in a file of its
 * own with its SQL.
 */
export function statement<Row extends QueryResultRow>(name: string, text: string) {
  return async (on: Queryable, values: readonly unknown[]): Promise<Row[]> => {
    const written = values.map((value) => (isPlain(value) ? arrayLiteral(value) : value))
    return (await on.query<Row>({ name, text, values: written })).rows
  }
}
