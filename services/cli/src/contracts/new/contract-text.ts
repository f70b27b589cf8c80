/** What somebody has said about an effect and its provider. */
export type ContractAnswers = {
  effect: string
  url: string
  method: string
  fields: readonly PayloadField[]
  /** Names of the fields that name the intent. */
  keyFrom: readonly string[]
  keyIn: 'header' | 'path' | 'query' | 'body' | 'marker' | 'none'
  /** A header's name, or a JSON Pointer into the body. */
  keyAt: string
  repeat: 'same_answer' | 'refused' | 'overwrites' | 'acts_again'
  /** Null when the provider offers no way to look. */
  look: string | null
  /** JSON Pointer to the list in the look's answer; null when it answers one thing. */
  items: string | null
  /** JSON Pointer to the key in each element of that list. */
  where: string
  canary: string | null
  externalId: string | null
  secret: string | null
  risk: 'low' | 'medium' | 'high'
}

export type PayloadField = { name: string; type: string }

/** Quoted where YAML might read it as something else. */
const plain = (text: string): string => (/^[\w./-]+$/.test(text) ? text : JSON.stringify(text))

/** The file: loads as it is, and says at each place what to think about. */
export function contractText(answers: ContractAnswers): string {
  return [
    ...opening(answers),
    ...call(answers),
    ...provider(answers),
    ...verify(answers),
    'retry: { max_attempts: 8, backoff: { first: 1s, cap: 10m }, deadline: 24h }',
    answers.look === null
      ? 'on_unknown: human # nothing can be read back: a person decides'
      : 'on_unknown: reconcile # read back, before anybody calls again',
    'rollback: { strategy: manual_only } # none | manual_only | compensate, with the effect that undoes this one',
    '',
  ].join('\n')
}

function opening({ effect, fields, keyFrom, risk }: ContractAnswers): string[] {
  const properties = fields.map(({ name, type }) => `    ${name}: { type: ${type} }`)
  const from = keyFrom.map((name) => `/${name}`).join(', ')
  return [
    `effect: ${plain(effect)}`,
    'version: 1 # entries keep the version they were written under: a change is a new one',
    'description: ""',
    `risk: ${risk}`,
    ...(fields.length === 0
      ? ['payload: { type: object }']
      : [
          'payload:',
          '  type: object',
          `  required: [${fields.map(({ name }) => name).join(', ')}]`,
          '  properties:',
          ...properties,
        ]),
    `key: { ${from === '' ? '' : `from: [${from}], `}retention: 30d } # names the intent, never the attempt`,
    '',
  ]
}

function call(answers: ContractAnswers): string[] {
  const { secret, method, url, externalId } = answers
  return [
    ...(secret === null
      ? []
      : [`auth: { bearer: "\${secret:${secret}}" } # the value is in READBACK_SECRET_${secret}`]),
    'call:',
    `  method: ${plain(method)}`,
    `  url: ${JSON.stringify(url)}`,
    ...(method === 'DELETE' ? [] : ['  body:', ...body(answers).map((line) => `    ${line}`)]),
    '  timeout: 10s # from connecting to the last byte',
    ...(externalId === null
      ? []
      : [`  external_id: ${JSON.stringify(externalId)} # where the answer names what was made`]),
    '',
  ]
}

function body({ keyIn, keyAt, fields }: ContractAnswers): string[] {
  if (keyIn !== 'body' && keyIn !== 'marker') return ['json: "${payload}" # the producer\'s own bytes']
  const names = keyAt.split('/').slice(1)
  const key = names.reduceRight((inner, name) => `{ ${name}: ${inner} }`, '"${key}"').slice(2, -2)
  return ['json:', ...fields.map(({ name }) => `  ${name}: "\${payload./${name}}"`), `  ${key}`]
}

function provider({ keyIn, keyAt, repeat }: ContractAnswers): string[] {
  const at = keyIn === 'header' ? `, at: ${plain(keyAt)}` : ''
  const isKeyed = repeat === 'same_answer' || repeat === 'refused'
  return [
    'provider:',
    ...(keyIn === 'none' ? [] : [`  key: { in: ${keyIn}${at}${isKeyed ? ', lifetime: 24h' : ''} }`]),
    `  repeat: ${repeat} # what a second call with this key does: readback contracts probe finds out`,
    '  max_execution_delay: 30s # how late it may still act after we gave up',
    ...(repeat === 'refused' ? ['answers:', '  - { status: 409, means: exists } # look whose it is'] : []),
    '',
  ]
}

function verify(answers: ContractAnswers): string[] {
  const { look, items, where, canary, fields } = answers
  if (look === null) return ['verify: { none: the provider offers no way to look, ends: acknowledged }', '']
  const comparisons = fields.map(comparison)
  return [
    'verify:',
    '  by_key: # works also when the answer was lost, and sees a double',
    `    read: { url: ${JSON.stringify(look)} }`,
    ...(items === null
      ? ['  absent: [{ status: 404 }] # better with a match that only a missing thing answers']
      : [
          `    items: ${JSON.stringify(items)}`,
          `    where: { ${plain(where)}: "\${key}" } # applied here, exactly, whatever the provider filtered by`,
        ]),
    ...(comparisons.length === 0 ? ['  present: { status: 200 }'] : ['  present:', '    match:', ...comparisons]),
    ...(canary === null
      ? []
      : [`  canary: { url: ${JSON.stringify(canary)} } # must answer before an absence is believed`]),
    '  settle: { first: 0s, every: 2s, for: 60s } # how late it may show',
    '',
  ]
}

const comparison = ({ name, type }: PayloadField): string =>
  type === 'number' || type === 'integer'
    ? `      /${name}: { equals: "\${payload./${name}}", by: number }`
    : `      /${name}: "\${payload./${name}}"`
