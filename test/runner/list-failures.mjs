import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

// Enough to know what broke; all of it stands further up in the log.
const MESSAGE_LINES = 6
const DIFFERENCE_LINES = 8
const LINE_LENGTH = 300

/**
 * @typedef {import('vitest/node').SerializedError} SerializedError
 * @typedef {{ file: string, name: string, lines: string[] }} Failure without a file where it belongs to none
 * @typedef {{ fullName: string, result(): { errors?: readonly SerializedError[] | undefined } }} Test
 * @typedef {{ fullName: string, errors(): SerializedError[] }} Suite
 * @typedef {{ relativeModuleId: string, errors(): SerializedError[],
 *   children: { allTests(state: 'failed'): Iterable<Test>, allSuites(): Iterable<Suite> } }} Module
 */

/**
 * What failed in a run, and the first lines of why. Also what vitest's JSON report leaves out: a suite whose set-up threw, and an error
 * outside of every test.
 * @param {Iterable<Module>} modules
 * @param {readonly SerializedError[]} unhandledErrors
 * @param {string} root
 * @returns {Failure[]}
 */
export function listFailures(modules, unhandledErrors, root) {
  const outside = unhandledErrors.map((error) => ({
    file: typeof error.VITEST_TEST_PATH === 'string' ? relative(root, error.VITEST_TEST_PATH) : '',
    name: 'an error outside of every test',
    lines: describeErrors([error], root),
  }))
  return [...[...modules].flatMap((module) => failuresOf(module, root)), ...outside]
}

/** @param {Module} module @param {string} root @returns {Failure[]} */
function failuresOf(module, root) {
  const failed = [
    { name: 'the file itself', errors: module.errors() },
    ...[...module.children.allSuites()].map((suite) => ({ name: suite.fullName, errors: suite.errors() })),
  ].filter(({ errors }) => errors.length > 0)
  const tests = [...module.children.allTests('failed')].map((test) => ({
    name: test.fullName,
    errors: test.result().errors ?? [],
  }))
  return [...failed, ...tests].map(({ name, errors }) => ({
    file: module.relativeModuleId,
    name,
    lines: describeErrors(errors, root),
  }))
}

/** The first error is the reason; what else was thrown is often its consequence. @param {readonly SerializedError[]} errors @param {string} root */
function describeErrors([first, ...others], root) {
  if (!first) return []
  const more = others.length > 0 ? [`and ${others.length} more`] : []
  return [...messageOf(first), ...differenceIn(first), ...placeOf(first, root), ...more].map((line) =>
    line.slice(0, LINE_LENGTH),
  )
}

/** @param {SerializedError} error */
function messageOf({ name = 'Error', message }) {
  return linesOf(`${name}: ${message}`).slice(0, MESSAGE_LINES)
}

/** "expected { …(5) } to match object { …(3) }" does not say what differed. @param {SerializedError} error */
function differenceIn({ diff }) {
  if (typeof diff !== 'string') return []
  const differs = linesOf(diff).filter((line) => /^[-+]/.test(line) && !/^(- Expected|\+ Received)\b/.test(line))
  return differs.slice(0, DIFFERENCE_LINES)
}

/** @param {SerializedError} error @param {string} root */
function placeOf({ stacks = [] }, root) {
  const own = stacks.find(({ file }) => file.startsWith(root) && !file.includes('/node_modules/'))
  return own ? [`at ${relative(root, own.file)}:${own.line}`] : []
}

/** @param {string} text */
function linesOf(text) {
  return stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.trim() !== '')
}
