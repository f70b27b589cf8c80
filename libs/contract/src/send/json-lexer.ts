import type { Lexer, PlaceOrRefusal } from './lexer.ts'

type State = 'value' | 'string' | 'backslash'

const PLACES: Readonly<Record<State, PlaceOrRefusal>> = {
  value: { place: 'json' },
  string: { place: 'json_string' },
  backslash: { expected: 'a whole escape in JSON', got: 'a backslash before a value' },
}

/** Inside of quotes a value is a piece of that string; outside it is a JSON value of its own. */
export function jsonLexer(): Lexer {
  let state: State = 'value'
  return {
    read(literal) {
      for (const char of literal) state = after(state, char)
    },
    place: () => PLACES[state],
  }
}

function after(state: State, char: string): State {
  if (state === 'backslash') return 'string'
  if (char === '"') return state === 'string' ? 'value' : 'string'
  return char === '\\' && state === 'string' ? 'backslash' : state
}
