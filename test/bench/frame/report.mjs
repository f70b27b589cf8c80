// What a bench says to a person, to a machine, and to a reader of the README.
import { drawBars } from './bars.mjs'

export function print(bench, result, { json }) {
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${table(bench, result)}\n`)
}

function table(bench, { machine, rounds, counted, noise, figures }) {
  const { cores, cpu, memory_gib, system, node } = machine
  const head = [
    `${bench.name}: ${bench.about}`,
    `${counted} of ${rounds} rounds counted; ${cores} cores (${cpu}), ${memory_gib} GiB, ${system}, Node ${node}`,
    '',
  ]
  if (noise !== null)
    return [
      ...head,
      `No figure: the machine was too noisy. ${capital(noise)}. Try again, or see with --any-noise.`,
    ].join('\n')
  const rows = figures.map((figure) => [
    `${figure.name}, ${figure.unit}`,
    number(figure.median),
    `${number(figure.low)} to ${number(figure.high)}`,
    figure.floor === undefined ? '' : number(figure.floor),
    figure.aim === undefined ? '' : number(figure.aim),
    standing(figure),
  ])
  return [...head, ...columns([['', 'median', '95 % interval', 'floor', 'aim', ''], ...rows])].join('\n')
}

/** As SVG. */
export function draw({ title, unit, bars }, { machine, counted, figures }) {
  const { cores, cpu, memory_gib, node } = machine
  const bar = ([name, what]) => {
    const figure = typeof what === 'number' ? { median: what } : figures.find((one) => one.name === what)
    return { ...figure, name, ours: name === 'readback' }
  }
  const caption = [
    `Median and its 95 % interval; ${counted} rounds, everything on one machine:`,
    `${cores} cores (${cpu}), ${memory_gib} GiB, Node ${node}`,
  ]
  return drawBars({ title, unit, caption, bars: Object.entries(bars).map(bar) })
}

/** By the median; `floor` and `aim` are reached when it is there. */
export function standing({ median, floor, aim, better = 'higher' }) {
  if (floor === undefined) return ''
  const reaches = (goal) => (better === 'higher' ? median >= goal : median <= goal)
  if (aim !== undefined && reaches(aim)) return 'aim reached'
  return reaches(floor) ? 'floor reached' : 'below the floor'
}

/** Three digits, or all of a larger one's whole part. */
function number(value) {
  const whole = Math.trunc(Math.abs(value)).toString().length
  return value.toFixed(Math.max(0, 3 - whole))
}

function columns(rows) {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)))
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 || at === row.length - 1 ? cell.padEnd(widths[at]) : cell.padStart(widths[at])))
      .join('   ')
      .trimEnd(),
  )
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1)
