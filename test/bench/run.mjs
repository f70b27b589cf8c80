// `npm run bench -- NAME`: runs test/bench/NAME.mjs, or the NAME.mjs in the bench folder of a package.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folders = ['test', ...readdirSync(join(root, 'libs')).map((name) => join('libs', name))]
const files = folders
  .map((folder) => join(root, folder, 'bench'))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((file) => file.endsWith('.mjs') && file !== fileURLToPath(import.meta.url))

const [name, ...words] = process.argv.slice(2)
const chosen = files.find((file) => basename(file, '.mjs') === name)
if (chosen) {
  process.argv = [process.execPath, chosen, ...words]
  await import(pathToFileURL(chosen).href)
} else {
  const about = (file) =>
    readFileSync(file, 'utf8')
      .split('\n', 1)[0]
      .replace(/^\/\/ /, '')
  const lines = files.map((file) => `  ${basename(file, '.mjs').padEnd(12)} ${about(file)}`)
  console.error(['Which bench? npm run bench -- NAME, with one of', ...lines].join('\n'))
  process.exitCode = 2
}
