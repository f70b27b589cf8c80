import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorsOf, formatProblem, readContractFiles } from '../../contract-files.ts'
import { contractPaths } from '../../contract-paths.ts'
import { CliError } from '../../framework/cli-error.ts'
import type { Answer, ChangeContext } from '../../framework/command.ts'
import { type EffectPage, effectPage } from './effect-page.ts'
import { MADE_BY, pageMarkdown, tableOf } from './page-markdown.ts'

type Surroundings = Pick<ChangeContext, 'io' | 'dryRun'>
type Written = { file: string; result: 'created' | 'updated' | 'noop' }

/** A page for the newest version of each effect, and one that lists them. */
export async function writeDocs({ io, dryRun }: Surroundings, files: readonly string[], out: string): Promise<Answer> {
  const read = await readContractFiles(contractPaths(io.env, files))
  const errors = errorsOf(read)
  for (const problem of errors) io.err(`${formatProblem(problem)}\n`)
  if (errors.length > 0)
    throw new CliError('contract_invalid', `${errors.length} errors in the contract files; nothing was written.`, {
      data: { problems: errors },
    })
  const pages = newest(read.contracts.map(({ contract }) => contract)).map(effectPage)
  const texts = pages.map((page) => ({ name: `${page.effect}.md`, text: pageMarkdown(page) }))
  const all = [...texts, { name: 'README.md', text: indexOf(pages) }]
  for (const { name } of all) refuseForeign(join(out, name))
  if (!dryRun) mkdirSync(out, { recursive: true })
  const written = all.map(({ name, text }) => write(join(out, name), text, dryRun))
  return {
    ok: true,
    effect: effectOf(written),
    data: { pages, files: written },
    show: ({ table }) =>
      table(
        ['FILE', 'RESULT'],
        written.map(({ file, result }) => [file, result]),
      ),
  }
}

function newest<T extends { effect: string; version: number }>(contracts: readonly T[]): T[] {
  const last = new Map<string, T>()
  for (const contract of contracts.toSorted((left, right) => left.version - right.version))
    last.set(contract.effect, contract)
  return [...last.values()].toSorted((left, right) => (left.effect < right.effect ? -1 : 1))
}

function indexOf(pages: readonly EffectPage[]): string {
  const rows = pages.map(({ effect, description, provider_class: kind, risk }) => [
    `[${effect}](${effect}.md)`,
    description,
    kind,
    risk,
  ])
  return `${MADE_BY}\n\n# Effects\n\n${tableOf(['effect', 'what it does', 'provider', 'risk'], rows)}\n`
}

/** Somebody's own page of that name stays as it is. */
function refuseForeign(file: string): void {
  if (!existsSync(file) || readFileSync(file, 'utf8').startsWith(MADE_BY)) return
  throw new CliError('file_exists', `${file} was not made by this command.`, {
    hint: 'Name another folder with --out.',
  })
}

function write(file: string, text: string, dryRun: boolean): Written {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : null
  if (before === text) return { file, result: 'noop' }
  if (!dryRun) writeFileSync(file, text)
  return { file, result: before === null ? 'created' : 'updated' }
}

function effectOf(written: readonly Written[]): Written['result'] {
  const results = new Set(written.map(({ result }) => result))
  if (results.has('created')) return 'created'
  return results.has('updated') ? 'updated' : 'noop'
}
