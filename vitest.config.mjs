import { defineConfig } from 'vitest/config'
import { tiers } from './test/runner/tiers.mjs'

export default defineConfig({
  test: {
    maxWorkers: 2,
    // Of tests that say that they may run at once: they wait more than they work.
    maxConcurrency: 12,
    projects: tiers.map((tier) => ({
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
