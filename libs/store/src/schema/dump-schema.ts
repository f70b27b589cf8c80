import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'
import { SCHEMA_QUERIES } from './schema-queries.ts'

/** Where the migrations lead, as text to read and to compare. It depends on the PostgreSQL release, and on nothing else. */
export async function dumpSchema(db: Database): Promise<string> {
  const sections = [
    '-- Generated from a migrated database: what the numbered files next to this one lead to. Not to be edited.',
  ]
  for (const [title, query] of SCHEMA_QUERIES) {
    const { rows } = await sql.raw<{ statement: string }>(query).execute(db.kysely)
    sections.push(`-- ${title}\n\n${paragraphs(rows.map((row) => row.statement))}`)
  }
  return `${sections.join('\n\n')}\n`
}

/** What takes several lines is set apart from what follows. */
const paragraphs = (statements: readonly string[]): string =>
  statements
    .map((text) => (text.includes('\n') ? `${text}\n` : text))
    .join('\n')
    .trimEnd()
