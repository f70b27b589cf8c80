import { z } from 'zod'
import { formatDuration } from './duration.ts'
import { duration, flag, list, oneOf, secretText, text, wholeNumber } from './field.ts'
import { sourcesField, sourcesFieldOrNone } from './sources.ts'

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const

const brokers = list('brokers as host:port, separated by commas', /^[^\s,:/]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$/i)

const DAY_MS = 86_400_000

const anyCommand = {
  LOG_LEVEL: oneOf(LOG_LEVELS).prefault('info'),
  READBACK_CONTRACTS: text('the folder of the contract files').prefault('./effects'),
}

const anyRole = {
  ...anyCommand,
  PORT: wholeNumber(0, 65_535).optional(),
  // What waits for a stop, a container platform's above all, waits 30 s as a rule.
  READBACK_DRAIN: duration(0, 600_000).prefault('25s'),
  READBACK_RETENTION: duration(DAY_MS, 36_500 * DAY_MS).optional(),
  KAFKA_SSL: flag().prefault('false'),
  KAFKA_SASL_MECHANISM: oneOf(SASL_MECHANISMS).optional(),
  KAFKA_SASL_USERNAME: secretText('a user name').optional(),
  KAFKA_SASL_PASSWORD: secretText('a password').optional(),
}

const calling = {
  READBACK_EGRESS_ALLOW: text('host names and CIDRs, separated by commas').optional(),
  READBACK_LEASE: duration(5_000, 3_600_000).prefault('60s'),
  READBACK_CONCURRENCY: wholeNumber(1, 10_000).prefault('256'),
}

const relay = z.object({ ...anyRole, sources: sourcesField, KAFKA_BROKERS: brokers })
const caller = z.object({ ...anyRole, ...calling, sources: sourcesField, KAFKA_BROKERS: brokers })
const all = z.object({ ...anyRole, ...calling, sources: sourcesField, KAFKA_BROKERS: brokers.optional() })
const dev = z.object({ ...anyRole, ...calling, sources: sourcesFieldOrNone, KAFKA_BROKERS: brokers.optional() })

/** The operators' commands that talk to the database. */
export const commandEnvironment = z
  .object({ ...anyCommand, sources: sourcesField })
  .transform((env) => ({ ...commandSettings(env), sources: env.sources }))

/** The tools for contracts: they talk to a provider and to no database. */
export const providerEnvironment = z
  .object(calling)
  .transform((env) => ({ egressAllow: env.READBACK_EGRESS_ALLOW ?? '', leaseMs: env.READBACK_LEASE }))

const separateCaller = caller
  .superRefine(checkSasl)
  .superRefine(checkLease)
  .transform((env) => ({ ...callerSettings(env), sources: env.sources, kafka: kafkaSettings(env) }))

/** One schema a role. A role of its own reaches the others by Kafka only; `all` and `dev` have them in their process. */
export const roleEnvironment = {
  relay: relay
    .superRefine(checkSasl)
    .transform((env) => ({ ...roleSettings(env), sources: env.sources, kafka: kafkaSettings(env) })),
  worker: separateCaller,
  verifier: separateCaller,
  all: all
    .superRefine(checkSasl)
    .superRefine(checkLease)
    .transform((env) => ({ ...callerSettings(env), sources: env.sources, kafka: optionalKafka(env) })),
  dev: dev
    .superRefine(checkSasl)
    .superRefine(checkLease)
    .transform((env) => ({ ...callerSettings(env), sources: env.sources, kafka: optionalKafka(env) })),
}

export type CommandSettings = z.output<typeof commandEnvironment>
export type RelaySettings = z.output<typeof roleEnvironment.relay>
export type CallerSettings = z.output<typeof roleEnvironment.all>
export type KafkaSettings = RelaySettings['kafka']

type AnyCommand = z.output<z.ZodObject<typeof anyCommand>>
type AnyRole = z.output<z.ZodObject<typeof anyRole>>
type Calling = z.output<z.ZodObject<typeof anyRole & typeof calling>>

function commandSettings(env: AnyCommand) {
  return { logLevel: env.LOG_LEVEL, contractsFolder: env.READBACK_CONTRACTS }
}

function roleSettings(env: AnyRole) {
  return {
    ...commandSettings(env),
    port: env.PORT ?? null,
    drainMs: env.READBACK_DRAIN,
    retentionMs: env.READBACK_RETENTION ?? null,
  }
}

function callerSettings(env: Calling) {
  const egressAllow = env.READBACK_EGRESS_ALLOW ?? ''
  return { ...roleSettings(env), egressAllow, leaseMs: env.READBACK_LEASE, slots: env.READBACK_CONCURRENCY }
}

function kafkaSettings(env: AnyRole & { KAFKA_BROKERS: string[] }) {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = env
  const sasl = mechanism && username && password ? { sasl: { mechanism, username, password } } : {}
  return { brokers: env.KAFKA_BROKERS, ssl: env.KAFKA_SSL, ...sasl }
}

function optionalKafka(env: AnyRole & { KAFKA_BROKERS?: string[] | undefined }) {
  return env.KAFKA_BROKERS ? kafkaSettings({ ...env, KAFKA_BROKERS: env.KAFKA_BROKERS }) : null
}

function checkSasl(env: AnyRole, context: z.RefinementCtx) {
  const names = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const
  if (names.every((name) => env[name] === undefined)) return
  for (const name of names.filter((each) => env[each] === undefined)) {
    const message = 'expected a value, because other KAFKA_SASL_* are set, got nothing'
    context.addIssue({ code: 'custom', path: [name], message })
  }
}

function checkLease(env: Calling, context: z.RefinementCtx) {
  if (env.READBACK_LEASE > env.READBACK_DRAIN) return
  const expected = `more than READBACK_DRAIN (${formatDuration(env.READBACK_DRAIN)})`
  const got = formatDuration(env.READBACK_LEASE)
  const message = `expected ${expected}, or a lease ends under a call that is still waited for, got ${got}`
  context.addIssue({ code: 'custom', path: ['READBACK_LEASE'], message })
}
