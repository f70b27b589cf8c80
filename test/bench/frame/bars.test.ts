import { describe, expect, it } from 'vitest'
import { drawBars } from './bars.mjs'

const picture = {
  title: 'Effects a second',
  unit: '×',
  caption: ['5 rounds', '2 cores <A & B>'],
  bars: [
    { name: 'bare', median: 1 },
    { name: 'readback', median: 0.5, low: 0.4, high: 0.6, ours: true },
  ],
}

describe('a picture of bars', () => {
  const svg = drawBars(picture)

  it('has a bar as long as each figure, and a whisker over its interval', () => {
    const [bare, readback] = [...svg.matchAll(/<rect class="(bar|ours)".* width="([\d.]+)"/g)]
    expect([bare?.[1], readback?.[1]]).toEqual(['bar', 'ours'])
    expect(Number(readback?.[2])).toBe(Number(bare?.[2]) / 2)
    expect(svg.match(/class="whisker"/g)).toHaveLength(1)
    expect(svg).toContain('0.50 × <tspan class="quiet">0.40 to 0.60</tspan>')
  })

  it('can be read on a light ground and on a dark one, and holds no mark-up but its own', () => {
    expect(svg).toContain('@media (prefers-color-scheme: dark)')
    expect(svg).toContain('2 cores &lt;A &amp; B&gt;')
  })

  it('leaves room for a whisker that goes beyond every bar', () => {
    const wide = drawBars({ ...picture, bars: [{ name: 'wild', median: 1, low: 0.5, high: 2 }] })
    const [, right] = /d="M[\d.]+ [\d.]+H([\d.]+)/.exec(wide) ?? []
    expect(Number(right)).toBeLessThanOrEqual(570)
  })
})
