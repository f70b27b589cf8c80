import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { tiers } from './test/runner/tiers.mjs'

const realParts = existsSync(new URL('libs/testing/src/vitest-global-setup.ts', import.meta.url))
  ? ['@readback/testing/vitest-global-setup']
  : []

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: tiers.map((tier) => ({
      test: {
        name: tier.name,
        include: tier.include,
        exclude: ['**/node_modules/**', '**/dist/**', ...(tier.exclude ?? [])],
        globalSetup: tier.real ? realParts : [],
        testTimeout: tier.testTimeoutMs,
        hookTimeout: tier.testTimeoutMs,
      },
    })),
  },
})
