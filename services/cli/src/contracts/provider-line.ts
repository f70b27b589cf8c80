import type { RequestPlan, SecretSource } from '@readback/contract'
import { type callProvider, createHttpCaller, type Exchange } from '@readback/effects'
import { parseEnvironment, providerEnvironment } from '@readback/service-kit'
import { egressPolicy, LOOPBACK } from '../egress-policy.ts'
import type { Io } from '../framework/io.ts'

export type Recorded = { readonly plan: RequestPlan; readonly exchange: Exchange }

/** A line to a provider that is listened to. Calls and looks go the same way as those of the roles; there is no other HTTP here. */
export type ProviderLine = {
  readonly deps: Parameters<typeof callProvider>[0]
  /** What has gone over the line since the last time this was asked. */
  taken(): readonly Recorded[]
  /** Puts names in the place of the secrets that went out. */
  hide(text: string): string
  close(): Promise<void>
}

/** `redirect` sends a request elsewhere than the contract says: a probe looks at a place that cannot be. */
export type Redirect = (plan: RequestPlan) => RequestPlan

export function openLine(io: Io, redirect: { to: Redirect | null } = { to: null }): ProviderLine {
  const { egressAllow, secret } = parseEnvironment(providerEnvironment, io.env, io.readFile)
  const caller = createHttpCaller({ egress: egressPolicy([egressAllow, LOOPBACK].filter(Boolean).join(',')) })
  const secrets = new Map<string, string>()
  let recorded: Recorded[] = []
  return {
    deps: {
      secret: remembering(secret, secrets),
      now: Date.now,
      caller: {
        ...caller,
        async send(plan, ...more) {
          const sent = redirect.to === null ? plan : redirect.to(plan)
          const exchange = await caller.send(sent, ...more)
          recorded.push({ plan: sent, exchange })
          return exchange
        },
      },
    },
    taken() {
      const all = recorded
      recorded = []
      return all
    },
    hide: (text) => [...secrets].reduce((shown, [value, name]) => shown.replaceAll(value, nameOf(name)), text),
    close: () => caller.close(),
  }
}

function remembering(source: SecretSource, secrets: Map<string, string>): SecretSource {
  return (name) => {
    const value = source(name)
    if (value) secrets.set(value, name)
    return value
  }
}

const nameOf = (name: string): string => `\${secret:${name}}`

/** For what is shown: every secret is its own name. */
export const NAMED_SECRETS: SecretSource = nameOf
