/** Where a server keeps its data: made for the user that the server runs as, initialised once and as a whole. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, mkdir, mkdtemp, readFile, realpath, rename, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { run } from '../process/child-process.ts'
import type { SystemUser } from './unprivileged-user.ts'

export interface Installation {
  /** The folder with `initdb` and `postgres`. */
  binDir: string
  user: SystemUser | undefined
}

export interface DataDir {
  /** Ours: the log file, and `data` or a link to it. */
  home: string
  /** The server's. */
  data: string
}

/** Opens an earlier used `dir`, or makes it; without one, a new folder for temporary files. */
export async function openDataDir(
  installation: Installation,
  dir: string | undefined,
  sync: boolean,
): Promise<DataDir> {
  const { user } = installation
  const home = dir ? resolve(dir) : await mkdtemp(join(tmpdir(), 'readback-postgres-'))
  await mkdir(home, { recursive: true })
  // A fresh temporary folder is closed to everybody but its owner.
  if (!dir && user) await chown(home, user.uid, user.gid)

  const data = await reachableFolder(home, user)
  if (existsSync(join(data, 'PG_VERSION'))) await checkVersion(installation, data)
  else await initialise(installation, data, sync)
  return { home, data }
}

export async function removeDataDir({ home, data }: DataDir): Promise<void> {
  await rm(data, { recursive: true, force: true })
  await rm(home, { recursive: true, force: true })
}

/** Below a folder that is closed to the server's user, such as root's home, `data` is a link to a place that is not. */
async function reachableFolder(home: string, user: SystemUser | undefined): Promise<string> {
  const inside = join(home, 'data')
  if (existsSync(inside)) return realpath(inside)
  await makeFolder(inside, user)
  if (!user || (await canWrite(inside, user))) return realpath(inside)

  const elsewhere = join(
    '/var/lib/readback',
    `postgres-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`,
  )
  await rm(elsewhere, { recursive: true, force: true })
  await makeFolder(elsewhere, user)
  await rm(inside, { recursive: true })
  await symlink(elsewhere, inside)
  return elsewhere
}

async function makeFolder(path: string, user: SystemUser | undefined): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await mkdir(path, { mode: 0o700 })
  if (user) await chown(path, user.uid, user.gid)
}

async function canWrite(path: string, user: SystemUser): Promise<boolean> {
  return run('test', ['-w', path], { ...user }).then(
    () => true,
    () => false,
  )
}

/** In a draft first: an initialisation cut short is started anew, never taken for a database. */
async function initialise({ binDir, user }: Installation, data: string, sync: boolean): Promise<void> {
  const draft = `${data}.new`
  await rm(draft, { recursive: true, force: true })
  await makeFolder(draft, user)
  const flags = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions']
  if (!sync) flags.push('--no-sync')
  await run(join(binDir, 'initdb'), [...flags, '-D', draft], { ...user, env: SERVER_ENV })
  await rename(draft, data)
}

async function checkVersion({ binDir, user }: Installation, data: string): Promise<void> {
  const made = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim()
  const { stdout } = await run(join(binDir, 'postgres'), ['--version'], { ...user })
  const runs = /(\d+)(\.|beta|rc|devel)/.exec(stdout)?.[1]
  if (made === runs) return
  throw new Error(`The database in ${data} was made by PostgreSQL ${made}, but this is PostgreSQL ${runs}.`)
}

/** Nothing of the caller's environment: a PGDATA or PGPORT in it must not reach the server. */
export const SERVER_ENV: NodeJS.ProcessEnv = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
