/**
 * Gives the value behind `${secret:NAME}` of a contract: READBACK_SECRET_NAME, or the content of the file that
 * READBACK_SECRET_NAME_FILE names. Undefined if neither is set: the call then fails before its first byte, and is tried again.
 */
export type Secrets = (name: string) => string | undefined

export const secretsOf =
  (env: Readonly<Record<string, string>>): Secrets =>
  (name) =>
    env[`READBACK_SECRET_${name}`]
