// Makes `npm run demo` and `npm test` work from a clean clone: checks Node, installs, builds, then becomes the command.
// Plain JavaScript in the syntax of Node 12 without any dependency, because it has to run before everything else exists.
import { spawnSync } from 'child_process'
import { createHash } from 'crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'fs'
import { dirname, join } from 'path'
import { fileURLToPath, pathToFileURL } from 'url'

const oldestNode = [20, 19]
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const buildStamp = join(root, '.readback', 'build-stamp')

/** Commands of the workspace; every other one is a command of `readback`. */
const workspaceCommands = {
  test: 'test/run.mjs',
  bench: 'test/bench/run.mjs',
  soak: 'test/soak/run.mjs',
  mutants: 'test/mutants/run.mjs',
}

const words = process.argv.slice(2)
refuseOldNode()
if (!isInstalled()) install()
if (!isBuilt()) build()
if (words[0] !== 'build') become(words)

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return
  process.stderr.write(`Readback needs Node ${oldestNode.join('.')} or newer, and this is ${process.versions.node}.\n`)
  process.exit(1)
}

/** True when npm's own record of what it put into node_modules has everything that the lock file asks for. */
function isInstalled() {
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'))
  if (!installed) return false
  const wanted = readPackages(join(root, 'package-lock.json'))
  return Object.keys(wanted).every((path) => {
    if (!path.startsWith('node_modules/') || wanted[path].optional) return true
    return installed[path] !== undefined && installed[path].integrity === wanted[path].integrity
  })
}

function readPackages(lockFile) {
  return existsSync(lockFile) ? JSON.parse(readFileSync(lockFile, 'utf8')).packages : undefined
}

function install() {
  process.stderr.write('Installing what package-lock.json names ...\n')
  const npm = process.env.npm_execpath
  if (npm) run(process.execPath, [npm, 'ci'])
  else run('npm', ['ci'], { shell: process.platform === 'win32' })
}

function isBuilt() {
  if (!existsSync(buildStamp) || readFileSync(buildStamp, 'utf8') !== fingerprintSources()) return false
  return packageFolders().every((folder) => existsSync(join(root, folder, 'dist')))
}

function build() {
  process.stderr.write('Building ...\n')
  const fingerprint = fingerprintSources() // taken first: what is saved while the compiler runs is built the next time
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', ...packageFolders()])
  mkdirSync(dirname(buildStamp), { recursive: true })
  writeFileSync(buildStamp, fingerprint)
}

function packageFolders() {
  const folders = ['libs', 'services'].map((group) =>
    readdirSync(join(root, group)).map((folder) => join(group, folder)),
  )
  return [].concat(...folders).filter((folder) => existsSync(join(root, folder, 'tsconfig.json')))
}

/** Changes when a source, a package.json or a tsconfig.json is added, removed, renamed or saved. */
function fingerprintSources() {
  const hash = createHash('sha256')
  for (const path of ['tsconfig.base.json'].concat(...packageFolders().map(listSources))) {
    const { mtimeMs, size } = statSync(join(root, path))
    hash.update(`${path} ${mtimeMs} ${size}\n`)
  }
  return hash.digest('hex')
}

function listSources(folder) {
  return [join(folder, 'package.json'), join(folder, 'tsconfig.json'), ...listFiles(join(folder, 'src'))]
}

function listFiles(folder) {
  const found = readdirSync(join(root, folder), { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? listFiles(path) : [path]
  })
  return [].concat(...found)
}

/** Runs a step in front of the command; its output goes to stderr, so that `--json` stays clean on stdout. */
function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options })
  if (error) process.stderr.write(`${command}: ${error.message}\n`)
  if (status !== 0) process.exit(status || 1)
}

/** Goes on as the command in this same process: its exit code, signals and terminal need no passing on. */
function become([command, ...rest]) {
  const script = workspaceCommands[command]
  const file = join(root, script || 'services/cli/bin/readback.js')
  process.argv = [process.execPath, file].concat(script ? rest : words)
  void import(pathToFileURL(file).href)
}
