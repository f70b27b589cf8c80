import { describe, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { parseEnvironment } from './parse-environment.ts'
import { commandEnvironment, roleEnvironment } from './role-environment.ts'

const files: Record<string, string> = { '/run/orders': 'postgres://app:pw@db/orders\n' }
const readFile = (path: string) => {
  const text = files[path]
  if (text === undefined) throw new Error('there is no such file')
  return text
}

const sourcesIn = (env: Record<string, string>) => parseEnvironment(commandEnvironment, env, readFile).sources

function problemsIn(env: Record<string, string>): readonly string[] {
  try {
    sourcesIn(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

const ORDERS = 'postgres://app:hunter2@db/orders'
const BILLING = 'postgres://app:hunter2@db/billing'
const both = { READBACK_SOURCES: 'orders, billing', DATABASE_URL_ORDERS: ORDERS, DATABASE_URL_BILLING: BILLING }

describe('several databases', () => {
  it('have a name and a variable each, in the order of the list', () => {
    expect(sourcesIn(both)).toEqual([
      { name: 'orders', databaseUrl: ORDERS },
      { name: 'billing', databaseUrl: BILLING },
    ])
  })

  it('may have addresses that lie in files', () => {
    const { DATABASE_URL_ORDERS: _, ...rest } = both
    const [orders] = sourcesIn({ ...rest, DATABASE_URL_ORDERS_FILE: '/run/orders' })
    expect(orders).toEqual({ name: 'orders', databaseUrl: 'postgres://app:pw@db/orders' })
  })

  it('have variables without dots and hyphens', () => {
    const env = { READBACK_SOURCES: 'shop.eu-1', DATABASE_URL_SHOP_EU_1: ORDERS }
    expect(sourcesIn(env)).toEqual([{ name: 'shop.eu-1', databaseUrl: ORDERS }])
  })

  it('may be one: a list of one is a list', () => {
    expect(sourcesIn({ READBACK_SOURCES: 'orders', DATABASE_URL_ORDERS: ORDERS })).toHaveLength(1)
  })

  it.each<[string, Record<string, string>, string[]]>([
    [
      'without their addresses',
      { READBACK_SOURCES: 'orders,billing' },
      [
        'DATABASE_URL_ORDERS: expected a postgres:// URL, got nothing',
        'DATABASE_URL_BILLING: expected a postgres:// URL, got nothing',
      ],
    ],
    [
      'beside the settings of one',
      { ...both, DATABASE_URL: ORDERS, READBACK_SOURCE: 'orders' },
      [
        'DATABASE_URL: expected nothing, because READBACK_SOURCES names the databases, got something: drop it, or READBACK_SOURCES',
        'READBACK_SOURCE: expected nothing, because READBACK_SOURCES names the databases, got something: drop it, or READBACK_SOURCES',
      ],
    ],
    [
      'whose names share a variable',
      { READBACK_SOURCES: 'a-b,a.b', DATABASE_URL_A_B: ORDERS },
      ['READBACK_SOURCES: expected names with a variable each, got a-b and a.b, which are both DATABASE_URL_A_B'],
    ],
    [
      'named twice',
      { READBACK_SOURCES: 'a,a', DATABASE_URL_A: ORDERS },
      ['READBACK_SOURCES: expected names with a variable each, got a and a, which are both DATABASE_URL_A'],
    ],
    [
      'whose variable would be that of a file',
      { READBACK_SOURCES: 'orders-file', DATABASE_URL_ORDERS_FILE: '/run/orders' },
      [
        'READBACK_SOURCES: expected no name that ends in "file", as variables of files do, got orders-file',
        'DATABASE_URL_ORDERS_FILE: expected a postgres:// URL, got something else',
      ],
    ],
    [
      'that are the same one, by other users',
      { ...both, DATABASE_URL_BILLING: 'postgresql://other@DB:5432/orders?sslmode=require' },
      ['DATABASE_URL_BILLING: expected another database than DATABASE_URL_ORDERS, got the same one'],
    ],
    [
      'whose names nobody could write in a path',
      { READBACK_SOURCES: 'or/ders' },
      [
        'READBACK_SOURCES: expected names of a letter, then letters, digits, ".", "-" and "_", 63 at most, got "or/ders"',
      ],
    ],
    [
      'in a list of nothing',
      { READBACK_SOURCES: ' , ' },
      ['READBACK_SOURCES: expected names, separated by commas, got " , "'],
    ],
    [
      'with an address of something else, which is not repeated',
      { ...both, DATABASE_URL_ORDERS: 'mysql://app:hunter2@db' },
      ['DATABASE_URL_ORDERS: expected a postgres:// URL, got something else'],
    ],
  ])('are refused %s', (_, env, problems) => {
    expect(problemsIn(env)).toEqual(problems)
  })

  it('are told together with everything else that is wrong', () => {
    const env = { READBACK_SOURCES: 'orders', LOG_LEVEL: 'loud' }
    expect(problemsIn(env)).toHaveLength(2)
  })

  it('are no reason for `dev` to bring its own', () => {
    const settings = parseEnvironment(roleEnvironment.dev, both, readFile)
    expect(settings.sources.map(({ name }) => name)).toEqual(['orders', 'billing'])
  })
})

describe('one database', () => {
  it('needs no name, and may have one', () => {
    expect(sourcesIn({ DATABASE_URL: ORDERS })).toEqual([{ name: 'default', databaseUrl: ORDERS }])
    expect(sourcesIn({ DATABASE_URL: ORDERS, READBACK_SOURCE: 'shop' })).toMatchObject([{ name: 'shop' }])
  })

  it('has a name that can stand in a path and a variable', () => {
    expect(problemsIn({ DATABASE_URL: ORDERS, READBACK_SOURCE: 'my shop' })).toEqual([
      'READBACK_SOURCE: expected a letter, then letters, digits, ".", "-" and "_", 63 at most, got "my shop"',
    ])
  })
})
