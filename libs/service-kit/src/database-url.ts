/** DATABASE_URL, or one put together from libpq's variables; undefined when neither names a server. */
export function databaseUrl(env: Readonly<Record<string, string>>): string | undefined {
  if (env.DATABASE_URL) return env.DATABASE_URL
  if (!env.PGHOST && !env.PGDATABASE) return undefined
  const host = env.PGHOST ?? 'localhost'
  const isSocket = host.startsWith('/')
  const url = new URL('postgres://localhost')
  if (!isSocket) url.hostname = host.includes(':') ? `[${host}]` : host
  url.port = env.PGPORT ?? ''
  url.username = encodeURIComponent(env.PGUSER ?? '')
  url.password = encodeURIComponent(env.PGPASSWORD ?? '')
  url.pathname = `/${encodeURIComponent(env.PGDATABASE ?? env.PGUSER ?? '')}`
  if (isSocket) url.searchParams.set('host', host)
  if (env.PGSSLMODE) url.searchParams.set('sslmode', env.PGSSLMODE)
  return url.href
}

export function isDatabaseUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text.replace('@/', '@localhost/'))
}

/** Which database of which server a URL names, whoever logs in and however: equal for two ways to the same one. */
export function serverAndName(databaseUrl: string): string {
  const url = new URL(databaseUrl.replace('@/', '@localhost/'))
  const host = url.searchParams.get('host') ?? url.hostname
  const port = url.searchParams.get('port') ?? (url.port || '5432')
  return [host.toLowerCase(), port, url.pathname.slice(1) || url.username].join(' ')
}
