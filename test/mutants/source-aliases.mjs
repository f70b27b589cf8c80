import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Each package of the workspace, and the source that its name stands for then. */
export function sourceAliases() {
  const folders = ['libs', 'services'].flatMap((group) =>
    readdirSync(`${root}${group}`).map((name) => `${root}${group}/${name}`),
  )
  return folders
    .filter((folder) => existsSync(`${folder}/src/index.ts`))
    .map((folder) => {
      const { name } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
      return { find: new RegExp(`^${name}$`), replacement: `${folder}/src/index.ts` }
    })
}
