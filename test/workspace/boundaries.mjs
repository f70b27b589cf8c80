// Fails when an import goes against the arrows of layers.mjs, past a package's exports, or to a package not declared.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, posix } from 'node:path'
import { pathToFileURL } from 'node:url'
import { layers, mayImport, pureBuiltins, reserved } from './layers.mjs'
import { isTestCode, parseFile, placeOf, readFiles, report, workspaceRoot } from './source-files.mjs'

/**
 * @typedef {{ name: string, exports?: Record<string, unknown>, dependencies?: Record<string, string>,
 *   devDependencies?: Record<string, string> }} Manifest
 * @typedef {{ folder: string, manifest: Manifest, referenced: string[] }} Package
 * @typedef {{ path: string, place: string, specifier: string }} Import
 * @typedef {{ folder: string, manifest: Manifest }} Aside a package under test/ that is no part of the workspace: what a bench compares with
 * @typedef {{ root: Package, packages: Package[], asides: Aside[] }} Workspace
 */

/** @param {string} root @returns {string[]} one sentence per violation */
export function findViolations(root) {
  const workspace = readWorkspace(root)
  const misplaced = workspace.packages.filter(({ folder }) => !layers[folder])
  return [
    ...misplaced.map(({ folder }) => `${folder}: has no layer yet: give it one in test/workspace/layers.mjs`),
    ...readFiles(root, /\.(ts|tsx|mjs)$/)
      .flatMap((file) => importsOf(parseFile(file)))
      .flatMap((found) => judge(workspace, found).map((fault) => `${found.place}: '${found.specifier}' ${fault}`)),
  ]
}

/** @param {string} root @returns {Workspace} */
function readWorkspace(root) {
  const folders = ['libs', 'services'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}`),
  )
  const packages = folders.filter((folder) => existsSync(join(root, folder, 'package.json')))
  const asides = readFiles(root, /^test\/.*\/package\.json$/).map(({ path, text }) => ({
    folder: posix.dirname(path),
    manifest: JSON.parse(text),
  }))
  return { root: readPackage(root, '.'), packages: packages.map((folder) => readPackage(root, folder)), asides }
}

/** @param {string} root @param {string} folder @returns {Package} */
function readPackage(root, folder) {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const { references } = JSON.parse(readFileSync(join(root, folder, 'tsconfig.json'), 'utf8'))
  const referenced = references.map((/** @type {{ path: string }} */ { path }) => posix.join(folder, path))
  return { folder, manifest, referenced }
}

/** @param {import('./source-files.mjs').ParsedFile} file @returns {Import[]} */
function importsOf(file) {
  const { staticImports, staticExports, dynamicImports } = file.module
  const named = [...staticImports, ...staticExports.flatMap(({ entries }) => entries)].flatMap(({ moduleRequest }) =>
    moduleRequest ? [{ specifier: moduleRequest.value, start: moduleRequest.start }] : [],
  )
  const literal = /^(['"])(.*)\1$/
  const dynamic = dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
    const specifier = literal.exec(file.text.slice(start, end))?.[2]
    return specifier === undefined ? [] : [{ specifier, start }]
  })
  return [...named, ...dynamic].map(({ specifier, start }) => ({
    path: file.path,
    place: placeOf(file, start),
    specifier,
  }))
}

/** @param {Workspace} workspace @param {Import} found @returns {string[]} what is wrong with it */
function judge(workspace, found) {
  const from = workspace.packages.find(({ folder }) => found.path.startsWith(`${folder}/`)) ?? workspace.root
  if (found.specifier.startsWith('.')) return judgeRelative(from, found)
  if (isBuiltin(found.specifier)) return judgeBuiltin(from, found)
  const name = packageNameOf(found.specifier)
  const to = workspace.packages.find(({ manifest }) => manifest.name === name)
  return [
    ...judgeDeclared(workspace, from, found, name),
    ...(to ? judgeOwn(from, to, found) : judgeOutside(from, found, name)),
  ]
}

/** @param {Package} from @param {Import} found */
function judgeRelative(from, found) {
  const target = posix.join(posix.dirname(found.path), found.specifier)
  const home = from.folder === '.' ? found.path.split('/')[0] : from.folder
  return target.startsWith(`${home}/`) ? [] : [`leaves ${home}: import the package by its name`]
}

/** @param {Package} from @param {Import} found */
function judgeBuiltin(from, found) {
  if (layers[from.folder] !== 'pure' || isTestCode(found.path) || pureBuiltins.includes(found.specifier)) return []
  return [`reaches outside, and ${from.folder} is pure: take what it would give as an argument`]
}

/** @param {Workspace} workspace @param {Package} from @param {Import} found @param {string} name */
function judgeDeclared(workspace, from, found, name) {
  if (from.manifest.dependencies?.[name]) return []
  if (from.manifest.name === name && isTestCode(found.path)) return []
  if (!isTestCode(found.path)) return [`is not declared under dependencies of ${from.folder}/package.json`]
  if (from.manifest.devDependencies?.[name] || workspace.root.manifest.devDependencies?.[name]) return []
  const aside = workspace.asides.find(({ folder }) => found.path.startsWith(`${folder}/`))
  if (aside?.manifest.dependencies?.[name]) return []
  const isOfWorkspace = workspace.packages.some(({ manifest }) => manifest.name === name)
  if (from.folder === '.' && isOfWorkspace) return []
  return [`is not declared under devDependencies of ${from.folder}/package.json`]
}

/** @param {Package} from @param {Package} to @param {Import} found */
function judgeOwn(from, to, found) {
  const faults = []
  const entry = found.specifier.replace(to.manifest.name, '.')
  if (to.manifest.exports?.[entry] === undefined) faults.push(`is not among the exports of ${to.folder}/package.json`)
  if (isTestCode(found.path)) return faults
  if (!mayImport(from.folder, to.folder))
    faults.push(`goes against the arrows: ${from.folder} may not import ${to.folder}`)
  if (!from.referenced.includes(to.folder)) faults.push(`is not among the references of ${from.folder}/tsconfig.json`)
  return faults
}

/** @param {Package} from @param {Import} found @param {string} name */
function judgeOutside(from, found, name) {
  const places = new Map(Object.entries(reserved)).get(name)
  if (!places || places.includes(from.folder) || isTestCode(found.path)) return []
  return [`is reserved to ${places.join(' and ')}`]
}

/** @param {string} specifier `pkg`, `pkg/entry`, `@scope/pkg` or `@scope/pkg/entry` */
function packageNameOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  report(findViolations(workspaceRoot), 'Every import follows the arrows and is declared.')
}
