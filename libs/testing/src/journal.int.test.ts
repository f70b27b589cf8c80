import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openJournal, readJournal } from './journal.ts'

it('a journal knows the last word on each key, and what was begun and never ended', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'readback-journal-'))
  const file = join(dir, 'producer.jsonl')
  const journal = openJournal(file)
  journal.begin('a', { amount: 1 })
  journal.begin('b')
  journal.end('a', 'committed')
  await appendFile(file, '{"key":"b","outc')

  openJournal(file).begin('c')

  const lines = readJournal(file)
  expect(lines.get('a')).toMatchObject({ intent: { amount: 1 }, outcome: 'committed' })
  expect(lines.get('b')).toMatchObject({ outcome: 'unknown' })
  expect(lines.get('c')).toMatchObject({ outcome: 'unknown' })
  expect(readJournal(join(dir, 'none')).size).toBe(0)
  await rm(dir, { recursive: true })
})
