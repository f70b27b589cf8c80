import { describe, expect, it } from 'vitest'
import { draw, standing } from './report.mjs'
import { judge } from './run-bench.mjs'

type Sides = { bare: { perSecond: number }; readback: { perSecond: number } }

const bench = {
  name: 'example',
  about: 'An example.',
  options: {},
  rounds: 5,
  control: 'bare',
  controlOf: (bare: { perSecond: number }) => bare.perSecond,
  figures: [
    { name: 'ratio', unit: '×', floor: 0.75, of: ({ bare, readback }: Sides) => readback.perSecond / bare.perSecond },
  ],
}
const rounds = (others: number[], bare = others.map(() => 100)) =>
  others.map((share, nth) => ({
    others: share,
    sides: { bare: { perSecond: bare[nth] ?? 0 }, readback: { perSecond: 80 + nth } },
  }))

describe('the judge of a bench', () => {
  it('counts the rounds in which the machine was quiet', () => {
    const result = judge(bench, rounds([0, 0.05, 0.5, 0.02, 0.1]), {})
    expect(result).toMatchObject({ rounds: 5, counted: 4, noise: null })
    expect(result.figures[0]).toMatchObject({ name: 'ratio', floor: 0.75 })
    expect(result.figures[0]?.median).toBeCloseTo(0.82)
  })

  it('says no figure where others were at work in too many of them, unless it is told to', () => {
    const busy = rounds([0.3, 0.2, 0.5, 0.02, 0.1])
    const result = judge(bench, busy, {})
    expect(result.noise).toBe('in 3 of 5 rounds, others used more than 10 % of the machine')
    expect(result.figures[0]).not.toHaveProperty('median')
    expect(judge(bench, busy, { 'any-noise': true })).toMatchObject({ noise: null, counted: 5 })
  })

  it('says no figure where the same loop had another speed each time', () => {
    const result = judge(bench, rounds([0, 0, 0, 0, 0], [100, 160, 100, 160, 130]), {})
    expect(result.noise).toMatch(/the same bare loop was 1\.60 times as fast/)
  })
})

describe('how a figure stands', () => {
  it('depends on which way is better', () => {
    expect(standing({ median: 0.8, floor: 0.75, aim: 0.85 })).toBe('floor reached')
    expect(standing({ median: 0.86, floor: 0.75, aim: 0.85 })).toBe('aim reached')
    expect(standing({ median: 0.7, floor: 0.75, aim: 0.85 })).toBe('below the floor')
    expect(standing({ median: 12, floor: 25, aim: 15, better: 'lower' })).toBe('aim reached')
    expect(standing({ median: 12 })).toBe('')
  })
})

it('a picture shows the figures that it names, and on what they were measured', () => {
  const result = judge(bench, rounds([0, 0, 0, 0, 0]), {})
  const svg = draw({ title: 'Speed', unit: '×', bars: { bare: 1, readback: 'ratio' } }, result)
  expect(svg).toContain('0.82 × <tspan class="quiet">0.80 to 0.84</tspan>')
  expect(svg).toContain('95 % interval; 5 rounds')
})
