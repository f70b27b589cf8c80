import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { YOUNG_ONLY } from './keep-work-young.ts'

// Whether one of eight million objects was old when it was made, most of which outlive a young collection or two.
const LOOP = `
  const kept = []
  let old = 0
  for (let nth = 0; nth < 8_000_000 && old === 0; nth += 1) {
    const made = { nth, more: [nth] }
    if (!%InYoungGeneration(made)) old += 1
    kept[nth % 400_000] = made
  }
  console.log(old > 0)
`

const makesOldOnes = (...flags: string[]): boolean =>
  JSON.parse(execFileSync(process.execPath, ['--allow-natives-syntax', ...flags, '-e', LOOP], { encoding: 'utf8' }))

it('has V8 make objects young that outlive young collections for a while', () => {
  expect(makesOldOnes(YOUNG_ONLY)).toBe(false)
})

// Node 22 has not done it in this loop.
it.skipIf(process.version.startsWith('v22.'))('which it does not do by itself', () => {
  expect(makesOldOnes()).toBe(true)
})
