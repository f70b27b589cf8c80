import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findViolations } from './boundaries.mjs'

const root = mkdtempSync(join(tmpdir(), 'readback-boundaries-'))

afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Plants a workspace of two adapters, a pure package and a service around the given files, and checks it. */
function check(files: Record<string, unknown>): string[] {
  rmSync(root, { recursive: true, force: true })
  const own = { '@readback/lifecycle': '1', '@readback/dispatch': '1', kafkajs: '1' }
  write('package.json', { name: 'root', devDependencies: { vitest: '1' } })
  write('tsconfig.json', { references: [] })
  for (const folder of ['test', 'migrations']) mkdirSync(join(root, folder), { recursive: true })
  for (const folder of ['libs/lifecycle', 'libs/dispatch', 'libs/store', 'services/relay']) {
    const exports = { '.': './dist/index.js' }
    write(`${folder}/package.json`, { name: folder.replace(/^\w+/, '@readback'), exports, dependencies: own })
    write(`${folder}/tsconfig.json`, { references: [{ path: '../../libs/lifecycle' }] })
  }
  for (const [path, text] of Object.entries(files)) write(path, text)
  return findViolations(root)
}

function write(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
}

describe('the boundary check', () => {
  it('lets an adapter import pure code by its name', () => {
    expect(check({ 'libs/store/src/a.ts': "import type { State } from '@readback/lifecycle'" })).toEqual([])
  })

  it('catches an adapter that imports another one, also by a type or a re-export', () => {
    const fault =
      /store\/src\/a\.ts:1: '@readback\/dispatch' goes against the arrows: libs\/store may not import libs\/dispatch/
    expect(check({ 'libs/store/src/a.ts': "import type { Ref } from '@readback/dispatch'" }).join()).toMatch(fault)
    expect(check({ 'libs/store/src/a.ts': "export * from '@readback/dispatch'" }).join()).toMatch(fault)
    expect(check({ 'libs/store/src/a.ts': "await import('@readback/dispatch')" }).join()).toMatch(fault)
  })

  it('catches pure code that imports an adapter', () => {
    const found = check({ 'libs/lifecycle/src/a.ts': "\nimport { x } from '@readback/dispatch'" })
    expect(found.join()).toContain('libs/lifecycle/src/a.ts:2: ')
    expect(found.join()).toContain('may not import libs/dispatch')
  })

  it('catches pure code that reads files, and lets it hash', () => {
    expect(check({ 'libs/lifecycle/src/a.ts': "import 'node:fs'" }).join()).toContain('libs/lifecycle is pure')
    expect(check({ 'libs/lifecycle/src/a.ts': "import 'node:crypto'" })).toEqual([])
  })

  it('catches a package that is not declared where it is used, and lets tests use the tools of the root', () => {
    const text = "import { it } from 'vitest'"
    expect(check({ 'libs/store/src/a.ts': text }).join()).toContain('is not declared under dependencies of libs/store')
    expect(check({ 'libs/store/src/a.test.ts': text })).toEqual([])
    expect(check({ 'libs/store/src/testing/describe-store.ts': text })).toEqual([])
  })

  it('lets a package beside the workspace use what it declares, and nobody else', () => {
    const aside = { 'test/bench/peers/package.json': { name: 'peers', dependencies: { bullmq: '6' } } }
    const text = "import { Queue } from 'bullmq'"
    expect(check({ ...aside, 'test/bench/peers/a.mjs': text })).toEqual([])
    const fault = 'is not declared under devDependencies'
    expect(check({ ...aside, 'test/bench/a.mjs': text }).join()).toContain(fault)
    expect(check({ ...aside, 'test/bench/peers/a.mjs': "import 'other'" }).join()).toContain(fault)
  })

  it('catches a package that belongs to one place', () => {
    expect(check({ 'services/relay/src/a.ts': "import 'kafkajs'" }).join()).toContain('is reserved to libs/dispatch')
  })

  it('catches an import past the exports of a package, by name or by path', () => {
    const byName = "import { x } from '@readback/lifecycle/src/a.ts'"
    expect(check({ 'services/relay/src/a.ts': byName }).join()).toContain('is not among the exports of libs/lifecycle')
    const byPath = "import { x } from '../../../libs/lifecycle/src/a.ts'"
    expect(check({ 'services/relay/src/a.ts': byPath }).join()).toContain('leaves services/relay')
  })

  it('catches a package that the compiler would not build first', () => {
    const found = check({ 'services/relay/src/a.ts': "import { x } from '@readback/dispatch'" })
    expect(found.join()).toContain('is not among the references of services/relay/tsconfig.json')
  })

  it('wants every package to have a layer', () => {
    const novel = { 'libs/novel/package.json': { name: 'novel' }, 'libs/novel/tsconfig.json': { references: [] } }
    expect(check(novel)).toEqual(['libs/novel: has no layer yet: give it one in test/workspace/layers.mjs'])
  })
})
