import { describe, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { parseEnvironment } from './parse-environment.ts'
import { commandEnvironment, roleEnvironment } from './role-environment.ts'

const noFiles = (): string => {
  throw new Error('there is no such file')
}
const needed = { DATABASE_URL: 'postgres://app@db/shop', KAFKA_BROKERS: 'a:9092,b:9092' }

function problemsOf(parse: () => unknown): readonly string[] {
  try {
    parse()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

const worker = (env: Record<string, string>) => parseEnvironment(roleEnvironment.worker, { ...needed, ...env }, noFiles)

describe('parsing the environment of a role', () => {
  it('fills in what is not set', () => {
    expect(worker({})).toMatchObject({
      sources: [{ name: 'default', databaseUrl: 'postgres://app@db/shop' }],
      kafka: { brokers: ['a:9092', 'b:9092'], ssl: false },
      contractsFolder: './effects',
      logLevel: 'info',
      port: null,
      leaseMs: 60_000,
      drainMs: 25_000,
      slots: 256,
      egressAllow: '',
    })
  })

  it('names every problem at once, with what was expected', () => {
    const env = { DATABASE_URL: 'mysql://x', READBACK_LEASE: 'soon', PORT: '99999', LOG_LEVEL: 'loud' }
    expect(problemsOf(() => parseEnvironment(roleEnvironment.worker, env, noFiles)).toSorted()).toEqual([
      'DATABASE_URL: expected a postgres:// URL (or PGHOST, PGDATABASE and so on), got something else',
      'KAFKA_BROKERS: expected brokers as host:port, separated by commas, got nothing',
      'LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, got "loud"',
      'PORT: expected a whole number from 0 to 65535, got "99999"',
      'READBACK_LEASE: expected a duration from 5s to 1h such as 30s or 5m, got "soon"',
    ])
  })

  it('refuses a lease that ends before the drain', () => {
    expect(problemsOf(() => worker({ READBACK_LEASE: '20s' }))).toEqual([
      'READBACK_LEASE: expected more than READBACK_DRAIN (25s), or a lease ends under a call that is still waited for, got 20s',
    ])
  })

  it('takes SASL whole or not at all', () => {
    const sasl = { KAFKA_SASL_MECHANISM: 'SCRAM-SHA-256', KAFKA_SASL_USERNAME: 'app', KAFKA_SASL_PASSWORD: 'pw' }
    expect(worker(sasl).kafka).toMatchObject({
      sasl: { mechanism: 'scram-sha-256', username: 'app', password: 'pw' },
    })
    expect(problemsOf(() => worker({ KAFKA_SASL_USERNAME: 'app' }))).toHaveLength(2)
  })

  it('lets `all` do without Kafka, and `dev` without a database', () => {
    expect(parseEnvironment(roleEnvironment.all, { DATABASE_URL: needed.DATABASE_URL }, noFiles).kafka).toBeNull()
    expect(parseEnvironment(roleEnvironment.dev, {}, noFiles)).toMatchObject({ sources: [], kafka: null })
  })

  it('treats an empty variable as one that is not set', () => {
    expect(worker({ PORT: '', READBACK_EGRESS_ALLOW: '' })).toMatchObject({ port: null, egressAllow: '' })
  })
})

describe('the address of the database', () => {
  const urlFrom = (env: Record<string, string>) =>
    parseEnvironment(commandEnvironment, env, noFiles).sources[0]?.databaseUrl

  it('is put together from the variables of libpq', () => {
    const env = { PGHOST: 'db', PGPORT: '6432', PGUSER: 'app', PGPASSWORD: 'p@ss/word', PGDATABASE: 'shop' }
    expect(urlFrom(env)).toBe('postgres://app:p%40ss%2Fword@db:6432/shop')
  })

  it('may be a socket', () => {
    expect(urlFrom({ PGHOST: '/run/postgresql', PGUSER: 'app', PGDATABASE: 'shop' })).toBe(
      'postgres://app@localhost/shop?host=%2Frun%2Fpostgresql',
    )
  })

  it('is never repeated in an error, because it holds a password', () => {
    const [problem] = problemsOf(() => urlFrom({ DATABASE_URL: 'mysql://app:hunter2@db' }))
    expect(problem).not.toContain('hunter2')
  })
})

describe('secrets', () => {
  const files: Record<string, string> = { '/run/secrets/token': 't0ken\n' }
  const readFile = (path: string) => files[path] ?? noFiles()
  const parse = (env: Record<string, string>) =>
    parseEnvironment(roleEnvironment.worker, { ...needed, ...env }, readFile)

  it('come from a variable or from a file', () => {
    const { secret } = parse({ READBACK_SECRET_A: 'a', READBACK_SECRET_BILLING_FILE: '/run/secrets/token' })
    expect([secret('A'), secret('BILLING')]).toEqual(['a', 't0ken'])
  })

  it('that are missing are undefined', () => {
    expect(parse({}).secret('BILLING')).toBeUndefined()
  })

  it('in a file that cannot be read are a problem of the environment', () => {
    expect(problemsOf(() => parse({ READBACK_SECRET_X_FILE: '/nowhere' }))).toEqual([
      'READBACK_SECRET_X_FILE: expected a readable file with text in it, got "/nowhere"',
    ])
  })

  it('given in both ways are refused', () => {
    const both = { KAFKA_SASL_PASSWORD: 'x', KAFKA_SASL_PASSWORD_FILE: '/run/secrets/token' }
    expect(problemsOf(() => parse(both))).toContain(
      'KAFKA_SASL_PASSWORD_FILE: expected only one of KAFKA_SASL_PASSWORD and KAFKA_SASL_PASSWORD_FILE, got both',
    )
  })
})
