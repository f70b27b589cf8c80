/** Gives the value behind `${secret:NAME}` of a contract. */
export type Secrets = (name: string) => string

export class SecretMissingError extends Error {
  override readonly name = 'SecretMissingError'
  readonly code = 'SECRET_MISSING'

  constructor(secret: string) {
    super(`The secret ${secret} is not set: expected READBACK_SECRET_${secret}, or READBACK_SECRET_${secret}_FILE.`)
  }
}

export function secretsOf(env: Readonly<Record<string, string>>): Secrets {
  return (name) => {
    const value = env[`READBACK_SECRET_${name}`]
    if (value === undefined) throw new SecretMissingError(name)
    return value
  }
}
