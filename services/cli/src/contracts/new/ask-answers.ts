import { usageError } from '../../framework/cli-error.ts'
import type { Prompts } from '../../framework/prompts.ts'
import type { ContractAnswers, PayloadField } from './contract-text.ts'

/** What was given on the command line. */
export type GivenAnswers = {
  effect: string | undefined
  url: string | undefined
  method: string | undefined
  fields: string | undefined
  keyFrom: string | undefined
  keyIn: ContractAnswers['keyIn'] | undefined
  keyAt: string | undefined
  repeat: ContractAnswers['repeat'] | undefined
  look: string | undefined
  items: string | undefined
  where: string | undefined
  canary: string | undefined
  externalId: string | undefined
  secret: string | undefined
  risk: ContractAnswers['risk'] | undefined
}

const NONE = 'none'

const KEY_PLACES: readonly { value: ContractAnswers['keyIn']; hint: string }[] = [
  { value: 'header', hint: 'such as Idempotency-Key' },
  { value: 'body', hint: 'a field that the provider knows as the id of the request' },
  { value: 'marker', hint: 'a field that it only keeps, and that can be searched' },
  { value: 'path', hint: 'we choose the address: PUT .../${key}' },
  { value: 'query', hint: 'a parameter of the URL' },
  { value: NONE, hint: 'nowhere: the provider takes nothing of ours' },
]
const REPEATS: readonly { value: ContractAnswers['repeat']; hint: string }[] = [
  { value: 'acts_again', hint: 'a second one; when in doubt, this' },
  { value: 'same_answer', hint: 'nothing more, and the first answer again' },
  { value: 'refused', hint: 'an error: it is there already' },
  { value: 'overwrites', hint: 'the same one is written again' },
]
const RISKS: readonly { value: ContractAnswers['risk']; hint: string }[] = [
  { value: 'low', hint: 'a double would be a nuisance' },
  { value: 'medium', hint: 'a double would be a complaint' },
  { value: 'high', hint: 'a double would be a loss' },
]

/** A way to ask that is answered from the command line, or by somebody, or by what is usual. */
type Source = {
  text(question: string, given: string | undefined, usual: string): Promise<string>
  choose<const T extends string>(
    question: string,
    given: T | undefined,
    choices: readonly { value: T; hint: string }[],
    usual: T,
  ): Promise<T>
}

/** Asks for what was not given; takes what is usual where nobody is there to be asked. */
export async function askAnswers(given: GivenAnswers, prompts: Prompts | null): Promise<ContractAnswers> {
  const source = sourceOf(prompts)
  const effect = await source.text('Which effect is it?', given.effect, 'invoice.issue')
  const url = await source.text('Which URL is called?', given.url, `https://provider.example/v1/${nounOf(effect)}`)
  const method = await source.text('By which method?', given.method, url.includes('${key}') ? 'PUT' : 'POST')
  const fields = fieldsIn(
    await source.text('What does it need (name:type, ..., or none)?', given.fields, 'customer, amount:number'),
  )
  const usualFrom = fields[0]?.name ?? ''
  const keyFrom = namesIn(await source.text('Which of them name the intent?', given.keyFrom, usualFrom))
  const keyIn = await source.choose(
    'Where does the key travel?',
    given.keyIn,
    KEY_PLACES,
    url.includes('${key}') ? 'path' : 'header',
  )
  const call = {
    effect,
    url,
    method: method.toUpperCase(),
    fields,
    keyFrom,
    keyIn,
    keyAt: await keyAt(source, given, keyIn),
  }
  const repeat = await source.choose(
    'What does a second call with the same key do?',
    given.repeat,
    REPEATS,
    'acts_again',
  )
  const look = await looking(source, given, call)
  const externalId = orNone(
    await source.text('Where does the answer name what was made (JSON Pointer, or none)?', given.externalId, '/id'),
  )
  const secret = orNone(await source.text('Which secret is the bearer token (NAME, or none)?', given.secret, NONE))
  const risk = await source.choose('How bad would a double be?', given.risk, RISKS, 'medium')
  return { ...call, repeat, ...look, externalId, secret, risk }
}

function sourceOf(prompts: Prompts | null): Source {
  return {
    text: async (question, given, usual) => given ?? (prompts === null ? usual : prompts.text(question, usual)),
    choose: async (question, given, choices, usual) =>
      given ?? (prompts === null ? usual : prompts.choose(question, choices, usual)),
  }
}

async function keyAt(source: Source, given: GivenAnswers, keyIn: ContractAnswers['keyIn']): Promise<string> {
  if (keyIn === 'header') return source.text('In which header?', given.keyAt, 'Idempotency-Key')
  if (keyIn !== 'body' && keyIn !== 'marker') return ''
  const pointer = await source.text('At which place of the body (JSON Pointer)?', given.keyAt, '/metadata/key')
  if (/^(?:\/[\w-]+)+$/.test(pointer)) return pointer
  throw usageError(`key-at: expected a JSON Pointer such as /metadata/key, got ${JSON.stringify(pointer)}`)
}

type Looking = Pick<ContractAnswers, 'look' | 'items' | 'where' | 'canary'>
type Called = Pick<ContractAnswers, 'url' | 'keyIn' | 'keyAt'>

async function looking(source: Source, given: GivenAnswers, { url, keyIn, keyAt: at }: Called): Promise<Looking> {
  const usual = url.includes('${key}') ? url : `${url}?key=\${key}`
  const look = orNone(
    await source.text('Which URL finds it by its key (or none)?', given.look, keyIn === NONE ? NONE : usual),
  )
  if (look === null) return { look, items: null, where: '', canary: null }
  const isOne = new RegExp(String.raw`/\$\{key\}`).test(look)
  const items = orNone(
    await source.text(
      'Where is the list in the answer (JSON Pointer, or none if it is one thing)?',
      given.items,
      isOne ? NONE : '/data',
    ),
  )
  const where =
    items === null
      ? ''
      : await source.text('Where is the key in each of them?', given.where, at.startsWith('/') ? at : '/metadata/key')
  const canary = orNone(await source.text('Which URL always answers there (or none)?', given.canary, NONE))
  return { look, items, where, canary }
}

const orNone = (text: string): string | null => (text === NONE || text === '' ? null : text)

const nounOf = (effect: string): string => `${effect.split('.')[0]}s`

const namesIn = (text: string): string[] => text.split(/[\s,]+/).filter((name) => name !== '')

const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array'])

function fieldsIn(text: string): PayloadField[] {
  return namesIn(orNone(text) ?? '').map((word) => {
    const [name = '', type = 'string'] = word.split(':')
    if (/^\w[\w-]*$/.test(name) && TYPES.has(type)) return { name, type }
    throw usageError(
      `fields: expected name or name:type, got ${JSON.stringify(word)}`,
      `A type is one of ${[...TYPES].join(', ')}.`,
    )
  })
}
