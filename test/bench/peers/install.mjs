// The peers are a package of their own, installed when they are first wanted; so is a Node that is new enough for them.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
// Of graphile-worker, which wants more than the others.
const OLDEST_NODE = [22, 18]

export function installPeers() {
  if (isInstalled()) return
  process.stderr.write('Installing what Readback is compared with, into test/bench/peers/node_modules ...\n')
  // That it wants a newer Node than this one is known, and none of its packages needs to run a script.
  const args = ['ci', '--prefix', FOLDER, '--engine-strict=false', '--ignore-scripts', '--loglevel=error']
  const { status } = spawnSync('npm', args, { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (status !== 0) throw new Error('npm could not install the peers; its output says why.')
}

function isInstalled() {
  const installed = packagesOf('node_modules/.package-lock.json')
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, { optional, integrity }]) => path === '' || optional || installed[path]?.integrity === integrity,
  )
}

function packagesOf(lock) {
  return existsSync(`${FOLDER}${lock}`) ? JSON.parse(readFileSync(`${FOLDER}${lock}`, 'utf8')).packages : {}
}

/** The Node for every side, null if that is this one. */
export function newerNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return null
  const node = `${FOLDER}node_modules/node-${process.platform}-${process.arch}/bin/node`
  if (existsSync(node)) return node
  throw new Error(`The peers need Node ${OLDEST_NODE.join('.')} or newer, and this is ${process.versions.node}.`)
}
