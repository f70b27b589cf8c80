// Fails on a file or function that is too long, and prints the figures by which the code is kept small.
import { pathToFileURL } from 'node:url'
import { Visitor } from 'oxc-parser'
import { isTestCode, parseFile, placeOf, readFiles, report, workspaceRoot } from './source-files.mjs'

export const longestFile = 400
export const longestFunction = 70

/**
 * `named` leaves out the small functions that are handed over in place, which would flatter the median.
 * @typedef {{ place: string, lines: number, named: boolean }} MeasuredFunction
 * @typedef {import('./source-files.mjs').SourceFile} SourceFile
 */

/** @param {SourceFile} file @returns {MeasuredFunction[]} without suites: `describe('...', () => {})`, `describeDispatch() {}` */
export function measureFunctions(file) {
  const parsed = parseFile(file)
  /** @type {MeasuredFunction[]} */
  const found = []
  const chapters = new Set()
  const names = new Set()
  /** @param {{ start: number, end: number }} node @param {boolean} named */
  const measure = (node, named) => {
    if (chapters.has(node.start)) return
    found.push({ place: placeOf(file, node.start), lines: countLines(file.text.slice(node.start, node.end)), named })
  }
  new Visitor({
    CallExpression: (call) => {
      const callee = file.text.slice(call.callee.start, call.callee.end)
      if (callee.startsWith('describe')) for (const argument of call.arguments) chapters.add(argument.start)
    },
    VariableDeclarator: ({ init }) => init && names.add(init.start),
    MethodDefinition: ({ value }) => names.add(value.start),
    Property: ({ value }) => names.add(value.start),
    FunctionDeclaration: (node) => {
      if (!(isTestCode(file.path) && node.id?.name.startsWith('describe'))) measure(node, true)
    },
    FunctionExpression: (node) => measure(node, names.has(node.start)),
    ArrowFunctionExpression: (node) => measure(node, names.has(node.start)),
  }).visit(parsed.program)
  return found
}

/** @param {string} text */
function countLines(text) {
  return text.trimEnd().split('\n').length
}

/** @param {SourceFile[]} files @param {MeasuredFunction[]} functions @returns {string[]} */
export function findTooLong(files, functions) {
  return [
    ...files
      .filter(({ text }) => countLines(text) > longestFile)
      .map((file) => `${file.path}: ${countLines(file.text)} lines, over ${longestFile}: split it by idea`),
    ...functions
      .filter(({ lines }) => lines > longestFunction)
      .map(({ place, lines }) => `${place}: a function of ${lines} lines, over ${longestFunction}: name its parts`),
  ]
}

/** @param {number[]} values @param {number} share of the values that are not above the answer */
function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}

/** @param {string} what @param {number[]} lines */
function describeLengths(what, lines) {
  const [median, p90, longest] = [0.5, 0.9, 1].map((share) => quantile(lines, share))
  return `${what}: ${lines.length}, lines median ${median}, p90 ${p90}, longest ${longest}`
}

/** @param {SourceFile[]} code @param {MeasuredFunction[]} functions */
function describeSizes(code, functions) {
  const tests = code.filter(({ path }) => isTestCode(path))
  const product = code.filter(({ path }) => !isTestCode(path))
  const productFunctions = functions.filter(({ place, named }) => named && !isTestCode(place.replace(/:\d+$/, '')))
  const linesOf = (/** @type {SourceFile[]} */ files) => files.map(({ text }) => countLines(text))
  const sum = (/** @type {number[]} */ values) => values.reduce((total, value) => total + value, 0)
  return [
    describeLengths('files', linesOf(product)),
    describeLengths(
      'named functions',
      productFunctions.map(({ lines }) => lines),
    ),
    describeLengths('test files', linesOf(tests)),
    `test lines per line of code: ${(sum(linesOf(tests)) / sum(linesOf(product))).toFixed(2)}`,
  ].join('\n')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const code = readFiles(workspaceRoot, /\.(ts|tsx|mjs)$/)
  const sql = readFiles(workspaceRoot, /\.sql$/).filter(({ path }) => !path.endsWith('/schema.sql'))
  const functions = code.flatMap(measureFunctions)
  console.log(describeSizes(code, functions))
  report(findTooLong([...code, ...sql], functions), 'No file and no function is too long.')
}
