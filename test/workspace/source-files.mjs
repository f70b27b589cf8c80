import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'

export const workspaceRoot = fileURLToPath(new URL('../..', import.meta.url))

const skippedFolders = new Set(['node_modules', 'dist', 'coverage'])

/**
 * A file of the workspace; `path` is relative to the root and has `/` on every system.
 * @typedef {{ path: string, text: string }} SourceFile
 * @typedef {SourceFile & { program: import('oxc-parser').ParseResult['program'],
 *   module: import('oxc-parser').ParseResult['module'], comments: import('oxc-parser').ParseResult['comments'] }} ParsedFile
 */

/** @param {string} root @param {RegExp} name which file names are wanted @returns {SourceFile[]} */
export function readFiles(root, name) {
  return ['libs', 'services', 'test', 'migrations']
    .flatMap((folder) => listFiles(root, folder))
    .filter((path) => name.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** @param {string} root @param {string} folder @returns {string[]} */
function listFiles(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (!entry.isDirectory()) return [path]
    return skippedFolders.has(entry.name) ? [] : listFiles(root, path)
  })
}

/** @param {SourceFile} file @returns {ParsedFile} */
export function parseFile(file) {
  const { program, module, comments } = parseSync(file.path, file.text)
  return { ...file, program, module, comments }
}

const testCode = /^test\/|\.test\.ts$|^(libs|services)\/[^/]+\/(bench|src\/testing)\//

/** Whether it is a test, or in `src/testing/` or `bench/` of a package: what no product ever loads. @param {string} path */
export function isTestCode(path) {
  return testCode.test(path)
}

/** @param {SourceFile} file @param {number} offset @returns {string} `path:line`, as editors open it */
export function placeOf(file, offset) {
  return `${file.path}:${file.text.slice(0, offset).split('\n').length}`
}

/** Prints what was found and sets the exit code. @param {string[]} violations @param {string} fine */
export function report(violations, fine) {
  for (const violation of violations) console.error(violation)
  if (violations.length > 0) process.exitCode = 1
  else console.log(fine)
}
