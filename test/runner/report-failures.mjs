import { writeFileSync } from 'node:fs'
import { listFailures } from './list-failures.mjs'

/** A reporter beside those of vitest: writes down what failed, for the end of `npm test`. */
export default class ReportFailures {
  #root = ''

  /** @param {import('vitest/node').Vitest} vitest */
  onInit(vitest) {
    this.#root = vitest.config.root
  }

  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly import('vitest/node').SerializedError[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const file = process.env.READBACK_TEST_FAILURES
    if (file) writeFileSync(file, JSON.stringify(listFailures(modules, unhandledErrors, this.#root)))
  }
}
