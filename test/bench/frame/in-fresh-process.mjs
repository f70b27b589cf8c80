import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs a script that prints one line of JSON, and resolves with what it printed. `profileTo`: a folder for its CPU profile. */
export async function inFreshProcess(file, options, { node = process.execPath, profileTo } = {}) {
  const flags = profileTo ? ['--cpu-prof', `--cpu-prof-dir=${profileTo}`] : []
  const child = spawn(node, [...flags, file, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${file} ended with ${code}`)
  return JSON.parse(out)
}
