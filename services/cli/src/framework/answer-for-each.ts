import { CliError } from './cli-error.ts'
import type { Answer, Context } from './command.ts'
import { describeFailure, type Failure } from './describe-failure.ts'
import { EXIT } from './exit-code.ts'
import type { OpenSource } from './open-sources.ts'
import type { Screen } from './screen.ts'

type Done = Extract<Answer, { ok: true }>
type Result = { source: string; done: Done } | { source: string; failure: Failure }

const EFFECTS = ['created', 'updated', 'deleted', 'noop'] as const

/** The same change in each database that is meant: one that cannot be changed does not keep the others from it. */
export async function answerForEach(context: Context, change: (source: OpenSource) => Promise<Done>): Promise<Answer> {
  const sources = context.sources()
  const [only, ...more] = sources
  if (only && more.length === 0) return change(only)
  const results = await Promise.all(sources.map((source) => resultOf(source, change)))
  const done = results.flatMap((result) => ('done' in result ? [result.done] : []))
  const data = { sources: results.map(told) }
  if (done.length === 0) throw nothingDone(results, data)
  return {
    ok: true,
    effect: EFFECTS.find((effect) => done.some((each) => each.effect === effect)) ?? 'noop',
    data,
    show: (screen) => results.map((result) => shown(result, screen)).join('\n'),
    exitCode: done.length === results.length ? EXIT.ok : EXIT.partial,
  }
}

async function resultOf(source: OpenSource, change: (source: OpenSource) => Promise<Done>): Promise<Result> {
  try {
    return { source: source.name, done: await change(source) }
  } catch (error) {
    return { source: source.name, failure: describeFailure(error) }
  }
}

const told = (result: Result): object =>
  'done' in result
    ? { source: result.source, ok: true, effect: result.done.effect, ...result.done.data }
    : { source: result.source, ok: false, reason: result.failure.code, message: result.failure.message }

function shown(result: Result, screen: Screen): string {
  if ('failure' in result) return `${result.source}: ${screen.paint('red', sentenceOf(result.failure))}`
  return [`${result.source}: ${result.done.effect}`, result.done.show?.(screen)].filter(Boolean).join('\n')
}

function nothingDone(results: readonly Result[], data: object): CliError {
  const failures = results.flatMap((result) => ('failure' in result ? [{ ...result.failure, of: result.source }] : []))
  const message = failures.map((failure) => `${failure.of}: ${sentenceOf(failure)}`).join('\n')
  return new CliError(failures[0]?.code ?? 'UNEXPECTED', message, { data })
}

const sentenceOf = ({ message, hint }: Failure) => [message, hint].filter(Boolean).join(' ')
