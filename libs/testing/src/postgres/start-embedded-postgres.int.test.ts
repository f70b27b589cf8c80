import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { endChild } from '../process/child-process.ts'
import { waitFor } from '../wait-for.ts'
import { startEmbeddedPostgres } from './start-embedded-postgres.ts'

const query = async (url: string, sql: string) => {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

describe('an embedded PostgreSQL', () => {
  it('keeps what was committed when it is killed, and removes its temporary folder when it stops', async () => {
    const server = await startEmbeddedPostgres({ databaseName: 'app', durable: false })
    await query(server.url, 'create table kept as select 7 as n')
    await server.kill9()
    await server.restart()
    expect(await query(server.url, 'select n from kept')).toEqual([{ n: 7 }])
    await server.stop()
    expect(existsSync(server.dir)).toBe(false)
  })

  it('opens a folder again whose lock names a process that is somebody else by now', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'readback-test-'))
    await chmod(dir, 0o755)
    const first = await startEmbeddedPostgres({ dir, durable: false, settings: { work_mem: '5MB' } })
    expect(await query(first.url, 'show work_mem')).toEqual([{ work_mem: '5MB' }])
    await query(first.url, 'create table kept as select 1 as n')
    await first.stop()
    await writeFile(join(dir, 'data', 'postmaster.pid'), `${process.pid}\n${join(dir, 'data')}\n`)

    const second = await startEmbeddedPostgres({ dir, durable: false })
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 1 }])
    await second.stop()
    await rm(dir, { recursive: true })
  })

  it('ends with the process that started it, also when that is killed', async () => {
    const module = pathToFileURL(join(import.meta.dirname, '../../dist/index.js')).href
    const script = `
      const { startEmbeddedPostgres } = await import(${JSON.stringify(module)})
      const { pid, dir } = await startEmbeddedPostgres({ durable: false })
      console.log(JSON.stringify({ pid, dir }))
      setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(parent.stdout, 'data')
    const { pid, dir } = JSON.parse(String(line)) as { pid: number; dir: string }
    expect(isAlive(pid)).toBe(true)
    await endChild(parent, 'SIGKILL')
    await waitFor('the server to end', () => !isAlive(pid), { withinMs: 10_000 })
    await waitFor('its folder to be removed', () => !existsSync(dir), { withinMs: 10_000 })
  })

  it('says in one sentence which port is taken', async () => {
    const server = await startEmbeddedPostgres({ durable: false })
    await expect(startEmbeddedPostgres({ port: server.port })).rejects.toThrow(`Port ${server.port} is in use`)
    await server.stop()
  })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
