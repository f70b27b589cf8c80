import { describe, expect, it } from 'vitest'
import { findFaults } from './house-rules.mjs'

const faultsOf = (path: string, text: string) => findFaults({ path, text }).join('\n')

describe('the house rules', () => {
  it('find the environment read outside of an entry file', () => {
    expect(faultsOf('libs/store/src/pool.ts', '\nconst url = process.env.URL')).toMatch(
      /^libs\/store\/src\/pool\.ts:2: reads the env/,
    )
    expect(faultsOf('services/relay/src/main.ts', 'const url = process.env.URL')).toBe('')
  })

  it('find SQL outside the store, and leave prose that only sounds like it', () => {
    expect(faultsOf('services/relay/src/a.ts', 'run(`select id from readback.outbox`)')).toContain('SQL outside')
    expect(faultsOf('services/relay/src/a.ts', "run('insert into t values (1)')")).toContain('SQL outside')
    expect(faultsOf('libs/store/src/a.ts', 'run(`select id from readback.outbox`)')).toBe('')
    expect(faultsOf('services/relay/src/a.ts', "say('select a tenant, or update your contract')")).toBe('')
  })

  it('find a test that sleeps', () => {
    expect(faultsOf('libs/store/src/a.test.ts', 'setTimeout(done, 50)')).toContain('a test that sleeps')
  })

  it('find a test that is switched off or that switches off the others', () => {
    for (const off of ['only', 'skip', 'todo']) {
      expect(faultsOf('test/e2e/a.test.ts', `it.${off}('x', () => {})`)).toContain('switched off')
    }
    expect(faultsOf('test/e2e/a.test.ts', "it.skipIf(noKafka)('x', () => {})")).toBe('')
  })

  it('find marks left behind in comments, and not in strings', () => {
    const mark = ['TO', 'DO'].join('')
    expect(faultsOf('libs/store/src/a.ts', `// ${mark}: later`)).toContain('a mark left behind')
    expect(faultsOf('libs/store/src/a.ts', `const state = '${mark}'`)).toBe('')
  })

  it('find clocks and dice in pure code', () => {
    expect(faultsOf('libs/lifecycle/src/a.ts', 'const now = Date.now()')).toContain('take time')
    expect(faultsOf('libs/lifecycle/src/a.ts', 'const now = new Date()')).toContain('take the time')
    expect(faultsOf('libs/lifecycle/src/a.ts', 'const at = new Date(atMs)')).toBe('')
  })

  it('find names that fit everything', () => {
    expect(faultsOf('libs/store/src/string-utils.ts', '')).toContain('a name that fits everything')
    expect(faultsOf('libs/store/src/utilisation.ts', '')).toBe('')
  })
})
