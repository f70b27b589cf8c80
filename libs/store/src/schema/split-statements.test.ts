import { describe, expect, it } from 'vitest'
import { splitStatements } from './split-statements.ts'

const texts = (sql: string) => splitStatements(sql).map((statement) => statement.text)

describe('splitting a SQL file into statements', () => {
  it('ends a statement at a semicolon, and needs none after the last', () => {
    expect(texts('select 1;\nselect 2')).toEqual(['select 1', 'select 2'])
  })

  it.each([
    ['a text', "select 'a;b', 'it''s;'"],
    ['a text with escapes', "select E'it\\'s;'"],
    ['a quoted name', 'select 1 as "a;b"'],
    ['a comment to the end of the line', 'select 1 -- one; only\n + 1'],
    ['a comment between', 'select 1 /* one; only */ + 1'],
    ['a body in dollars', 'do $$ begin perform 1; end $$'],
    ['a body in named dollars', 'do $fn$ begin perform $$;$$; end $fn$'],
  ])('takes no semicolon in %s for an end', (_, sql) => {
    expect(texts(`${sql};`)).toEqual([sql])
  })

  it('names the line of the first word, past the comments before it', () => {
    expect(splitStatements('-- why\n\nselect 1;\n/* and\n why */ select 2;')).toEqual([
      { text: 'select 1', line: 3 },
      { text: 'select 2', line: 5 },
    ])
  })

  it('has nothing to say about a file of comments', () => {
    expect(texts('-- nothing; here\n')).toEqual([])
  })
})
