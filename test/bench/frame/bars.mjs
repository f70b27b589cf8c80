// A picture for a page: horizontal bars, and a whisker from the low to the high end of each interval. It brings its own ground, so that it can be
// read on a light page and on a dark one, whichever the reader's system prefers.

const WIDTH = 720
const NAME_WIDTH = 150
const FIGURE_WIDTH = 150
const ROW = 40
const BAR = 20
const TOP = 64
const CAPTION_LINE = 18
const FONT = "font-family: system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
const LIGHT = { ground: '#ffffff', edge: '#d0d7de', text: '#1f2328', quiet: '#59636e', bar: '#b6c2cf', ours: '#1f77d0' }
const DARK = { ground: '#0d1117', edge: '#3d444d', text: '#f0f6fc', quiet: '#9198a1', bar: '#4a5563', ours: '#4c9df3' }

/**
 * @typedef {{ name: string, median: number, low?: number, high?: number, ours?: boolean }} Bar without `low`, there is no whisker
 * @param {{ title: string, unit: string, caption: readonly string[], bars: readonly Bar[] }} picture
 */
export function drawBars({ title, unit, caption, bars }) {
  const bottom = TOP + bars.length * ROW + 14
  const height = bottom + caption.length * CAPTION_LINE + 12
  const largest = Math.max(...bars.map(({ median, high }) => high ?? median))
  const width = (value) => (value / largest) * (WIDTH - NAME_WIDTH - FIGURE_WIDTH)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${rules(LIGHT)} @media (prefers-color-scheme: dark) { ${rules(DARK)} }</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
    `<text class="title" x="20" y="34">${escaped(title)}</text>`,
    ...bars.map((bar, at) => row(bar, { y: TOP + at * ROW, width, unit })),
    ...caption.map(
      (line, at) => `<text class="quiet" x="20" y="${bottom + (at + 1) * CAPTION_LINE - 4}">${escaped(line)}</text>`,
    ),
    '</svg>',
    '',
  ].join('\n')
}

function row({ name, median, low, high, ours }, { y, width, unit }) {
  const middle = y + ROW / 2
  const end = NAME_WIDTH + width(high ?? median) + 12
  const interval = low === undefined ? '' : ` <tspan class="quiet">${low.toFixed(2)} to ${high.toFixed(2)}</tspan>`
  return [
    `<text x="${NAME_WIDTH - 12}" y="${middle + 5}" text-anchor="end">${escaped(name)}</text>`,
    `<rect class="${ours ? 'ours' : 'bar'}" x="${NAME_WIDTH}" y="${middle - BAR / 2}" width="${rounded(width(median))}" height="${BAR}" rx="3"/>`,
    ...(low === undefined ? [] : [whisker(NAME_WIDTH + width(low), NAME_WIDTH + width(high), middle)]),
    `<text x="${rounded(end)}" y="${middle + 5}">${median.toFixed(2)} ${escaped(unit)}${interval}</text>`,
  ].join('\n')
}

function whisker(from, to, y) {
  const [left, right] = [rounded(from), rounded(to)]
  return `<path class="whisker" d="M${left} ${y}H${right}M${left} ${y - 5}v10M${right} ${y - 5}v10"/>`
}

function rules({ ground, edge, text, quiet, bar, ours }) {
  return [
    `text { ${FONT}; font-size: 14px; fill: ${text} }`,
    '.title { font-size: 16px; font-weight: 600 }',
    `.quiet { font-size: 12px; fill: ${quiet} }`,
    `.ground { fill: ${ground}; stroke: ${edge} }`,
    `.bar { fill: ${bar} } .ours { fill: ${ours} }`,
    `.whisker { fill: none; stroke: ${text}; stroke-width: 1.5 }`,
  ].join(' ')
}

const rounded = (value) => Math.round(value * 10) / 10

const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
