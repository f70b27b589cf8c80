import type { Lexer, PlaceOrRefusal } from './lexer.ts'

type State = 'name' | 'quoted' | 'value'

const PLACES: Readonly<Record<State, PlaceOrRefusal>> = {
  name: {
    expected: 'a value behind the colon of its line, or in a quoted parameter',
    got: 'one in the name or in a bare parameter',
  },
  quoted: { place: 'calendar_parameter' },
  value: { place: 'calendar' },
}

/** Content lines of iCalendar and vCard: `NAME;PARAMETER="quoted":value`. */
export function calendarLexer(): Lexer {
  let state: State = 'name'
  return {
    read(literal) {
      // A line that begins with a space or a tab goes on with the one before.
      for (const piece of literal.split(/(\r?\n(?![ \t]))/)) {
        if (/^\r?\n$/.test(piece)) state = 'name'
        else for (const char of piece) state = after(state, char)
      }
    },
    place: () => PLACES[state],
  }
}

function after(state: State, char: string): State {
  if (state === 'value') return 'value'
  if (char === '"') return state === 'quoted' ? 'name' : 'quoted'
  return char === ':' && state === 'name' ? 'value' : state
}
