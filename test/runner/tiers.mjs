const minutes = 60_000

/**
 * The tiers of `npm test` in the order in which they run: cheap and exact first, so that a wrong rule is named by its
 * own test and not by a crash run ten minutes later. `deadlineMs` ends a tier that hangs; it is no speed limit.
 * @typedef {{ name: string, include: string[], exclude?: string[], real: boolean, workers: number,
 *   testTimeoutMs: number, deadlineMs: number }} Tier
 * @type {Tier[]}
 */
export const tiers = [
  {
    name: 'unit',
    include: ['{libs,services}/*/src/**/*.test.ts', 'test/{workspace,runner,soak,mutants,bench}/**/*.test.ts'],
    exclude: ['**/*.int.test.ts', '**/*.kafka.test.ts'],
    real: false,
    workers: 2,
    testTimeoutMs: 10_000,
    deadlineMs: 5 * minutes,
  },
  realTier('int', { include: ['{libs,services}/*/src/**/*.int.test.ts'], workers: 2 }),
  realTier('dispatch', { include: ['{libs,services}/*/src/**/*.kafka.test.ts'] }),
  realTier('e2e', { include: ['test/e2e/**/*.test.ts'] }),
  realTier('crash', { include: ['test/crash/**/*.test.ts'], testTimeoutMs: 4 * minutes }),
  realTier('model', {
    include: ['test/model/**/*.test.ts'],
    workers: 2,
    testTimeoutMs: 4 * minutes,
    // By hand it may run for hours.
    deadlineMs: 'READBACK_MODEL_RUNS' in process.env ? 24 * 60 * minutes : 15 * minutes,
  }),
  realTier('schema', { include: ['test/schema/**/*.test.ts'] }),
]

/** @param {string} name @param {Partial<Tier> & { include: string[] }} own @returns {Tier} */
function realTier(name, own) {
  return { name, real: true, workers: 1, testTimeoutMs: minutes, deadlineMs: 15 * minutes, ...own }
}
