import { defineConfig } from 'vitest/config'
import { sourceAliases } from './test/mutants/source-aliases.mjs'
import { tiers } from './test/runner/tiers.mjs'

// Usually tests meet other packages as they were built. A sabotage in one is to be met by the tests of another without a build.
const resolve = { alias: process.env.READBACK_TEST_SOURCES ? sourceAliases() : [] }

export default defineConfig({
  test: {
    maxWorkers: 2,
    // Of tests that say that they may run at once: they wait more than they work.
    maxConcurrency: 12,
    projects: tiers.map((tier) => ({
      resolve,
      test: {
        name: tier.name,
        include: tier.include,
        exclude: ['**/node_modules/**', '**/dist/**', ...(tier.exclude ?? [])],
        globalSetup: tier.real ? ['@readback/testing/vitest-global-setup'] : [],
        testTimeout: tier.testTimeoutMs,
        hookTimeout: tier.testTimeoutMs,
      },
    })),
  },
})
