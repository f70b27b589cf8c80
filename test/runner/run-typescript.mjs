import { fileURLToPath } from 'node:url'
import { createViteServer } from 'vitest/node'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Runs `main(words)` of a TypeScript file of the tests as a program; what it returns is the exit code. By Vite, because the oldest Node
 * that we support reads no TypeScript.
 * @param {string} file from the root
 * @param {readonly string[]} words
 */
export async function runTypeScript(file, words) {
  const vite = await createViteServer({
    root,
    configFile: false,
    appType: 'custom',
    logLevel: 'error',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    // The packages of the workspace too: their builds are what is tested.
    ssr: { external: true },
  })
  const { main } = await vite.ssrLoadModule(`/${file}`)
  process.exitCode = await main(words)
  await vite.close()
}
