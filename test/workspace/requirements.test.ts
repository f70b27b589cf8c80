import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const ROOT = new URL('../../', import.meta.url)

const IDS =
  'K1 K2 K3 K4 K4b K5 K6 K7 A1 A2 A3 A4 A5 A6 A7 R1 R2 R3 R4 R5 C1 C2 C3 L1 L2 P1 P2 P3 P4 P5 P6 Q1 G1 G2'.split(' ')
const STATES = ['answered', 'partly', 'open']

/** The rows of the page: id, requirement, what answers it, what shows it, state. */
const rows = readFileSync(new URL('docs/requirements.md', ROOT), 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, id]) => id !== undefined && /^[A-Z]\d+b?$/.test(id))
  .map(([, id = '', , by = '', shown = '', state = '']) => ({ id, by, shown, state }))

const PLACE = /`((?:libs|services|test|migrations|docs)\/[^`\s]+)`((?:,? "[^"]+")*)/g

/** What a cell names: files, each with the titles that must stand in it. */
const placesIn = (cell: string) =>
  [...cell.matchAll(PLACE)].map(([, file = '', titles = '']) => ({
    file,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  }))

describe('the page of requirements', () => {
  it('has each of them once', () => expect(rows.map(({ id }) => id)).toEqual(IDS))

  it.each(rows)('names for $id only what is there', ({ by, shown }) => {
    for (const { file, titles } of placesIn(`${by}; ${shown}`)) {
      const url = new URL(file, ROOT)
      expect({ file, isThere: existsSync(url) }).toEqual({ file, isThere: true })
      for (const title of titles) expect(readFileSync(url, 'utf8')).toContain(title)
    }
  })

  it.each(rows)('says where $id stands', ({ state }) => {
    expect(STATES).toContain(state.split(':')[0])
  })

  it.each(rows.filter(({ state }) => state === 'answered'))('shows $id, which it calls answered', ({ shown }) => {
    expect(placesIn(shown)).not.toEqual([])
  })
})
