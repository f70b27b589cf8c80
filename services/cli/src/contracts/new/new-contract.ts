import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Contract, formatProblem, parseContract } from '@readback/contract'
import { contractPaths } from '../../contract-paths.ts'
import { CliError } from '../../framework/cli-error.ts'
import type { Answer, ChangeContext } from '../../framework/command.ts'
import { askAnswers, type GivenAnswers } from './ask-answers.ts'
import { contractText } from './contract-text.ts'

type Surroundings = Pick<ChangeContext, 'io' | 'dryRun'>

/** Writes a contract file that loads. A file that is there stays as it is. */
export async function newContract(
  { io, dryRun }: Surroundings,
  given: GivenAnswers,
  out: string | undefined,
): Promise<Answer> {
  const text = contractText(await askAnswers(given, io.prompts))
  const [folder = '.'] = contractPaths(io.env, [])
  const { contract, file } = placed(text, out, folder)
  const isThere = existsSync(file)
  if (isThere && readFileSync(file, 'utf8') !== text) {
    throw new CliError('file_exists', `${file} is there already, with another content.`, {
      hint: 'Name another with --out.',
    })
  }
  if (!isThere && !dryRun) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { flag: 'wx' })
  }
  return {
    ok: true,
    effect: isThere ? 'noop' : 'created',
    data: { file, effect: contract.effect, version: contract.version, provider_class: contract.providerClass, text },
    show: ({ paint }) => (dryRun ? text : [file, paint('dim', nextSteps(file, contract))].join('\n')),
  }
}

function placed(text: string, out: string | undefined, folder: string): { contract: Contract; file: string } {
  const parsed = parseContract(text, out ?? 'the contract')
  if (parsed.ok) return { contract: parsed.contract, file: out ?? join(folder, `${parsed.contract.effect}.yaml`) }
  const problems = parsed.problems.map(formatProblem).join('\n')
  throw new CliError('contract_invalid', `These answers make no contract:\n${problems}`, {
    exitCode: 2,
    data: { problems: parsed.problems },
  })
}

const nextSteps = (file: string, { verify }: Contract): string =>
  [
    `readback contracts check ${file}`,
    `readback contracts try ${file} --key first-try${verify.kind === 'none' ? ' --call' : ''}`,
    `readback contracts probe ${file}`,
  ].join('\n')
