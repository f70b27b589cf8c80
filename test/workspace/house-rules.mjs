// Fails on what the house does not do and no linter knows: each rule says what to write instead.
import { pathToFileURL } from 'node:url'
import { Visitor } from 'oxc-parser'
import { layers } from './layers.mjs'
import { isTestCode, parseFile, placeOf, readFiles, report, workspaceRoot } from './source-files.mjs'

/**
 * @typedef {import('./source-files.mjs').ParsedFile} ParsedFile
 * @typedef {{ start: number, fault: string }} Fault
 */

const sqlHomes = ['libs/store/', 'libs/outbox/', 'libs/testing/', 'services/cli/src/demo/', 'services/cli/src/bench/']
const sql =
  /^\s*(select\s[\s\S]*\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\(|(create|alter|drop)\s+(table|schema|database|role|index)\s|truncate\s|select\s+\w+\.\w+\()/i
const environmentReaders = /(^|[/-])(main|config|environment)\.ts$|^services\/cli\/bootstrap\.mjs$|^libs\/testing\//
const vagueName = /(^|[-/.])(utils?|helpers?|managers?|common|misc)(?=[-/.])/
const mark = /\b(TODO|FIXME|XXX)\b|@ts-(ignore|nocheck)/

/** @param {import('./source-files.mjs').SourceFile} source @returns {string[]} one line per fault */
export function findFaults(source) {
  const file = parseFile(source)
  return [...faultsOfName(file), ...faultsOfComments(file), ...faultsOfCode(file)].map(
    ({ start, fault }) => `${placeOf(file, start)}: ${fault}`,
  )
}

/** @param {ParsedFile} file @returns {Fault[]} */
function faultsOfName({ path }) {
  return vagueName.test(path)
    ? [{ start: 0, fault: 'a name that fits everything: call the file after what it exports' }]
    : []
}

/** @param {ParsedFile} file @returns {Fault[]} */
function faultsOfComments({ comments }) {
  return comments
    .filter(({ value }) => mark.test(value))
    .map(({ start }) => ({ start, fault: 'a mark left behind: do it now, or file an issue' }))
}

/** @param {ParsedFile} file @returns {Fault[]} */
function faultsOfCode(file) {
  /** @type {Fault[]} */
  const faults = []
  const add = (/** @type {{ start: number }} */ { start }, /** @type {string | undefined} */ fault) => {
    if (fault) faults.push({ start, fault })
  }
  const textOf = (/** @type {{ start: number, end: number }} */ { start, end }) => file.text.slice(start, end)
  new Visitor({
    MemberExpression: (node) => add(node, judgeMember(file.path, textOf(node))),
    CallExpression: (node) => add(node, judgeCall(file.path, textOf(node.callee))),
    NewExpression: (node) => add(node, judgeNew(file.path, textOf(node))),
    Literal: (node) => add(node, typeof node.value === 'string' ? judgeText(file.path, node.value) : undefined),
    TemplateLiteral: (node) => add(node, judgeText(file.path, textOf(node).slice(1, -1))),
  }).visit(file.program)
  return faults
}

/** @param {string} path @param {string} expression */
function judgeMember(path, expression) {
  if (expression === 'process.env' && !isTestCode(path) && !environmentReaders.test(path)) {
    return 'reads the environment: only main.ts, config.ts and environment.ts do, and hand on what they parsed'
  }
  if (/^(it|test|describe)\.(only|skip|todo)$/.test(expression))
    return 'a test that is switched off, or that switches off the others'
}

/** @param {string} path @param {string} callee */
function judgeCall(path, callee) {
  if (path.endsWith('.test.ts') && /^(setTimeout|sleep|delay|pause|wait|Atomics\.wait)$/.test(callee)) {
    return 'a test that sleeps: wait for an observation with a deadline (waitFor)'
  }
  if (isPure(path) && /^(Date\.now|Math\.random|setTimeout|setInterval|fetch|randomUUID)$/.test(callee)) {
    return `calls ${callee} in pure code: take time, randomness and ids as arguments`
  }
}

/** @param {string} path @param {string} expression */
function judgeNew(path, expression) {
  if (isPure(path) && expression === 'new Date()') return 'reads the clock in pure code: take the time as an argument'
}

/** @param {string} path @param {string} text */
function judgeText(path, text) {
  if (isTestCode(path) || sqlHomes.some((home) => path.startsWith(home))) return
  if (sql.test(text)) return 'SQL outside libs/store: give the store an operation of this name'
}

/** @param {string} path */
function isPure(path) {
  return layers[path.split('/').slice(0, 2).join('/')] === 'pure' && !isTestCode(path)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const files = readFiles(workspaceRoot, /\.(ts|tsx|mjs)$/)
  report(files.flatMap(findFaults), `${files.length} files keep the house rules.`)
}
