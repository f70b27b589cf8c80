import { styleText } from 'node:util'
import Table from 'cli-table3'

type Style = Parameters<typeof styleText>[0]
type Cell = string | number | null | undefined

/** How a command shows its data to people. */
export type Screen = {
  paint(style: Style, text: string): string
  /** Columns under their heads, without lines between them. */
  table(head: readonly string[], rows: readonly (readonly Cell[])[]): string
}

const LINES = ['top', 'bottom', 'left', 'mid', 'right'].flatMap((side) => [
  side,
  `${side}-left`,
  `${side}-mid`,
  `${side}-right`,
])
const NO_LINES = { ...Object.fromEntries(LINES.map((line) => [line, ''])), middle: '  ' }

export function createScreen(colors: boolean): Screen {
  const paint = (style: Style, text: string) => (colors ? styleText(style, text, { validateStream: false }) : text)
  return {
    paint,
    table(head, rows) {
      const table = new Table({
        head: head.map((name) => paint('bold', name)),
        chars: NO_LINES,
        style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
      })
      table.push(...rows.map((row) => row.map(shown)))
      return table.toString().replace(/ +$/gm, '')
    },
  }
}

const shown = (cell: Cell) => (cell === null || cell === undefined ? '' : String(cell))
