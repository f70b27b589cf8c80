/** A copy of the workspace to be spoilt: all files that are or could be tracked, what was built of them, and everybody's packages. */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const OWN_SCOPE = '@readback'

export function copyWorkspace(root: string): string {
  const scratch = mkdtempSync(join(tmpdir(), 'readback-mutants-'))
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
  const paths = files
    .toString()
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)))
  for (const path of [...paths, ...builds(root)]) {
    mkdirSync(dirname(join(scratch, path)), { recursive: true })
    cpSync(join(root, path), join(scratch, path), { recursive: true })
  }
  linkPackages(root, scratch)
  return scratch
}

const builds = (root: string): string[] =>
  ['libs', 'services']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name, 'dist')))
    .filter((path) => existsSync(join(root, path)))

/** Those of others are linked; ours must lead into the copy. */
function linkPackages(root: string, scratch: string): void {
  const from = join(root, 'node_modules')
  const to = join(scratch, 'node_modules')
  mkdirSync(join(to, OWN_SCOPE), { recursive: true })
  for (const name of readdirSync(from)) if (name !== OWN_SCOPE) symlinkSync(join(from, name), join(to, name))
  for (const group of ['libs', 'services']) {
    for (const name of readdirSync(join(scratch, group)))
      symlinkSync(join(scratch, group, name), join(to, OWN_SCOPE, name))
  }
}

/** Puts a text in the place of the only one like it, and gives a function that takes it back. Null: it is not there exactly once. */
export function replaceIn(scratch: string, { file, find, put }: { file: string; find: string; put: string }) {
  const path = join(scratch, file)
  const before = readFileSync(path, 'utf8')
  const parts = before.split(find)
  if (parts.length !== 2) return null
  writeFileSync(path, parts.join(put))
  return () => writeFileSync(path, before)
}
