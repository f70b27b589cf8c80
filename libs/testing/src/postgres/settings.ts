/** Settings by their PostgreSQL names. */
export type Settings = Readonly<Record<string, string>>

const BASE: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

/** Faster, and still safe when the server is killed: only a crash of the machine would lose commits. */
const NOT_DURABLE: Settings = { fsync: 'off', full_page_writes: 'off' }

export function settingFlags(durable: boolean, own: Settings = {}): string[] {
  const settings = { ...BASE, ...(durable ? {} : NOT_DURABLE), ...own }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
