import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { generatedFiles } from './contract-reference.mjs'

describe('what is made from the schema of contracts', () => {
  it.each(generatedFiles().map(({ url, text }) => ({ name: basename(url.pathname), url, text })))(
    'is not older than the schema: $name (else run npm run contract-reference)',
    ({ url, text }) => {
      expect(existsSync(url) ? readFileSync(url, 'utf8') : '').toBe(text)
    },
  )
})
