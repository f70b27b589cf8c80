import { describe, expect, it } from 'vitest'
import { CliError } from './cli-error.ts'
import { type Answer, type ChangeContext, changeCommand, readCommand } from './command.ts'
import { fakeIo } from './fake-io.ts'
import { argument, optionalCount, required } from './field.ts'
import type { Io } from './io.ts'
import { runCli } from './run-cli.ts'

const people = [{ name: 'ada' }, { name: 'bob' }]

const listPeople = readCommand({
  name: 'people list',
  summary: 'List people',
  list: true,
  fields: { limit: optionalCount('people at most') },
  async run(_, { limit }) {
    const rows = people.slice(0, limit)
    return {
      data: { people: rows },
      rows,
      show: ({ table }) =>
        table(
          ['NAME'],
          rows.map(({ name }) => [name]),
        ),
    }
  },
})

type Seen = Pick<ChangeContext, 'actor' | 'reason' | 'idempotencyKey' | 'dryRun'> & { name: string }

/** Runs a change that answers as told, and says what it was told. */
async function change(args: string[], answer: Answer | Error, io: Partial<Io> = {}) {
  const seen: Seen[] = []
  const rename = changeCommand({
    name: 'rename',
    summary: 'Rename somebody',
    audited: true,
    asks: true,
    fields: { person: argument('who'), name: required('<name>', 'the new name') },
    async run({ actor, reason, idempotencyKey, dryRun, confirm }, { name }) {
      await confirm(() => 'This renames somebody.')
      seen.push({ actor, reason, idempotencyKey, dryRun, name })
      if (answer instanceof Error) throw answer
      return answer
    },
  })
  const fake = fakeIo(io)
  const exitCode = await runCli(['rename', 'ada', '--name', 'Ada', ...args], fake.io, [rename])
  return { exitCode, seen, ...fake.told }
}

async function read(args: string[], io: Partial<Io> = {}) {
  const fake = fakeIo(io)
  const exitCode = await runCli(args, fake.io, [listPeople])
  return { exitCode, ...fake.told }
}

const updated: Answer = { ok: true, effect: 'updated', data: { person: 7 } }
const because = ['--reason', 'married', '--yes']

describe('a command that reads', () => {
  it('shows a table, one JSON document, or one a line', async () => {
    expect(await read(['people', 'list'])).toEqual({ exitCode: 0, out: 'NAME\nada\nbob\n', err: '' })
    expect((await read(['people', 'list', '--json'])).out).toBe('{"people":[{"name":"ada"},{"name":"bob"}]}\n')
    expect((await read(['people', 'list', '--jsonl', '--limit', '1'])).out).toBe('{"name":"ada"}\n')
  })

  it('is what its group does by itself', async () => {
    expect((await read(['people'])).out).toBe('NAME\nada\nbob\n')
  })

  it('is coloured on a terminal, unless colours are not wanted', async () => {
    expect((await read(['people'], { outIsTerminal: true })).out).toContain('\u001b[1m')
    expect((await read(['people'], { outIsTerminal: true, env: { NO_COLOR: '1' } })).out).toBe('NAME\nada\nbob\n')
  })
})

describe('a command line that cannot be understood', () => {
  it.each([
    ['an unknown option', ['people', '--colour']],
    ['an unknown command', ['persons']],
    ['a value that does not fit', ['people', '--limit', 'few']],
    ['nothing at all', []],
  ])('ends with 2: %s', async (_, args) => {
    const { exitCode, out, err } = await read(args)
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' })
    expect(err).not.toBe('')
  })

  it('is not one that asks for help or the version', async () => {
    expect((await read(['people', 'list', '--help'])).exitCode).toBe(0)
    expect(await read(['--version'])).toMatchObject({ exitCode: 0, out: '1.2.3\n' })
  })
})

describe('a command that changes something', () => {
  it('is told who, why and under which key', async () => {
    const { seen } = await change(['--idempotency-key', 'wedding', ...because], updated)
    expect(seen).toEqual([{ actor: 'ada', reason: 'married', idempotencyKey: 'wedding', dryRun: false, name: 'Ada' }])
  })

  it('derives the key from its arguments, and prints it', async () => {
    const [first, second] = [await change(because, updated), await change(because, updated)]
    expect(first.seen[0]?.idempotencyKey).toBe(second.seen[0]?.idempotencyKey)
    expect(first.err).toBe(`idempotency key: ${first.seen[0]?.idempotencyKey}\n`)
  })

  it('answers programs with ok, effect, reason and data', async () => {
    const { out, exitCode } = await change(['--json', '--idempotency-key', 'k', ...because], updated)
    const answer = { ok: true, effect: 'updated', reason: null, data: { person: 7 }, idempotency_key: 'k' }
    expect({ exitCode, answer: JSON.parse(out) }).toEqual({ exitCode: 0, answer })
  })

  it.each([
    ['created', 'would_create'],
    ['updated', 'would_update'],
    ['deleted', 'would_delete'],
    ['noop', 'would_noop'],
  ] as const)('says after a dry run of %s: %s', async (effect, would) => {
    const { out, seen } = await change(['--json', '--dry-run', '--reason', 'r'], { ok: true, effect, data: {} })
    expect(JSON.parse(out).effect).toBe(would)
    expect(seen[0]?.dryRun).toBe(true)
  })

  it('needs a reason where it is audited', async () => {
    expect(await change(['--yes'], updated)).toMatchObject({ exitCode: 2, seen: [] })
  })

  it('asks first, and does nothing when the answer is no', async () => {
    const no = await change(['--reason', 'r'], updated, { ask: async () => false })
    expect(no).toMatchObject({ exitCode: 1, seen: [] })
    expect(no.err).toContain('This renames somebody.')
    expect(await change(['--reason', 'r'], updated, { ask: async () => true })).toMatchObject({ exitCode: 0 })
  })

  it('does nothing where nobody can be asked', async () => {
    expect(await change(['--reason', 'r'], updated)).toMatchObject({ exitCode: 2, seen: [] })
  })

  it('tells a refusal by its code, with what stands in the way', async () => {
    const refused: Answer = { ok: false, reason: 'plan_stale', data: { total: 3 } }
    const { exitCode, out, err } = await change(['--json', ...because], refused)
    expect(exitCode).toBe(4)
    expect(JSON.parse(out)).toMatchObject({ ok: false, effect: 'noop', reason: 'plan_stale', data: { total: 3 } })
    expect(err).toContain('[plan_stale]')
  })

  it('passes on that only a part was done', async () => {
    expect((await change(because, { ...updated, exitCode: 5 })).exitCode).toBe(5)
  })
})

describe('a failure', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' })

  it('is one sentence with a code and what to do, without a stack', async () => {
    const { exitCode, out, err } = await change(because, refused)
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' })
    expect(err).toContain(
      'error: The database does not answer: connect ECONNREFUSED 10.0.0.1:5432. [DATABASE_UNREACHABLE]',
    )
    expect(err).toContain('Check DATABASE_URL')
    expect(err).not.toContain('    at ')
  })

  it('shows its stack to those who debug', async () => {
    expect((await change(because, refused, { env: { LOG_LEVEL: 'debug' } })).err).toContain('    at ')
  })

  it('is known for a database without the schema', async () => {
    const missing = Object.assign(new Error('relation "readback.outbox" does not exist'), { code: '42P01' })
    expect((await change(because, missing)).err).toContain('Run `readback migrate` first.')
  })

  it('of our own keeps its code, its hint and its exit code', async () => {
    const own = new CliError('TOO_LATE', 'It is too late.', { hint: 'Come back tomorrow.', exitCode: 3 })
    const { exitCode, err } = await change(because, own)
    expect(exitCode).toBe(3)
    expect(err).toContain('error: It is too late. [TOO_LATE]\nCome back tomorrow.\n')
  })
})
